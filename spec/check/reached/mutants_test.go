//go:build mutants

package reached_test

// Goal: each check of what is taken for TLC's can fail. Method: the fault is switched on, and the test that should notice it fails.

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/internal/seeded"
	"github.com/eventstreamcore/semel/spec/check/reached"
)

var caughtBy = map[string]string{
	"modules-unread":       "TestWhatIsKeptIsNotFoundOnceTLCWouldReadSomethingElse",
	"failed-run-kept":      "TestARunThatIsNotWholeIsNotKept",
	"another-digest-taken": "TestAFileOfAnotherDigestIsRefused",
	"missing-states-taken": "TestAFileThatIsNotWhatItsNameSaysIsRefused",
	"cut-off-taken":        "TestADamagedFileIsRefused",
}

const variable = "REACHED_MUTANT"

func TestMain(m *testing.M) {
	reached.Mutant = os.Getenv(variable)
	os.Exit(m.Run())
}

func TestEveryMutantIsCaught(t *testing.T) {
	require.Len(t, caughtBy, len(reached.MutantIDs))
	seeded.EachIsCaught(t, variable, caughtBy)
}

func TestTheGuardsThatShipAreThoseThatAreTested(t *testing.T) {
	seeded.Compare(t, len(reached.MutantIDs), "return kept == now", "return kept != now")
}
