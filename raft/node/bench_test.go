package node_test

// What a proposal costs in the replica itself: one server, a host that keeps nothing, rounds of proposals.

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// idleHost does nothing; its disk is durable when the benchmark says so.
type idleHost struct {
	last     raft.Mark
	syncing  bool
	answered int
	told     []node.Waiter
	place    uint64 // in the last answer that was told by a name
}

func (h *idleHost) Append(r *node.Record) error { h.last = r.Mark; return nil }

func (h *idleHost) Room() node.Room { return node.Room{Sure: 1 << 40, Coming: true} }

func (h *idleHost) Sync() { h.syncing = true }

func (h *idleHost) ReadEntry(protocol.Index) (node.Entry, error) { panic("the cache holds it") }

func (h *idleHost) ReadAhead(node.Reading) {
	panic("the cache holds it")
}

func (h *idleHost) Send(*protocol.Message, uint64, []byte) {}

func (h *idleHost) SendDigest(protocol.NodeID, node.Digest) {}

func (h *idleHost) Accuse(protocol.NodeID, node.Accusation) {}

func (h *idleHost) Condemn(node.Accusation) {}

func (h *idleHost) Doubt(protocol.NodeID, protocol.Index) {}

func (h *idleHost) Forward(protocol.NodeID, uint64, []byte, int64) func() { return func() {} }

func (h *idleHost) Reply(w node.Waiter, a node.Answers, _ error) {
	h.answered++
	if name, ok := w.(string); ok {
		h.told, h.place = append(h.told, name), placesOf(a.Bytes)[0]
	}
}

func (h *idleHost) Shelve(node.Values) uint64 { return 0 }

func (h *idleHost) Fetch(protocol.NodeID, uint64, int, int64) node.Values { return nil }

func (h *idleHost) Respond(node.Caller, []byte) {}

func (h *idleHost) Reject(protocol.NodeID, error) {}

func (h *idleHost) Resume() {}

func (h *idleHost) Now() int64 { return 1 }

func (h *idleHost) Wall() uint64 { return 1 }

// discard is a machine that only counts.
type discard struct{ *list }

func (d discard) Apply(index uint64, payload []byte) error {
	if index == 1 {
		return d.list.Apply(index, payload)
	}
	return nil
}

func (d discard) AppendAnswers(dst []byte, _, n int) ([]byte, node.Values) {
	return append(dst, make([]byte, answerBytes*n)...), nil
}

// settle syncs until nothing is left to sync.
func settle(tb testing.TB, h *idleHost, r *node.Replica) {
	tb.Helper()
	require.NoError(tb, h.sync(r))
}

// sync ends syncs until none runs.
func (h *idleHost) sync(r *node.Replica) error {
	for h.syncing {
		h.syncing = false
		if err := r.Handle(node.Synced(h.last)); err != nil {
			return err
		}
	}
	return nil
}

func benchmark(b *testing.B, together int) {
	h, servers := &idleHost{}, protocol.Nodes(1)
	r, err := node.New(node.Config{Raft: raft.Config{ID: 1, Servers: servers}}, h, discard{listOf(servers)}, node.Recovered{})
	require.NoError(b, err)
	for range 40 {
		require.NoError(b, r.Handle(node.Tick()))
		settle(b, h, r)
	}
	commands, waiter := command("0123456789abcdef"), new(int)
	round := make([]node.Event, together)
	for k := range round {
		round[k] = node.Proposed(commands, 1, int64(time.Hour), waiter)
	}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		require.NoError(b, r.Handle(round...))
		settle(b, h, r)
		n += together
	}
	require.Equal(b, n, h.answered)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/proposal")
}

func BenchmarkPropose(b *testing.B) {
	for _, together := range []int{1, 100, 4000} {
		b.Run(fmt.Sprint(together), func(b *testing.B) { benchmark(b, together) })
	}
}

func (h *idleHost) TakeSnapshot(t node.Taking) { t.Body.Close() }

func (h *idleHost) FetchSnapshot(protocol.NodeID, protocol.Index, protocol.Term) {}

func (h *idleHost) DropSnapshot(protocol.Index) {}

func (h *idleHost) RefuseSnapshot(node.SnapshotID, error) {}

func (h *idleHost) IsDamaged(protocol.Index) bool { return false }

func (h *idleHost) Forget(protocol.Index) {}

func (h *idleHost) Members(protocol.Index) ([]byte, error) { return nil, nil }

func (h *idleHost) Follow(protocol.Configuration, protocol.Index, *node.Members) {}

func (h *idleHost) Speaks(protocol.NodeID) node.Versions { return node.Versions{} }

func (h *idleHost) Raised(node.Version) error { return nil }

func (h *idleHost) AddressOf(protocol.NodeID) string { return "" }

func (h *idleHost) Said(protocol.NodeID) node.Addresses { return node.Addresses{} }
