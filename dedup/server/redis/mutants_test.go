//go:build mutants

package redis

// Goal: the check can fail. Method: the fault is switched on, and a burst's calls are younger than the burst.

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEveryMutantIsCaught(t *testing.T) {
	require.Equal(t, []string{"deadline-from-call", "uncertain-is-not-applied"}, MutantIDs, "the second is caught in proptest/cluster")
	t.Cleanup(func() { Mutant = "" })
	Mutant = "deadline-from-call"
	require.NotEqual(t, agesOfABurst, agesOf(t))
}
