//go:build mutants

package cluster

// Goal: the suite is awake for the faults that real files show. Method: a story is told with a seeded fault of the log or
// the protocol; its run must be judged wrong, and right without the fault (TestStoriesEndWell). Drawn plans must show
// faults of the service.

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server/redis"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/linearizability/report"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// toldBy names the story that shows a fault.
var toldBy = []struct {
	id, story string
	seed      func(id string)
}{
	{"recovery-trusts-page-cache", "failed sync", func(id string) { wal.Mutant = id }},
	{"fsync-retried", "failed sync", func(id string) { wal.Mutant = id }},
	{"swallowed-save-error", "failed sync", func(id string) { wal.Mutant = id }},
	{"torn-tail-is-corruption", "torn tail", func(id string) { wal.Mutant = id }},
	{"rolled-back-folder", "older copy", func(id string) { wal.Mutant = id }},
	{"ack-before-fsync", "follower hangs", func(id string) { protocol.Mutant = id }},
	{"stamp-from-wall-clock", "wall jump", func(id string) { node.Mutant = id }},
	{"leader-counts-undurable-self", "leader hangs", func(id string) { protocol.Mutant = id }},
	{"forgets-the-base", "rot", func(id string) { node.Mutant = id }},
	{"compacts-to-newest", "rot", func(id string) { node.Mutant = id }},
	{"handles-without-bytes", "cut off", func(id string) { node.Mutant = id }},
	{"digest-forgotten", "cut off", func(id string) { node.Mutant = id }},
}

func TestTheFaultsThatOnlyRealFilesShowAreCaught(t *testing.T) {
	for _, m := range toldBy {
		t.Run(m.id, func(t *testing.T) {
			m.seed(m.id)
			t.Cleanup(func() { m.seed("") })
			s, err := stories[m.story](t)
			v := s.verdict(err)
			require.False(t, v.OK)
			t.Logf("after %d operations: %s: %s", v.Stats.Operations, v.Violations[0].Check, v.Violations[0].Sentence)
		})
	}
}

// Whoever goes by what another node says of itself, and not by what it was told, is found where that leads: the wires would hold nothing for it.
func TestWiresHoldForWhoeverJoins(t *testing.T) {
	node.Mutant = "all-have-moved"
	t.Cleanup(func() { node.Mutant = "" })
	v := comeAndGo(t).Verdict
	require.False(t, v.OK)
	require.Contains(t, v.Violations[0].Sentence, ErrBypassed.Error())
}

// drawnFor names the profile whose plans show a fault of the service or of the loop, on real replicas as in virtual
// time (package virtualcluster has them all).
var drawnFor = []struct {
	id, profile string
	seed        func(id string)
}{
	{"lost-reply-is-duplicate", "replies", func(id string) { dedup.Mutant = id }},
	{"unfenced-complete", "fences", func(id string) { dedup.Mutant = id }},
}

func TestDrawnPlansCatchFaultsOnRealReplicas(t *testing.T) {
	for _, m := range drawnFor {
		t.Run(m.id, func(t *testing.T) {
			m.seed(m.id)
			t.Cleanup(func() { m.seed("") })
			p, err := workload.Named(m.profile)
			require.NoError(t, err)
			for k := range 10 {
				d := draw(p, 1+k)
				d.result = Execute(t.Context(), &d.plan, Options{Dir: t.TempDir()})
				if v := d.result.Verdict; !v.OK {
					t.Logf("run %d, %d operations: %s: %s", k+1, v.Stats.Operations, v.Violations[0].Check, v.Violations[0].Sentence)
					requireKept(t, d)
					return
				}
			}
			t.Error("no run caught it")
		})
	}
}

// requireKept: what failed can be looked at later, by people and by lincheck.
func requireKept(t *testing.T, d *drawn) {
	t.Helper()
	above, err := filepath.Abs(root)
	require.NoError(t, err)
	where, err := filepath.Rel(above, t.TempDir())
	require.NoError(t, err)
	*folder = where
	defer func() { *folder = "" }()
	d.save(t)
	kept, err := report.Publish(filepath.Join(root, where))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	require.False(t, kept[0].OK)
	require.NotEmpty(t, kept[0].Failures)
	require.NotEmpty(t, kept[0].Link)
}

// The log has nothing to say of a stock client's call that was told not to be applied, nor has the witness, which
// believes it: only porcupine asks who set what another client reads.
func TestACallThatWasAppliedAndToldNotToBeIsPorcupinesAlone(t *testing.T) {
	redis.Mutant = "uncertain-is-not-applied"
	t.Cleanup(func() { redis.Mutant = "" })
	s, err := unheard(t)
	v := s.verdict(err)
	require.NoError(t, err)
	require.False(t, v.OK)
	require.Equal(t, linearizability.Rejected, v.Porcupine.Result)
	require.Equal(t, linearizability.Accepted, v.Witness.Result)
	for _, found := range v.Violations {
		require.Equal(t, linearizability.CheckPorcupine, found.Check)
		t.Log(found.Sentence)
	}
}
