package server_test

// Goal: a stale read needs no log, and says of which moment it is. Method: one real node, whose log's
// clock stands still.

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/node"
)

// still is a clock that stands still.
type still struct{}

func (still) Now() int64   { return 1 }
func (still) Wall() uint64 { return 4711 }

func TestPeekReadsWhatThisNodeHas(t *testing.T) {
	r, err := server.Open(server.Config{
		Cluster: "peek", Node: 1, Dir: t.TempDir(), Peers: map[uint8]string{1: "127.0.0.1:0"},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)), Tune: func(o *node.Options) { o.Clock = still{} },
	})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	require.Eventually(t, func() bool { _, loaded := r.Secret(); return loaded }, 20*time.Second, 2*time.Millisecond)

	a, err := r.Peek(dedup.Key{1})
	require.NoError(t, err)
	require.Equal(t, dedup.Absent, a.Outcome)
	won := make(chan error, 1)
	claim := dedup.AppendClaim(nil, dedup.Claim{Key: dedup.Key{1}, Owner: 7, Value: []byte("v")})
	r.Do(claim, 1, server.Within(20*time.Second), func(_ []server.Answer, err error) { won <- err })
	require.NoError(t, <-won)
	a, err = r.Peek(dedup.Key{1})
	require.NoError(t, err)
	require.Equal(t, dedup.Done, a.Outcome)
	require.Equal(t, "v", string(a.Value))
	require.Equal(t, []uint64{1, 4711, 0}, []uint64{a.Number, a.TimeNanos, a.Call})
	require.EqualValues(t, 1, r.Status().Keys)

	_, err = server.Peek(dedup.New(), dedup.Key{1})
	require.ErrorIs(t, err, server.ErrLoading)
}
