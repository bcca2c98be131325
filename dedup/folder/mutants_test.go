//go:build mutants

package folder_test

// Goal: the checks can fail. Method: each fault is switched on, in a process of its own, and the tests that are to notice it run.

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/folder"
	"github.com/eventstreamcore/semel/internal/seeded"
	"github.com/eventstreamcore/semel/raft/node"
)

const mutantVariable = "FOLDER_MUTANT"

func TestMain(m *testing.M) {
	folder.Mutant = os.Getenv(mutantVariable)
	os.Exit(m.Run())
}

func TestEveryMutantIsCaught(t *testing.T) {
	caught := map[string]string{
		"state-not-compared":  "TestASnapshotOfAnotherStateIsFound",
		"first-damage-alone":  "TestAByteThatRotsIsFound",
		"stamp-from-the-wall": "TestEachNodeIsRestoredAlike",
	}
	require.Len(t, caught, len(folder.MutantIDs))
	seeded.EachIsCaught(t, mutantVariable, caught)
}

func TestANodeThatElectsAloneAfterARestoreIsCaught(t *testing.T) {
	require.Equal(t, []string{"restored-elects-alone"}, node.RestoredMutantIDs)
	t.Cleanup(func() { node.Mutant = "" })
	node.Mutant = "restored-elects-alone"
	require.Empty(t, restoredTrio(t)(1).Status().Unmet, "it waits for nobody")
}
