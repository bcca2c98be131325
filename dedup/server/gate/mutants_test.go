//go:build mutants

package gate_test

// Goal: each limit's check can fail. Method: the fault is switched on, and the story that it should spoil fails.

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/gate"
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
	for _, id := range gate.MutantIDs {
		c := exec.Command(os.Args[0], "-test.run", "^("+caughtBy[id]+")$", "-test.timeout", "20s")
		c.Env = append(os.Environ(), variable+"="+id)
		output, err := c.CombinedOutput()
		require.Error(t, err, "%s survives", id)
		require.Contains(t, string(output), "--- FAIL", "%s: %s", id, output)
	}
}
