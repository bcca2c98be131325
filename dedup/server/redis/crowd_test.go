package redis_test

// Goal: who says nothing, says it slowly or says too much at once hurts nobody else, and is told. Method: such
// clients beside an honest one, in virtual time.

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/gate"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

// visit lets a client come.
func (h *house) visit() net.Conn {
	here, there := net.Pipe()
	h.street.clients <- there
	return here
}

// rest is all that a client hears until it is closed.
func rest(t *testing.T, c net.Conn) string {
	text, err := io.ReadAll(c)
	require.NoError(t, err)
	return string(text)
}

// untilEnd is rest for goroutines that can't fail a test.
func untilEnd(c net.Conn) string {
	text, _ := io.ReadAll(c)
	return string(text)
}

func TestIdleSocketsLockNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, local.New(10), func(c *redis.Config) { c.MaxConnections = 8 })
		var idlers []net.Conn
		for range 50 {
			idlers = append(idlers, h.visit())
		}
		require.Equal(t, ":1\r\n", h.talk("SETNX k v\r\n"))
		for _, c := range idlers[:40] {
			require.Empty(t, rest(t, c))
		}
		spoken := h.visit()
		say(t, spoken, "PING\r\n", "+PONG\r\n")
		for range 50 {
			h.visit()
		}
		say(t, spoken, "GET k\r\n", "$1\r\nv\r\n") // those who never spoke go first
	})
}

func TestARequestThatDribblesIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, local.New(10))
		c := h.visit()
		say(t, c, "PING\r\nP", "+PONG\r\n")
		heard := make(chan string, 1)
		go func() { heard <- untilEnd(c) }()
		begun := time.Now()
		for err := error(nil); err == nil; _, err = c.Write([]byte("N")) {
			<-time.After(1500 * time.Millisecond)
		}
		require.Equal(t, gate.DefaultRequestTime, time.Since(begun).Truncate(time.Second))
		require.Equal(t, "-ERR Protocol error: the request did not come whole in time: send it at once\r\n", <-heard)
		require.Equal(t, int64(1), h.door.Gate().Counts().Slow)
	})
}

func TestASilentConnectionIsClosedAndAnIdleOneIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, local.New(10))
		silent, idle := h.visit(), h.visit()
		say(t, idle, "PING\r\n", "+PONG\r\n")
		require.Empty(t, rest(t, silent))
		<-time.After(24 * time.Hour)
		say(t, idle, "PING\r\n", "+PONG\r\n")
	})
}

// A pipeline whose requests come one by one is cut nowhere, however long it is.
func TestALongPipelineIsNotCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, local.New(10))
		c := h.visit()
		_, err := c.Write([]byte("PI"))
		require.NoError(t, err)
		for range 100 {
			<-time.After(9 * time.Second)
			say(t, c, "NG\r\nPI", "+PONG\r\n")
		}
	})
}

const part = 500 << 10 // of a request that is never finished

func TestUnfinishedRequestsHoldBoundedBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := gate.NewBytes(2 << 20)
		h := open(t, local.New(10), func(c *redis.Config) { c.Bytes = shared })
		announced := "*3\r\n$5\r\nSETNX\r\n$1\r\nk\r\n$520000\r\n"
		var told []chan string
		for i := range 20 {
			c, heard := h.visit(), make(chan string, 1)
			told = append(told, heard)
			go func() { heard <- untilEnd(c) }()
			_, _ = c.Write([]byte(announced + strings.Repeat("x", part)))
			synctest.Wait()
			require.LessOrEqual(t, shared.Used(), shared.Most(), i)
		}
		require.Equal(t, ":1\r\n", h.talk("SETNX k v\r\n"))
		large := fmt.Sprintf("*2\r\n$4\r\nECHO\r\n$%d\r\n%s\r\n", part, strings.Repeat("y", part))
		require.Equal(t, large[14:], h.talk(large), "what comes at once is served")
		for _, heard := range told[:16] {
			require.Equal(t, "-ERR Protocol error: "+gate.ErrBytes.Error()+"\r\n", <-heard)
		}
		require.Positive(t, h.door.Gate().Counts().OutOfBytes)
	})
}

// What idle connections keep for their next requests is bounded as well.
func TestIdleConnectionsKeepBoundedBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := gate.NewBytes(2 << 20)
		h := open(t, local.New(10), func(c *redis.Config) { c.Bytes = shared })
		for range 20 {
			c := h.visit()
			_, err := c.Write([]byte(strings.Repeat("\r\n", 200<<10)))
			require.NoError(t, err)
			say(t, c, "MULTI\r\n", "+OK\r\n")
			say(t, c, "ECHO "+strings.Repeat("x", 3000)+"\r\n", "+QUEUED\r\n")
		}
		synctest.Wait()
		require.LessOrEqual(t, shared.Used(), shared.Most()/2)
	})
}

func TestWrongPasswordsAreSlowedAndEndTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, local.New(10), func(c *redis.Config) { c.Password = "right" })
		begun := time.Now()
		heard := h.talk(strings.Repeat("AUTH wrong\r\n", 20) + "AUTH right\r\n")
		require.Equal(t, 8, strings.Count(heard, "-WRONGPASS"))
		require.NotContains(t, heard, "+OK")
		require.Equal(t, 25500*time.Millisecond, time.Since(begun))
		require.Equal(t, int64(8), h.door.Counts().WrongPass)
		begun = time.Now()
		require.Equal(t, "+OK\r\n", h.talk("AUTH right\r\n"))
		require.Zero(t, time.Since(begun))
	})
}
