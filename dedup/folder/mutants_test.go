//go:build mutants

package folder_test

// Goal: the checks can fail. Method: each fault is switched on, in a process of its own, and the tests that are to notice it run.

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/folder"
	"github.com/eventstreamcore/semel/internal/seeded"
)

const mutantVariable = "FOLDER_MUTANT"

func TestMain(m *testing.M) {
	folder.Mutant = os.Getenv(mutantVariable)
	os.Exit(m.Run())
}

func TestEveryMutantIsCaught(t *testing.T) {
	caught := map[string]string{
		"state-not-compared": "TestASnapshotOfAnotherStateIsFound",
		"first-damage-alone": "TestAByteThatRotsIsFound",
	}
	require.Len(t, caught, len(folder.MutantIDs))
	seeded.EachIsCaught(t, mutantVariable, caught)
}
