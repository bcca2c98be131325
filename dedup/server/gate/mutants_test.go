//go:build mutants

package gate_test

// Goal: each limit's check can fail. Method: the fault is switched on, and the story that it should spoil fails.

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/gate"
	"github.com/eventstreamcore/semel/internal/seeded"
)

var caughtBy = map[string]string{
	"accept-error-ends-node":   "TestErrorsOfAcceptEndNothing",
	"request-without-deadline": "TestTimeOfARequest",
	"requests-without-bound":   "TestBytesOfRequestsAreBounded",
	"unread-without-bound":     "TestUnreadAnswersAreBounded",
	"full-for-ever":            "TestWhereAllWorkOneMoreIsRefused|TestWhoDoesNothingMakesRoom",
	"share-ignored":            "TestNobodyTakesFromASourceThatHasFewer",
}

const variable = "GATE_MUTANT"

func TestMain(m *testing.M) {
	gate.Mutant = os.Getenv(variable)
	os.Exit(m.Run())
}

func TestEveryMutantIsCaught(t *testing.T) {
	require.Len(t, caughtBy, len(gate.MutantIDs))
	seeded.EachIsCaught(t, variable, caughtBy)
}
