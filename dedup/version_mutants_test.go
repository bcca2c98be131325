//go:build mutants

package dedup_test

// Goal: each check of a version can fail. Method: its story, with the bug and without.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
)

func TestEachMutantOfAVersionIsCaught(t *testing.T) {
	t.Cleanup(func() { dedup.Mutant = "" })
	stories := map[string]func() error{"raised-beyond-itself": stopsBeforeIt, "later-version-early": refusesEarly, "version-falls": rises}
	for _, id := range dedup.VersionMutants {
		dedup.Mutant = ""
		require.NoError(t, stories[id](), id)
		dedup.Mutant = id
		err := stories[id]()
		require.Error(t, err, id)
		t.Log(err)
	}
}
