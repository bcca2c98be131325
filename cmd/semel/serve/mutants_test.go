//go:build mutants

package serve

// Goal: each check of exit codes can fail. Method: each fault is switched on, and the table of stops is not what it was.

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachMutantIsCaught(t *testing.T) {
	t.Cleanup(func() { Mutant = "" })
	require.Empty(t, wronglyTold(), "noticed without a fault")
	for _, id := range MutantIDs {
		Mutant = id
		require.NotEmpty(t, wronglyTold(), "%s survives", id)
	}
}
