//go:build mutants

package server

// Goal: the check can fail. Method: the fault is switched on, and the story of proposals_test.go ends otherwise.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
)

func TestEveryMutantIsCaught(t *testing.T) {
	require.Equal(t, []string{"dedup-at-propose-time", "answers-in-the-loop"}, MutantIDs)
	t.Cleanup(func() { Mutant = "" })
	Mutant = "dedup-at-propose-time"
	require.Equal(t, dedup.Duplicate, afterAnotherWasProposed(t).Outcome, "nobody ever won the key")
	Mutant = "answers-in-the-loop"
	require.Greater(t, builtInTheLoop(t, 250), mostBuilt(250))
}
