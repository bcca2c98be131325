//go:build mutants

package node_test

// Goal: each check of a version can fail. Method: each fault is switched on, and its story, or some drawn run, must break a promise.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestEveryMutantOfAVersionIsCaught(t *testing.T) {
	stories := map[string]func() error{
		"raised-without-the-silent": waitsForTheSilent,
		"proposed-too-early":        func() error { return rolls(true) },
		"unspoken-is-welcome":       node.RefusesOldPrograms,
		"unspoken-joins":            node.TakesInWhoSpeaks,
		"new-leader-knows-all":      node.TakesInWhoSpeaks,
		"unspoken-goes-on":          func() error { return node.OpensNothingLater(crashfs.New(1)) },
	}
	drawn := func() (err error) {
		for seed := 0; seed < runs && err == nil; seed++ {
			err = rapid.Custom(drawnUpgrades).Example(seed)
		}
		return err
	}
	for _, id := range node.VersionMutantIDs {
		t.Run(id, func(t *testing.T) {
			t.Cleanup(func() { node.Mutant = "" })
			check := drawn
			if story := stories[id]; story != nil {
				require.NoError(t, story(), "another fault")
				check = story
			}
			node.Mutant = id
			err := check()
			require.Error(t, err)
			t.Log(err)
		})
	}
}
