package redis_test

// Shared by the tests of this room: clients whose bytes arrive in the chunks that a
// test chooses, and conversations in tables, held in RESP2 and in RESP3.

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/internal/local"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

// client is a net.Conn that says its chunks, one with each Read, and then leaves.
type client struct {
	net.Conn // no other method is called
	chunks   [][]byte
	heard    bytes.Buffer
	writes   int
	gone     chan struct{}
	once     sync.Once
}

func newClient(chunks ...string) *client {
	c := &client{gone: make(chan struct{})}
	for _, chunk := range chunks {
		c.chunks = append(c.chunks, []byte(chunk))
	}
	return c
}

func (c *client) Read(p []byte) (int, error) {
	if len(c.chunks) == 0 {
		return 0, io.EOF
	}
	n := copy(p, c.chunks[0])
	if c.chunks[0] = c.chunks[0][n:]; len(c.chunks[0]) == 0 {
		c.chunks = c.chunks[1:]
	}
	return n, nil
}

func (c *client) Write(p []byte) (int, error) {
	c.writes++
	return c.heard.Write(p)
}

func (c *client) Close() error {
	c.once.Do(func() { close(c.gone) })
	return nil
}

func (c *client) RemoteAddr() net.Addr             { return nil }
func (c *client) SetDeadline(time.Time) error      { return nil }
func (c *client) SetReadDeadline(time.Time) error  { return nil }
func (c *client) SetWriteDeadline(time.Time) error { return nil }

// street is a net.Listener to which clients come when a test says so.
type street struct {
	clients chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func (s *street) Accept() (net.Conn, error) {
	select {
	case c := <-s.clients:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *street) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *street) Addr() net.Addr { return nil }

// house is a Door on a street.
type house struct {
	*local.Service
	door   *redis.Door
	street *street
}

func open(t *testing.T, service *local.Service, change ...func(*redis.Config)) *house {
	config := redis.Config{Service: service, Now: service.Now}
	for _, f := range change {
		f(&config)
	}
	h := &house{Service: service, door: redis.New(config), street: &street{clients: make(chan net.Conn), closed: make(chan struct{})}}
	served := make(chan error, 1)
	go func() { served <- h.door.Serve(h.street) }()
	t.Cleanup(func() {
		h.door.Close()
		require.NoError(t, <-served)
	})
	return h
}

// talk lets a client come, say its chunks and leave, and returns what it heard.
func (h *house) talk(chunks ...string) string {
	c := newClient(chunks...)
	h.street.clients <- c
	<-c.gone
	return c.heard.String()
}

// request encodes words between spaces; "" is an empty one.
func request(line string) string {
	words := strings.Split(line, " ")
	var b strings.Builder
	fmt.Fprintf(&b, "*%d\r\n", len(words))
	for _, word := range words {
		if word == `""` {
			word = ""
		}
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(word), word)
	}
	return b.String()
}

func requests(lines ...string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(request(line))
	}
	return b.String()
}

// turn is a request and its reply, without the last CR LF; three is that in RESP3
// where it differs. A request of "+3s" moves the clock, "pending k" and "done k" let
// another door claim k.
type turn struct{ say, two, three string }

// hold runs the conversation in both protocols, each with a service of its own.
func hold(t *testing.T, keys uint64, turns []turn, change ...func(*redis.Config)) {
	for _, resp := range []int{2, 3} {
		h := open(t, local.New(keys), change...)
		for i, turn := range turns {
			if h.happens(turn.say) {
				continue
			}
			want := turn.two
			if resp == 3 && turn.three != "" {
				want = turn.three
			}
			_, heard, _ := strings.Cut(h.talk(requests(fmt.Sprint("HELLO ", resp), turn.say)), "*0\r\n") // the end of the greeting
			require.Equal(t, want+"\r\n", heard, "RESP%d, turn %d: %s", resp, i+1, turn.say)
		}
	}
}

func (h *house) happens(what string) bool {
	if key, ok := strings.CutPrefix(what, "pending "); ok {
		h.ClaimPending(key)
		return true
	}
	if key, ok := strings.CutPrefix(what, "done "); ok {
		h.ClaimDone(key)
		return true
	}
	span, err := time.ParseDuration(what)
	if err != nil || what[0] != '+' {
		return false
	}
	h.Advance(span)
	return true
}
