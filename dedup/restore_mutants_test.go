//go:build mutants

package dedup_test

// Goal: the check of restored tokens can fail. Method: the bug is seeded.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
)

func TestEachMutantOfRestoringIsCaught(t *testing.T) {
	require.Equal(t, []string{"number-not-raised"}, dedup.RestoreMutants)
	t.Cleanup(func() { dedup.Mutant = "" })
	dedup.Mutant = "number-not-raised"
	last, next := tokensOfBoth(t)
	require.LessOrEqual(t, next, last, "a token is given twice")
}
