//go:build mutants

package neighbours

// Goal: the suite is awake. Method: each limit is taken away alone, by the seeded fault of the room that has it, and a run
// beside the neighbours that the limit is for must be judged wrong, by the check that is named.

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/gate"
	"github.com/eventstreamcore/semel/proptest/cluster"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/transport"
)

// caught says which kind shows which fault, and by what.
var caught = []struct {
	kind, id string
	seed     func(id string)
	by       []string // one of them speaks at least
}{
	{"garbage", "strangers-fill-the-log", inTransport, []string{CheckLog}},
	{"silence", "newest-greeting-goes", inTransport, []string{CheckPeers, CheckTerms}},
	{"large-reads", "answers-in-the-loop", inServer, []string{cluster.CheckLoop}},
	{"read-flood", "answers-in-the-loop", inServer, []string{cluster.CheckLoop}},
	{"slow-reader", "unread-without-bound", inGate, []string{CheckHeld}},
	{"pretender", "any-key-is-accepted", inTransport, []string{CheckSilence, CheckPeers}},
	{"keyless", "any-key-is-accepted", inTransport, []string{CheckSilence}},
	{"slow-writer", "request-without-deadline", inGate, []string{CheckAwake}},
	{"unfinished", "requests-without-bound", inGate, []string{CheckHeld}},
	{"idle", "full-for-ever", inGate, []string{CheckHonest}},
	{"descriptors", "accept-error-ends-node", inGate, []string{cluster.CheckReplica}},
}

// A fault shows soon.
var short = workload.Range{Least: 30, Most: 40}

func inTransport(id string) { transport.Mutant = id }
func inServer(id string)    { server.Mutant = id }
func inGate(id string)      { gate.Mutant = id }

func TestEveryLimitIsMissed(t *testing.T) {
	wereEntering, wereFavourite, wereSteps := entering, favourite, steps
	t.Cleanup(func() { entering, favourite, steps = wereEntering, wereFavourite, wereSteps })
	entering, favourite, steps = 15*time.Second, 0, short
	for _, m := range caught {
		t.Run(m.kind+"/"+m.id, func(t *testing.T) {
			m.seed(m.id)
			t.Cleanup(func() { m.seed("") })
			r := execute(t, []string{m.kind}, 7)
			v := r.Verdict
			t.Logf("%d answered, %d terms, %d KiB more, %d warnings, %d dials, acts %v", v.Stats.Answered, r.Terms, r.Heap>>10, r.Warnings, r.Dials, r.Acts)
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
