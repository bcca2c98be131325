package redis

// Goal: a call's time counts from when its bytes came, not from when its turn came. Method: a service that takes its
// time, in virtual time, and clients that send more than a call takes.

import (
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/gate"
)

// busy is a Service that takes 100 ms for each call and notes how old each was.
type busy struct {
	yes
	ages []time.Duration
}

func (b *busy) Do(commands []byte, answers int, when server.When, done func([]server.Answer, error)) {
	b.ages = append(b.ages, time.Since(when.Arrived))
	if when.Deadline.Sub(when.Arrived) != server.DefaultTimeout {
		panic("the deadline counts from another time")
	}
	<-time.After(100 * time.Millisecond)
	b.yes.Do(commands, answers, when, done)
}

// chunks is a client that sends one chunk for each read, after a pause before the last.
type chunks struct {
	void
	left []string
}

func (c *chunks) Read(p []byte) (int, error) {
	if len(c.left) == 0 {
		return 0, io.EOF
	}
	if len(c.left) == 1 {
		<-time.After(time.Second)
	}
	n := copy(p, c.left[0])
	if c.left[0] = c.left[0][n:]; len(c.left[0]) == 0 {
		c.left = c.left[1:]
	}
	return n, nil
}

// agesOf are the ages of the calls of a burst of several calls' bytes, and of one that comes later.
func agesOf(t *testing.T) []time.Duration {
	var ages []time.Duration
	synctest.Test(t, func(*testing.T) {
		service := &busy{}
		c := newConn(New(Config{Service: service}), void{}, 1)
		from := &chunks{left: []string{strings.Repeat("EXISTS"+strings.Repeat(" k", 1300)+"\n", 12), "EXISTS k\n"}}
		for c.in.fill(from) == nil {
			c.arrive(time.Now(), false)
			c.answer()
			c.write()
			c.more = c.in.ahead(func(int) bool { return true })
		}
		ages = service.ages
	})
	return ages
}

const tick = 100 * time.Millisecond

// The buffer doubles with each full read. What a read brings may have been there since the one before it; where it brings
// more than a call, the later one is older; and what comes after a pause is fresh.
var agesOfABurst = []time.Duration{0, tick, tick, 2 * tick, 2 * tick, 0}

func TestACallsTimeCountsFromItsArrival(t *testing.T) {
	require.Equal(t, agesOfABurst, agesOf(t))
}

// socket is one in which bytes lie or not.
type socket struct {
	void
	full bool
}

func (s socket) Waiting() bool { return s.full }

// What lies in the socket when a client's turn comes again may be as old as the turn before; a client that asks
// after it was answered is young, however long that took.
func TestWhatLayInTheSocketIsAsOldAsTheTurnBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, full := range []bool{true, false} {
			c := newConn(New(Config{Service: &busy{}}), void{}, 1)
			c.place = &gate.Conn{Conn: socket{full: full}}
			require.False(t, c.lay(), "nothing was read yet")
			c.arrive(time.Now(), false)
			read := time.Now()
			require.False(t, c.lay(), "the turn before took no time")
			<-time.After(tick)
			require.Equal(t, full, c.lay())
			c.arrive(time.Now(), c.lay())
			want := time.Now()
			if full {
				want = read
			}
			require.Equal(t, want, c.arrived)
		}
	})
}
