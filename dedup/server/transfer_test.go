package server_test

// Goal: a node that is stopped hands over first, and says in the words of this package what came of it. Method: three real nodes,
// two of which never campaign of themselves.

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft/node"
)

// ledByOne is three nodes, of which the first leads.
func ledByOne(t *testing.T) (nodes []*server.Replica) {
	peers, secret := map[uint8]string{1: ports.Free(), 2: ports.Free(), 3: ports.Free()}, node.NewSecret()
	for id := uint8(1); id <= 3; id++ {
		r, err := server.Open(server.Config{
			Cluster: "hand over", Node: id, Dir: t.TempDir(), Peers: peers, Doors: map[uint8]string{1: "door 1", 2: "door 2", 3: "door 3"},
			PeerSecret: secret, Logger: slog.New(slog.DiscardHandler),
			Tune: func(o *node.Options) {
				if o.MaxWait = time.Minute; id > 1 {
					o.Raft.ElectionTicks, o.Raft.HeartbeatTicks = 1<<20, 3
				}
			},
		})
		require.NoError(t, err)
		t.Cleanup(r.Close)
		nodes = append(nodes, r)
	}
	require.Eventually(t, func() bool {
		for _, r := range nodes {
			if s := r.Status(); !s.Ready || s.Leader != 1 {
				return false
			}
		}
		return true
	}, time.Minute, 5*time.Millisecond)
	return nodes
}

func claimed(r *server.Replica, key byte) error {
	done := make(chan error, 1)
	claim := dedup.AppendClaim(nil, dedup.Claim{Key: dedup.Key{key}, Owner: 7})
	r.Do(claim, 1, server.Within(time.Minute), func(_ []server.Answer, err error) { done <- err })
	return <-done
}

func TestAReplicaHandsOverBeforeItStops(t *testing.T) {
	nodes := ledByOne(t)
	require.NoError(t, claimed(nodes[0], 1))
	require.NoError(t, nodes[1].HandOver(), "it does not lead")
	require.Equal(t, "leader", nodes[0].Status().Role)
	require.Eventually(t, func() bool { return nodes[0].HandOver() == nil }, time.Minute, 5*time.Millisecond)
	require.NotEqual(t, "leader", nodes[0].Status().Role)
	for k, r := range nodes {
		require.NoError(t, claimed(r, byte(10+k)))
	}
}

func TestWhyAReplicaDoesNotHandOver(t *testing.T) {
	nodes := ledByOne(t)
	var elsewhere *server.NotAppliedError
	require.ErrorAs(t, nodes[1].Transfer(t.Context(), 2), &elsewhere)
	require.Equal(t, "door 1", elsewhere.Leader)
	require.ErrorIs(t, nodes[0].Transfer(t.Context(), 9), server.ErrNoSuchNode)
	require.NoError(t, nodes[0].Transfer(t.Context(), 1), "it leads")

	nodes[1].Close()
	var leadsOn *server.TransferError
	require.Eventually(t, func() bool {
		err := nodes[0].Transfer(t.Context(), 2)
		return errors.As(err, &leadsOn) && leadsOn.Kind == "unreachable"
	}, time.Minute, 5*time.Millisecond)
	require.True(t, server.NotApplied(leadsOn))
	nodes[2].Close()
	require.Eventually(t, func() bool { return nodes[0].HandOver() != nil }, time.Minute, 5*time.Millisecond, "nobody is there")
	nodes[0].Close()
	require.ErrorIs(t, nodes[0].Transfer(t.Context(), 0), server.ErrStopped)
}
