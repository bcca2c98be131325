//go:build mutants

package neighbours

// Goal: the suite is awake. Method: each limit is taken away alone, by the seeded fault of the room that has it, and a run
// beside the neighbours that the limit is for must be judged wrong, by the check that is named.

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/gate"
	"github.com/eventstreamcore/semel/proptest/cluster"
	"github.com/eventstreamcore/semel/raft/transport"
)

// caught says which kind shows which fault, and by what.
var caught = []struct {
	kind, id string
	seed     func(id string)
	by       []string // one of them speaks at least
}{
	{"pretender", "any-key-is-accepted", inTransport, []string{CheckSilence}},
	{"keyless", "any-key-is-accepted", inTransport, []string{CheckSilence}},
	{"slow-writer", "request-without-deadline", inGate, []string{CheckAwake}},
	{"unfinished", "requests-without-bound", inGate, []string{CheckHeld}},
	{"idle", "full-for-ever", inGate, []string{CheckHonest}},
	{"descriptors", "accept-error-ends-node", inGate, []string{cluster.CheckReplica}},
}

func inTransport(id string) { transport.Mutant = id }
func inGate(id string)      { gate.Mutant = id }

func TestEveryLimitIsMissed(t *testing.T) {
	entering = 15 * time.Second
	for _, m := range caught {
		t.Run(m.kind+"/"+m.id, func(t *testing.T) {
			m.seed(m.id)
			t.Cleanup(func() { m.seed("") })
			v := execute(t, []string{m.kind}, 7).Verdict
			require.False(t, v.OK)
			var spoke []string
			require.NotEmpty(t, v.Violations)
			for _, found := range v.Violations {
				spoke = append(spoke, found.Check)
			}
			t.Logf("%v: %.300s", spoke, v.Violations[0].Sentence)
			require.True(t, slices.ContainsFunc(m.by, func(check string) bool { return slices.Contains(spoke, check) }), "want one of %v", m.by)
		})
	}
}
