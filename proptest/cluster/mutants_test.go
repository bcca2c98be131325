//go:build mutants

package cluster

// Goal: the suite is awake for the faults that only real files show. Method: a story is told with a seeded fault of
// package wal; its history must be judged wrong, and right without the fault (TestStoriesEndWell).

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// toldBy names the story that shows a fault.
var toldBy = map[string]string{
	"recovery-trusts-page-cache": "failed sync",
	"fsync-retried":              "failed sync",
	"swallowed-save-error":       "failed sync",
	"torn-tail-is-corruption":    "torn tail",
}

func TestTheFaultsThatOnlyRealFilesShowAreCaught(t *testing.T) {
	for id, story := range toldBy {
		t.Run(id, func(t *testing.T) {
			wal.Mutant = id
			t.Cleanup(func() { wal.Mutant = "" })
			s, err := stories[story](t)
			v := s.verdict(err)
			require.False(t, v.OK)
			t.Logf("after %d operations: %s: %s", v.Stats.Operations, v.Violations[0].Check, v.Violations[0].Sentence)
		})
	}
}

// drawnFor names the profile whose plans show a fault of the service or of the loop, on real replicas as in virtual
// time (package simulated has them all).
var drawnFor = []struct {
	id, profile string
	seed        func(id string)
}{
	{"lost-reply-is-duplicate", "replies", func(id string) { dedup.Mutant = id }},
	{"unfenced-complete", "fences", func(id string) { dedup.Mutant = id }},
	{"ack-before-fsync", "power", func(id string) { protocol.Mutant = id }},
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
				v := Execute(t.Context(), &d.plan, Options{Dir: t.TempDir()}).Verdict
				if !v.OK {
					t.Logf("run %d, %d operations: %s: %s", k+1, v.Stats.Operations, v.Violations[0].Check, v.Violations[0].Sentence)
					return
				}
			}
			t.Error("no run caught it")
		})
	}
}
