package redis_test

// Goal: clients that do not read what they asked for are given up, and hold no more than is stated, all of them together.
// Method: such clients, in virtual time.

import (
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

func TestClientsThatDoNotReadAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const patience = 10 * time.Second
		h := open(t, local.New(10))
		here, there := net.Pipe()
		h.street.clients <- there
		_, err := here.Write([]byte("SETNX k v\r\n"))
		require.NoError(t, err)
		<-time.After(patience - time.Millisecond)
		require.Equal(t, int64(1), h.door.Counts().Connections)
		<-time.After(2 * time.Millisecond)
		require.Zero(t, h.door.Counts().Connections)
	})
}

func TestRepliesThatNobodyReadsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most, value, clients, fit = 200 << 10, 60 << 10, 20, 4 // replies of 44 KiB beside what is free
		unread := gate.NewUnread(most)
		h := open(t, local.New(10), func(c *redis.Config) { c.Unread = unread })
		require.Equal(t, "+OK\r\n", h.talk(request("SET k "+strings.Repeat("v", value))))
		for range clients {
			here, there := net.Pipe()
			h.street.clients <- there
			_, err := here.Write([]byte(request("GET k")))
			require.NoError(t, err)
			synctest.Wait()
			require.LessOrEqual(t, unread.Used(), int64(most))
			t.Cleanup(func() { _ = here.Close() })
		}
		require.Equal(t, int64(fit), h.door.Counts().Connections)
		require.Equal(t, int64(clients-fit), h.door.Gate().Counts().Unread)
		require.Contains(t, h.talk(request("GET k")), strings.Repeat("v", value), "who reads is answered")
	})
}
