//go:build mutants

package backup_test

// Goal: the checks can fail. Method: each fault is switched on, in a process of its own, and the tests that are to notice it run.

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/backup"
	"github.com/eventstreamcore/semel/internal/seeded"
)

const mutantVariable = "BACKUP_MUTANT"

func TestMain(m *testing.M) {
	backup.Mutant = os.Getenv(mutantVariable)
	os.Exit(m.Run())
}

func TestEveryMutantIsCaught(t *testing.T) {
	caught := map[string]string{
		"header-unchecked": "TestEveryRottenBitIsRefused",
		"digest-unchecked": "TestEveryRottenBitIsRefused",
	}
	require.Len(t, caught, len(backup.MutantIDs))
	seeded.EachIsCaught(t, mutantVariable, caught)
}
