//go:build mutants

package status

// Goal: each check of this package can fail. Method: each fault is switched on, and what its test looks at is otherwise.

import (
	"testing"

	"github.com/stretchr/testify/require"
)

var caught = map[string]func(*testing.T) bool{
	"first-view-wins":       func(*testing.T) bool { working, _ := toldOf(); return working != 2 },
	"no-quorum-is-degraded": func(*testing.T) bool { _, lacks := toldOf(); return !lacks },
	"waits-for-all":         func(t *testing.T) bool { _, first := firstShown(t); return first.Nodes[1].Health != "asked" },
	"each-look-is-news":     func(*testing.T) bool { return len(written()) != 2 },
}

func TestEachMutantIsCaught(t *testing.T) {
	t.Cleanup(func() { Mutant = "" })
	for _, id := range MutantIDs {
		Mutant = ""
		require.False(t, caught[id](t), "noticed without %s", id)
		Mutant = id
		require.True(t, caught[id](t), "%s survives", id)
	}
}
