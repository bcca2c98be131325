package gate_test

// Goal: whoever comes, the honest are let in, and what is refused or cut is told, counted and logged within bounds.
// Method: clients on pipes whose addresses a test chooses, in virtual time.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/gate"
)

// street is a listener whose Accept gives what a test puts there.
type street struct {
	coming chan any // a net.Conn or an error
	closed chan struct{}
}

func newStreet() *street { return &street{make(chan any, 100), make(chan struct{})} }

func (s *street) Accept() (net.Conn, error) {
	select {
	case next := <-s.coming:
		if err, failed := next.(error); failed {
			return nil, &net.OpError{Op: "accept", Err: err}
		}
		return next.(net.Conn), nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *street) Close() error   { close(s.closed); return nil }
func (s *street) Addr() net.Addr { return nil }

// from is a connection of an address.
type from struct {
	net.Conn
	address string
}

func (f from) RemoteAddr() net.Addr {
	address, _ := net.ResolveTCPAddr("tcp", f.address)
	return address
}

// said is a log.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// house serves each connection by reading from it, until reads fail.
type house struct {
	gate   *gate.Gate
	street *street
	in     net.Listener
	said   said
	t      *testing.T
}

func open(t *testing.T, config gate.Config) *house {
	h := &house{street: newStreet(), t: t}
	config.Door, config.Logger = "test", slog.New(slog.NewTextHandler(&h.said, nil))
	config.Refuse = func(c net.Conn) { _, _ = c.Write([]byte("full")) }
	h.gate = gate.New(config)
	h.in = h.gate.Listen(h.street)
	t.Cleanup(func() { _ = h.in.Close() })
	return h
}

// guest is both ends of a connection, and how its last read ended.
type guest struct {
	net.Conn // the client's
	place    *gate.Conn
	heard    chan []byte
	ended    chan error
}

// come lets a client come that gets a place.
func (h *house) come(address string) *guest {
	there, here := net.Pipe()
	h.street.coming <- from{here, address}
	accepted, err := h.in.Accept()
	require.NoError(h.t, err)
	g := &guest{there, accepted.(*gate.Conn), make(chan []byte, 100), make(chan error, 1)}
	h.t.Cleanup(func() { _ = g.place.Close() })
	go func() {
		for {
			buffer := make([]byte, 100)
			n, err := g.place.Read(buffer)
			if err != nil {
				g.ended <- err
				_ = g.place.Close()
				return
			}
			g.heard <- buffer[:n]
		}
	}()
	return g
}

// refused lets a client come that finds no place; the next one is nobody's.
func (h *house) refused(address string) string {
	there, here := net.Pipe()
	heard := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(there)
		heard <- string(text)
	}()
	h.street.coming <- from{here, address}
	h.street.coming <- net.ErrClosed
	_, err := h.in.Accept()
	require.ErrorIs(h.t, err, net.ErrClosed)
	return <-heard
}

func (g *guest) say(t *testing.T, text string) {
	_, err := g.Write([]byte(text))
	require.NoError(t, err)
	<-g.heard
}

func (g *guest) isIn() bool {
	synctest.Wait()
	return len(g.ended) == 0
}

func TestErrorsOfAcceptEndNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{})
		for _, err := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EINTR, syscall.EPERM, errors.New("nobody thought of it")} {
			h.street.coming <- err
		}
		begun := time.Now()
		require.True(t, h.come("10.0.0.1:1").isIn())
		require.Equal(t, 1275*time.Millisecond, time.Since(begun), "5 ms, twice as long each time, at most a second")
		require.Equal(t, int64(8), h.gate.Counts().AcceptErrors)
		require.Equal(t, 1, strings.Count(h.said.String(), "could not be accepted"))
		<-time.After(gate.NoticeTime)
		synctest.Wait()
		require.Contains(t, h.said.String(), "more=7")
	})
}

func TestClosingEndsTheBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStreet()
		in := gate.New(gate.Config{}).Listen(s)
		ended := make(chan error)
		go func() {
			_, err := in.Accept()
			ended <- err
		}()
		for range 20 {
			s.coming <- syscall.EMFILE
		}
		<-time.After(3 * time.Second)
		require.NoError(t, in.Close())
		require.ErrorIs(t, <-ended, net.ErrClosed)
	})
}

func TestOutOfDescriptorsWhoDoesNothingGivesUpItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{})
		first := h.come("10.0.0.1:1")
		h.street.coming <- syscall.EMFILE
		require.True(t, h.come("10.0.0.2:1").isIn())
		require.ErrorIs(t, <-first.ended, gate.ErrEvicted)
	})
}

// A stranger takes all places and does nothing; whoever comes is let in nevertheless, and who works is left alone.
func TestWhoDoesNothingMakesRoom(t *testing.T) {
	for name, prepare := range map[string]func(t *testing.T, g *guest){
		"silent":     func(*testing.T, *guest) {},
		"unfinished": func(t *testing.T, g *guest) { g.say(t, "S") },
		"idle":       func(t *testing.T, g *guest) { g.say(t, "PING"); require.True(t, g.place.Begin()); g.place.Idle() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, gate.Config{MaxConnections: 4})
				works := h.come("127.0.0.1:1")
				works.say(t, "SET")
				require.True(t, works.place.Begin())
				var idlers []*guest
				for i := range 3 {
					idlers = append(idlers, h.come(fmt.Sprint("127.0.0.1:", i)))
					prepare(t, idlers[i])
					<-time.After(time.Millisecond)
				}
				honest := h.come("127.0.0.1:9")
				require.ErrorIs(t, <-idlers[0].ended, gate.ErrEvicted, "the first of them")
				require.True(t, honest.isIn() && works.isIn() && idlers[1].isIn() && idlers[2].isIn())
				require.False(t, idlers[0].place.Begin(), "what it asked for must not be done")
				require.Equal(t, gate.Counts{Connections: 4, Most: 4, Evicted: 1}, h.gate.Counts())
			})
		})
	}
}

func TestWhoIsMissedLeastGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{MaxConnections: 4})
		pooled, slow, quick, quiet := h.come("127.0.0.1:1"), h.come("127.0.0.1:2"), h.come("127.0.0.1:3"), h.come("127.0.0.1:4")
		pooled.say(t, "PING")
		pooled.place.Idle()
		slow.say(t, "S")
		<-time.After(2 * time.Second)
		quick.say(t, "S")
		for i, next := range []*guest{quiet, slow, pooled, quick} {
			h.come(fmt.Sprint("127.0.0.1:", 10+i)).say(t, "SET")
			require.ErrorIs(t, <-next.ended, gate.ErrEvicted, i)
		}
	})
}

func TestWhereAllWorkOneMoreIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{MaxConnections: 2, Spare: 1})
		for range 2 {
			g := h.come("127.0.0.1:1")
			g.say(t, "SET")
			require.True(t, g.place.Begin())
			require.False(t, g.place.Spare)
		}
		spare := h.come("127.0.0.1:2")
		require.True(t, spare.place.Spare)
		spare.say(t, "GET /readyz")
		require.True(t, spare.place.Begin())
		require.Equal(t, "full", h.refused("127.0.0.1:3"))
		require.Equal(t, gate.Counts{Connections: 3, Most: 2, Refused: 1}, h.gate.Counts())
		require.NoError(t, spare.place.Close())
		require.True(t, h.come("127.0.0.1:4").place.Spare)
	})
}

func TestNobodyTakesFromASourceThatHasFewer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{MaxConnections: 4})
		quiet := h.come("10.0.0.1:1")
		for i := range 3 {
			g := h.come(fmt.Sprint("10.0.0.2:", i))
			g.say(t, "SET")
			require.True(t, g.place.Begin())
		}
		require.Equal(t, "full", h.refused("10.0.0.2:9"))
		require.True(t, quiet.isIn())
	})
}

