package server_test

// Goal: a stale read needs no log, and says of which moment it is; of nodes, one of which nobody can dial, each says so. Method: a real
// node, whose log's clock stands still; three, of which two have a wrong address of the third.

import (
	"fmt"
	"io"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/internal/ports"
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

	a, age, err := r.Peek(dedup.Key{1})
	require.NoError(t, err)
	require.LessOrEqual(t, age, time.Duration(0), "the clock stands still")
	require.Equal(t, dedup.Absent, a.Outcome)
	won := make(chan error, 1)
	claim := dedup.AppendClaim(nil, dedup.Claim{Key: dedup.Key{1}, Owner: 7, Value: []byte("v")})
	r.Do(claim, 1, server.Within(20*time.Second), func(_ []server.Answer, err error) { won <- err })
	require.NoError(t, <-won)
	require.Eventually(t, func() bool { _, age, _ = r.Peek(dedup.Key{1}); return age != server.UnknownAge }, 20*time.Second, 2*time.Millisecond)
	a, age, err = r.Peek(dedup.Key{1})
	require.NoError(t, err)
	require.Equal(t, dedup.Done, a.Outcome)
	require.Equal(t, "v", string(a.Value))
	require.Zero(t, age)
	require.Equal(t, []uint64{1, 4711, 0}, []uint64{a.Number, a.TimeNanos, a.Call})
	require.EqualValues(t, 1, r.Status().Keys)

	_, err = server.Peek(dedup.New(), dedup.Key{1})
	require.ErrorIs(t, err, server.ErrLoading)
}

// A node that the others can't dial, as they were told, hears nothing, though all that it says is heard.
func TestADeafNodeIsNoticed(t *testing.T) {
	right := map[uint8]string{1: ports.Free(), 2: ports.Free(), 3: ports.Free()}
	wrong := maps.Clone(right)
	wrong[3] = "127.0.0.1:1"
	secret := node.NewSecret()
	var nodes []*server.Replica
	for id := uint8(1); id <= 3; id++ {
		config := server.Config{Cluster: "deaf", Node: id, Dir: t.TempDir(), Peers: wrong, PeerSecret: secret, Logger: slog.New(slog.DiscardHandler)}
		if id == 3 {
			config.Peers = right
		}
		r, err := server.Open(config)
		require.NoError(t, err)
		t.Cleanup(r.Close)
		nodes = append(nodes, r)
	}
	says := func(asked int, of uint8) string {
		for _, p := range nodes[asked-1].Status().Peers {
			if p.Node == of {
				return fmt.Sprintf("dials %v, is dialled %v, one way %v, why %v", p.Connected, p.DialsIn, p.OneWayMs > 0, p.LastError != "")
			}
		}
		return "nothing"
	}
	for _, want := range []struct {
		asked int
		of    uint8
		says  string
	}{
		{1, 3, "dials false, is dialled true, one way true, why true"}, {2, 3, "dials false, is dialled true, one way true, why true"},
		{3, 1, "dials true, is dialled false, one way true, why false"}, {3, 2, "dials true, is dialled false, one way true, why false"},
		{1, 2, "dials true, is dialled true, one way false, why false"}, {2, 1, "dials true, is dialled true, one way false, why false"},
	} {
		require.Eventually(t, func() bool { return says(want.asked, want.of) == want.says }, time.Minute, 5*time.Millisecond,
			"node %d of node %d: %s", want.asked, want.of, want.says)
	}
	require.Eventually(t, func() bool {
		s := nodes[2].Status()
		return len(s.OneWays()) == 1 && s.OneWays()[0] == "nodes 1 and 2 can't dial it"
	}, time.Minute, 20*time.Millisecond)
	var health server.ClusterHealth
	require.Eventually(t, func() bool {
		health = nodes[0].ClusterHealth()
		return health.Quorum && health.Working == 2 && health.MayFail == 0 && health.State == server.ClusterDegraded && health.Leader != 0
	}, time.Minute, 20*time.Millisecond, "%v", &health.Lines)
	require.Equal(t, []int{1, 2, 3}, health.Nodes[0].Status.Voters)
	require.Equal(t, uint8(3), health.Unreachable[len(health.Unreachable)-1].Node)
	require.Equal(t, []int{1, 2}, health.Unreachable[len(health.Unreachable)-1].From)
}
