//go:build mutants

package cluster

// Goal: the suite is awake for the faults that only real files show. Method: a story is told with a seeded fault of
// package wal; its history must be judged wrong, and right without the fault (TestStoriesEndWell).

import (
	"testing"

	"github.com/stretchr/testify/require"

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
