package ground_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/ground"
)

// BenchmarkStep takes one action that accepts an entry: three nodes, writes pending.
func BenchmarkStep(b *testing.B) {
	s := configured(b, specDir, "Raft", "testdata/raft.cfg")
	initial, err := s.Initial("Init")
	require.NoError(b, err)
	args := []ground.Value{value(b, "2"), value(b, `[type |-> "AppendEntries", from |-> 1, to |-> 2, term |-> 1, prev |-> 0,
		prevTerm |-> 0, entries |-> <<[term |-> 1, value |-> "Command"]>>, commit |-> 0]`)}
	handle, err := s.Action("HandleAppendEntries")
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if after, err := handle.Steps(initial[0], args...); err != nil || len(after) != 1 {
			b.Fatal(after, err)
		}
	}
}
