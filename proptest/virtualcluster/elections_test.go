package virtualcluster_test

// Goal: how long a cluster is without a leader, as it ships, over many seeds. Method: replicas in virtual time whose leader is killed, which is
// news to the others within 20 ms, or hangs; the time until another one has an entry of its own committed.

import (
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

var electionRuns = flag.Int("election-runs", 200, "how many elections of each kind are held")

// an election is how one begins, and what it may take, in median and at most.
type election struct {
	name         string
	servers      int
	sync         simulator.Span
	ends         func(leader *simulator.Member)
	median, most time.Duration
}

var (
	quickDisks = simulator.Span{Most: 5 * time.Millisecond}
	slowDisks  = simulator.Span{Least: 100 * time.Millisecond, Most: 600 * time.Millisecond}

	kill = func(leader *simulator.Member) { leader.Kill() }
	hang = func(leader *simulator.Member) { leader.Hang(true) }
)

// elections are those that are held. A hang is noticed after 0.4 s, see raft.Config.
var elections = []election{
	{"of three one is killed", 3, quickDisks, kill, 40 * time.Millisecond, 150 * time.Millisecond},
	{"of five one is killed", 5, quickDisks, kill, 40 * time.Millisecond, 250 * time.Millisecond},
	{"of three one hangs", 3, quickDisks, hang, 480 * time.Millisecond, 600 * time.Millisecond},
	{"of five one hangs", 5, quickDisks, hang, 480 * time.Millisecond, 650 * time.Millisecond},
	{"of three one is killed, slow disks", 3, slowDisks, kill, 1500 * time.Millisecond, 4 * time.Second},
}

// hold returns how long the cluster was without a leader.
func (e *election) hold(seed uint64) (time.Duration, error) {
	servers := protocol.NodeSet(0)
	b := dedup.Bootstrap{Cluster: dedup.ClusterID{1}, Secret: dedup.Secret{2}, CapacityKeys: 1000, CapacityBytes: 1000 * dedup.CellBytes}
	for id := protocol.NodeID(1); int(id) <= e.servers; id++ {
		servers = servers.With(id)
	}
	w := simulator.New(simulator.Config{
		Seed: seed, Servers: e.servers, Tick: 20 * time.Millisecond, Sync: e.sync, Delay: simulator.Span{Most: 2 * time.Millisecond},
		Deaths:  simulator.Deaths{Told: 1},
		Replica: node.Config{Raft: raft.Config{ElectionTicks: 20, HeartbeatTicks: 3}},
		Machine: func(protocol.NodeID) node.StateMachine { return server.NewMachine(b) },
	})
	leads := func(m *simulator.Member) bool {
		if m == nil {
			return false
		}
		s, _ := m.Status()
		return s.CommitIndex == s.LastIndex && s.CommitIndex > 0
	}
	if ok, err := w.Until(time.Minute, func() bool { return leads(w.Leader()) }); !ok || err != nil {
		return 0, fmt.Errorf("seed %d: no leader: %w", seed, err)
	}
	if err := w.Run(time.Second + time.Duration(seed%20)*time.Millisecond); err != nil {
		return 0, err
	}
	old, began := w.Leader(), w.Now()
	if old == nil {
		return 0, fmt.Errorf("seed %d: the leader did not stay", seed)
	}
	e.ends(old)
	ok, err := w.Until(time.Minute, func() bool { l := w.Leader(); return l != old && leads(l) })
	if !ok || err != nil {
		return 0, fmt.Errorf("seed %d: no other leader: %w", seed, err)
	}
	return w.Now() - began, nil
}

// holdAll returns an error where elections took longer than they may.
func (e *election) holdAll(t *testing.T, runs int) error {
	var took []time.Duration
	for seed := range uint64(runs) {
		d, err := e.hold(seed)
		require.NoError(t, err)
		took = append(took, d)
	}
	worst := slices.Index(took, slices.Max(took))
	slices.Sort(took)
	at := func(share float64) time.Duration { return took[int(share*float64(runs-1))].Round(time.Millisecond) }
	t.Logf("%-36s %5d times: median %v, 90 %% %v, 99 %% %v, longest %v, seed %d", e.name, runs, at(0.5), at(0.9), at(0.99), at(1), worst)
	if at(0.5) > e.median || at(1) > e.most {
		return fmt.Errorf("%s: elections took %v and at most %v, expected %v and at most %v", e.name, at(0.5), at(1), e.median, e.most)
	}
	return nil
}

func TestElectionsAreShort(t *testing.T) {
	for k := range elections {
		require.NoError(t, elections[k].holdAll(t, *electionRuns))
	}
}
