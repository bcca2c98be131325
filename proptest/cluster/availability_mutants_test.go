//go:build mutants

package cluster

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
)

// The bounds on real replicas are awake: a leader that hears nobody and never resigns exceeds its own.
func TestAMutantOfElectionsExceedsABound(t *testing.T) {
	t.Cleanup(func() { raft.Mutant = "" })
	raft.Mutant = "no-check-quorum"
	gap, most := gapOf(t, "deaf: the leader", 1)
	require.Greater(t, gap, most, "in ticks")
}