func TestASourceIsAnAddressOrTheNetworkOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{MaxConnections: 4})
		quiet := h.come("[2001:db8:1::1]:1") // is there for longest
		var crowd []*guest
		for i := range 3 { // one machine can have all addresses of its /64
			crowd = append(crowd, h.come(fmt.Sprintf("[2001:db8:2::%d]:1", i)))
		}
		for i := range 2 {
			require.True(t, h.come(fmt.Sprintf("10.0.0.%d:1", i)).isIn())
			require.ErrorIs(t, <-crowd[i].ended, gate.ErrEvicted)
		}
		require.True(t, quiet.isIn())
	})
}

func TestTimeOfARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{})
		quiet, slow := h.come("10.0.0.1:1"), h.come("10.0.0.1:2")
		begun := time.Now()
		for range 9 { // a byte a second is not progress enough
			slow.say(t, "S")
			<-time.After(time.Second)
		}
		slow.say(t, "S")
		require.ErrorIs(t, <-slow.ended, gate.ErrSlow)
		require.Equal(t, gate.DefaultRequestTime, time.Since(begun))
		require.ErrorIs(t, <-quiet.ended, gate.ErrSilent)
		require.Equal(t, gate.DefaultGreetingTime, time.Since(begun))
		synctest.Wait()
		require.Equal(t, gate.Counts{Most: gate.DefaultMaxConnections, Silent: 1, Slow: 1}, h.gate.Counts())
	})
}

func TestIdleConnectionsAndLongPipelinesAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{})
		idle, pipeline, busy := h.come("10.0.0.1:1"), h.come("10.0.0.1:2"), h.come("10.0.0.1:3")
		idle.say(t, "PING")
		require.True(t, idle.place.Begin())
		idle.place.Idle()
		busy.say(t, "SET")
		require.True(t, busy.place.Begin())
		for range 100 { // each time a request ends and the next begins
			pipeline.say(t, "NG PI")
			require.True(t, pipeline.place.Begin())
			pipeline.place.Unfinished()
			<-time.After(9 * time.Second)
		}
		require.True(t, idle.isIn() && pipeline.isIn() && busy.isIn())
		require.NoError(t, pipeline.place.SetDeadline(time.Now().Add(time.Hour)), "a door's own deadline can't be later")
		require.ErrorIs(t, <-pipeline.ended, gate.ErrSlow)
		require.NoError(t, busy.place.SetReadDeadline(time.Now().Add(-1)), "but sooner")
		require.Error(t, <-busy.ended)
	})
}

func TestStopLetsReadsFail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{})
		g := h.come("10.0.0.1:1")
		g.say(t, "PING")
		require.True(t, g.place.Begin())
		g.place.Stop()
		require.True(t, g.place.Begin(), "what was read is answered")
		g.place.Idle()
		require.ErrorIs(t, <-g.ended, gate.ErrStopping)
	})
}

func TestBytesOfRequestsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 100_000
		shared := gate.NewBytes(most)
		one, other := open(t, gate.Config{Bytes: shared}), open(t, gate.Config{Bytes: shared})
		hold := func(h *house) *guest {
			g := h.come("10.0.0.1:1")
			g.say(t, "S")
			require.NoError(t, g.place.Hold(gate.FreeBytes+30_000))
			require.LessOrEqual(t, shared.Used(), int64(most))
			return g
		}
		small := one.come("10.0.0.1:1")
		small.say(t, "S")
		require.NoError(t, small.place.Hold(gate.FreeBytes))
		require.Zero(t, shared.Used())
		works := hold(one)
		require.True(t, works.place.Begin())
		slowest, second := hold(one), hold(other)
		third := hold(one) // other doors' too: the slowest is cut
		require.ErrorIs(t, <-slowest.ended, gate.ErrBytes)
		require.True(t, works.isIn() && small.isIn() && second.isIn() && third.isIn())
		require.ErrorIs(t, second.place.Hold(200_000), gate.ErrBytes, "the slowest itself")
		require.Equal(t, int64(1), one.gate.Counts().OutOfBytes)
		require.Equal(t, int64(1), other.gate.Counts().OutOfBytes)
		for _, g := range []*guest{works, second, third, small} {
			require.NoError(t, g.place.Close())
		}
		require.Zero(t, shared.Used())
	})
}

func TestWhatWasWholeInTimeIsNotCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, gate.Config{Bytes: gate.NewBytes(100_000)})
		first, second := h.come("10.0.0.1:1"), h.come("10.0.0.1:2")
		first.say(t, "S")
		require.NoError(t, first.place.Hold(90_000))
		require.True(t, first.place.Begin())
		require.ErrorIs(t, second.place.Hold(90_000), gate.ErrBytes)
		require.False(t, first.place.Keep(90_000), "idle connections keep half at most")
		require.True(t, first.place.Keep(60_000))
		first.place.Idle()
		require.True(t, first.isIn())
	})
}

func TestUnreadAnswersAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = 100_000
		shared := gate.NewUnread(most)
		one, other := open(t, gate.Config{Unread: shared}), open(t, gate.Config{Unread: shared})
		answer := func(h *house, bytes int) *guest {
			g := h.come("10.0.0.1:1")
			g.say(t, "S")
			require.True(t, g.place.Begin())
			g.place.Unread(gate.FreeBytes + bytes)
			require.LessOrEqual(t, shared.Used(), int64(most))
			return g
		}
		small := answer(one, 0)
		require.Zero(t, shared.Used())
		first, second := answer(one, 40_000), answer(other, 40_000)
		first.place.Unread(0) // it was read
		first.place.Unread(gate.FreeBytes + 40_000)
		third := answer(one, 40_000) // other doors' too: who waits for longest is closed
		require.Error(t, <-second.ended)
		require.True(t, first.isIn() && third.isIn())
		require.Equal(t, int64(80_000), shared.Used())
		most4 := answer(one, most)
		require.Error(t, <-first.ended)
		require.Error(t, <-third.ended)
		require.True(t, small.isIn() && most4.isIn(), "what takes nothing is not touched")
		most4.place.Unread(gate.FreeBytes + most + 1)
		require.True(t, most4.isIn(), "who is alone is never closed for itself")
		require.Equal(t, int64(2), one.gate.Counts().Unread)
		require.Equal(t, int64(1), other.gate.Counts().Unread)
		require.Contains(t, one.said.String(), "answers that nobody reads")
		require.NoError(t, most4.place.Close())
		require.Zero(t, shared.Used())
	})
}

func TestManyOfAKindAreOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said said
		n := gate.NewNotices(slog.New(slog.NewTextHandler(&said, nil)))
		for range 1000 {
			n.Note("a", "it happened")
			<-time.After(50 * time.Millisecond)
		}
		n.Note("b", "something else")
		<-time.After(3 * gate.NoticeTime)
		synctest.Wait()
		require.Equal(t, 6, strings.Count(said.String(), "it happened"), said.String())
		require.Equal(t, 1, strings.Count(said.String(), "something else"))
		require.Contains(t, said.String(), "more=199 in=10s")
	})
}

func TestLimitsAreThoseThatAreStated(t *testing.T) { // in docs/guarantees.md; the other tests take them as they are
	require.Equal(t, 4096, gate.DefaultMaxConnections)
	require.Equal(t, 30*time.Second, gate.DefaultGreetingTime)
	require.Equal(t, 10*time.Second, gate.DefaultRequestTime)
	require.Equal(t, 10*time.Second, gate.NoticeTime)
	require.Equal(t, 64<<20, gate.DefaultBytes)
	require.Equal(t, 256<<20, gate.DefaultUnread)
	require.Equal(t, 16<<10, gate.FreeBytes)
	require.Equal(t, 8, gate.DefaultSpare)
}

func TestDoorsTakeHalfOfTheDescriptors(t *testing.T) {
	for descriptors, each := range map[uint64]int{1 << 20: 262_128, 1024: 240, 256: 48, 96: 8, 60: 0, 1 << 63: 1<<30 - 16} {
		require.Equal(t, each, gate.Places(descriptors, 2), descriptors)
	}
}
