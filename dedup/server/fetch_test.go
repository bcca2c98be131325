package server_test

// Goal: a node that gets a snapshot from another one says from whom, and how much of it is here. Method: three real nodes, one of which was away
// while the logs of the others ended; they send so slowly that a look meets it.

import (
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft/node"
)

// manyClaimed claims keys, a thousand in an entry.
func manyClaimed(t *testing.T, r *server.Replica, entries int) {
	for entry := range entries {
		var claims []byte
		for key := range 1000 {
			claims = dedup.AppendClaim(claims, dedup.Claim{Key: dedup.Key{byte(entry), byte(key), byte(key >> 8), 1}, Owner: 7})
		}
		done := make(chan error, 1)
		r.Do(claims, 1000, server.Within(time.Minute), func(_ []server.Answer, err error) { done <- err })
		require.NoError(t, <-done)
	}
}

func TestHowFarAFetchIsIsSaid(t *testing.T) {
	peers, secret := map[uint8]string{1: ports.Free(), 2: ports.Free(), 3: ports.Free()}, node.NewSecret()
	folders := map[uint8]string{1: t.TempDir(), 2: t.TempDir(), 3: t.TempDir()}
	open := func(id uint8) *server.Replica {
		r, err := server.Open(server.Config{
			Cluster: "fetch", Node: id, Dir: folders[id], Peers: peers, PeerSecret: secret, Logger: slog.New(slog.DiscardHandler),
			Tune: func(o *node.Options) {
				o.SnapshotRate = 64 << 10
				if id > 1 {
					o.Raft.ElectionTicks, o.Raft.HeartbeatTicks = 1<<20, 3
				}
			},
		})
		require.NoError(t, err)
		t.Cleanup(r.Close)
		return r
	}
	ready := func(r *server.Replica) func() bool { return func() bool { return r.Status().Ready } }
	one, two, away := open(1), open(2), open(3)
	for _, r := range []*server.Replica{one, two, away} {
		require.Eventually(t, ready(r), time.Minute, 5*time.Millisecond)
	}
	require.Nil(t, away.Status().Snapshots.Fetch)
	away.Close()
	manyClaimed(t, one, 4)
	for range 2 { // the log begins behind the one before
		_, err := one.TakeSnapshot(t.Context())
		require.NoError(t, err)
		require.NoError(t, claimed(one, 1))
	}

	away = open(3)
	var f *server.Fetch
	require.Eventually(t, func() bool {
		now := away.Status().Snapshots
		if f = now.Fetch; f == nil || f.Bytes == 0 {
			return false
		}
		return now.Fetching == one.Status().Snapshots.Base
	}, time.Minute, 5*time.Millisecond)
	require.EqualValues(t, 1, f.From, "no other node has it")
	require.InDelta(t, one.Status().Snapshots.Bytes, f.Of, 1000, "that of the entry before the log, which has a key less")
	require.Less(t, f.Bytes, f.Of)
	require.GreaterOrEqual(t, f.ForMs, int64(0))
	require.Eventually(t, ready(away), time.Minute, 5*time.Millisecond)
	require.Nil(t, away.Status().Snapshots.Fetch)
	require.Zero(t, away.Status().Snapshots.Fetching)
	require.Equal(t, one.Status().Snapshots.Base, away.Status().Snapshots.Index)
}
