package redis_test

// Goal: what a client sent in one go is not done in part where the client would repeat all of it, and a transaction
// is never split. Method: clients in virtual time, and a service that refuses.

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
	"github.com/eventstreamcore/semel/dedup/server/redis"
)

// slowClient takes a while before each chunk.
type slowClient struct {
	*client
	gap time.Duration
}

func (c slowClient) Read(p []byte) (int, error) {
	<-time.After(c.gap)
	return c.client.Read(p)
}

// What is refused takes the rest of its pipeline along: all that comes within 5 ms, or behind a read that filled
// the buffer. What comes later is another pipeline.
func TestARefusalEndsWithItsPipeline(t *testing.T) {
	for name, row := range map[string]struct {
		first   int // requests in the first chunk
		gap     time.Duration
		refused bool
	}{
		"at once":              {1, 4 * time.Millisecond, true},
		"later":                {1, 6 * time.Millisecond, false},
		"behind a full buffer": {(4 << 10) / len("EXISTS ke\r\n\r\n\r\n\r\n"), time.Second, true},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := open(t, local.New(10))
			h.Fail(server.ErrNotApplied)
			first := strings.Repeat("EXISTS ke\r\n\r\n\r\n\r\n", row.first)
			c := slowClient{newClient(first+strings.Repeat("\n", max(0, 4<<10-len(first))*min(1, row.first-1)), "SETNX k v\r\n"), row.gap}
			h.street.clients <- c
			<-c.gone
			require.Equal(t, !row.refused, strings.HasSuffix(c.heard.String(), ":1\r\n"), "%s: %.200s", name, c.heard.String())
		})
	}
}

// A transaction that has no room beside what waits already is an entry of its own.
func TestATransactionIsNotSplit(t *testing.T) {
	h := open(t, local.New(10))
	grown := strings.Repeat("PING\r\n", 100000) // so is the buffer
	heard := h.talk(grown + strings.Repeat("EXISTS k\r\n", 2000) + "MULTI\r\n" + strings.Repeat(request("MGET"+strings.Repeat(" k", 1300)), 3) + "EXEC\r\n")
	require.True(t, strings.HasSuffix(heard, "*3\r\n"+strings.Repeat("*1300\r\n"+strings.Repeat("$-1\r\n", 1300), 3)))
	require.Equal(t, 3900, h.Calls()[len(h.Calls())-1])
}

// awakening is a node that has loaded when it is asked for the second time.
type awakening struct {
	*local.Service
	asked bool
}

func (a *awakening) Secret() (dedup.Secret, bool) {
	secret, _ := a.Service.Secret()
	before := a.asked
	a.asked = true
	return secret, before
}

func TestAPipelineThatFindsANodeLoadingIsRefusedToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		service := local.New(10)
		h := open(t, service, func(c *redis.Config) { c.Service = &awakening{Service: service} })
		heard := h.talk("SETNX k v\r\n", "SETNX l v\r\n")
		require.Equal(t, strings.Repeat("-LOADING Redis is loading the dataset in memory\r\n", 2), heard)
		require.Empty(t, h.Calls())
	})
}
