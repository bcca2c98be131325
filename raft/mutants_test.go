//go:build mutants

package raft

// Goal: what keeps a minority from stopping the others can fail. Method: the fault is switched on, and the story that it
// should spoil fails.

import (
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

var caughtBy = map[string]string{
	"no-pre-vote":     "TestADeafNodeDisturbsNobody",
	"no-stickiness":   "TestWhoHearsALeaderVotesForNobodyElse",
	"no-check-quorum": "TestALeaderWhomNobodyAnswersResigns",
	"no-back-off":     "TestALeaderFarAwayWaitsForItsFirstAnswer",
	"no-giving-way":   "TestOfTwoThatAskOneCampaigns",
	"no-second-try":   "TestCampaignsThatCollideAreRepeatedSoon",
	"late-is-life":    "TestWhatComesAfterTheNewsOfADeathIsNoSignOfLife",
	"no-question":     "TestALeaderThatIsHeardWaitsForDisksThatStandStill",
	"no-sizes":        "TestALeaderMayBeSilentForAsLongAsItWasOfLate",

	"reads-unconfirmed": "TestALeaderThatIsDeposedAnswersNoRead",
}

const variable = "RAFT_MUTANT"

func TestMain(m *testing.M) {
	Mutant = os.Getenv(variable)
	os.Exit(m.Run())
}

func TestEveryMutantIsCaught(t *testing.T) {
	require.Len(t, caughtBy, len(MutantIDs))
	for _, id := range MutantIDs {
		c := exec.Command(os.Args[0], "-test.run", "^("+caughtBy[id]+")$")
		c.Env = append(os.Environ(), variable+"="+id)
		output, err := c.CombinedOutput()
		require.Error(t, err, "%s survives", id)
		require.Contains(t, string(output), "--- FAIL", "%s: %s", id, output)
	}
}
