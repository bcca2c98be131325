package redis_test

// Goal: clients that do not read what they asked for are given up, sooner where much waits for them. Method: such
// clients, in virtual time.

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/internal/local"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

func TestClientsThatDoNotReadAreGivenUp(t *testing.T) {
	for most, patience := range map[int64]time.Duration{0: 10 * time.Second, 12: 10 * time.Second, 1: 250 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, local.New(10), func(c *redis.Config) { c.MaxUnreadBytes = most })
			for range 3 { // what the one before held is given back
				here, there := net.Pipe()
				h.street.clients <- there
				_, err := here.Write([]byte("SETNX k v\r\n"))
				require.NoError(t, err)
				<-time.After(patience - time.Millisecond)
				require.Equal(t, int64(1), h.door.Counts().Connections)
				<-time.After(2 * time.Millisecond)
				require.Zero(t, h.door.Counts().Connections, "%v", patience)
			}
		})
	}
}
