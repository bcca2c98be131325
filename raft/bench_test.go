// Goal: what an entry costs the core in steady state, and that it allocates nothing.
// Method: three replicas in memory, in order, disks durable at once; a batch is proposed,
// written, replicated and committed on all three before the next. ns/entry is for all
// three replicas together.

package raft

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// steady is a cluster without checks.
type steady struct {
	replicas  [4]*Raft // by id
	network   []protocol.Message
	committed protocol.Index
}

func newSteady(t require.TestingT, record Recorder) *steady {
	s := &steady{}
	for id := protocol.NodeID(1); id <= 3; id++ {
		r, err := New(Config{ID: id, Servers: protocol.Nodes(1, 2, 3), Record: record}, protocol.HardState{}, 0)
		require.NoError(t, err)
		s.replicas[id] = r
	}
	for range 20 {
		s.run(1, Tick())
	}
	require.Equal(t, protocol.Leader, s.replicas[1].node.Role())
	return s
}

// run steps id and delivers all that comes of it.
func (s *steady) run(id protocol.NodeID, e Event) {
	s.step(id, e)
	for k := 0; k < len(s.network); k++ {
		if k > 10_000 {
			panic("messages never end")
		}
		s.step(s.network[k].To, Received(&s.network[k]))
	}
	s.network = s.network[:0]
}

func (s *steady) step(id protocol.NodeID, e Event) {
	r := s.replicas[id]
	for out := r.Step(e); ; out = r.Step(Durable(r.lastMark)) {
		s.network = append(s.network, out.Messages...)
		s.committed += out.Committed.To - out.Committed.From
		if len(out.Writes) == 0 {
			return
		}
	}
}

// With recorded=yes a recorder counts the actions: what the hook costs, and not what is written.
func BenchmarkReplicate(b *testing.B) {
	for _, batch := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) { benchReplicate(b, batch, nil) })
		b.Run(fmt.Sprintf("batch=%d/recorded=yes", batch), func(b *testing.B) {
			actions := 0
			benchReplicate(b, batch, func(Action, *protocol.Node) { actions++ })
			require.Positive(b, actions)
		})
	}
}

func benchReplicate(b *testing.B, batch int, record Recorder) {
	s := newSteady(b, record)
	for range 100 {
		s.run(1, Proposed(batch))
	}
	before := s.committed
	b.ReportAllocs()
	for b.Loop() {
		s.run(1, Proposed(batch))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*batch), "ns/entry")
	require.EqualValues(b, 3*b.N*batch, s.committed-before, "all replicas commit all")
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, batch := range []int{1, 16, 256} {
		s := newSteady(t, nil)
		for range 100 {
			s.run(1, Proposed(batch))
		}
		require.Zero(t, testing.AllocsPerRun(1000, func() { s.run(1, Proposed(batch)) }), "batch of %d", batch)
		require.Zero(t, testing.AllocsPerRun(1000, func() { s.run(1, Tick()) }), "heartbeats")
	}
}
