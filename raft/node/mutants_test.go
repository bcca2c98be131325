//go:build mutants

package node_test

// Goal: the property can fail. Method: each seeded fault is switched on, and some drawn run must
// break a promise. Switched off, no run does: that is the property of property_test.go.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/node"
)

// runs are how many runs each fault has to show itself.
const runs = 300

// firstFault runs until one breaks a promise.
func firstFault() error {
	for seed := range runs {
		if err := rapid.Custom(drawnRun).Example(seed); err != nil {
			return err
		}
	}
	return nil
}

func TestEveryMutantIsCaught(t *testing.T) {
	for _, id := range node.MutantIDs {
		t.Run(id, func(t *testing.T) {
			node.Mutant = id
			t.Cleanup(func() { node.Mutant = "" })
			err := firstFault()
			require.Error(t, err)
			t.Log(err)
		})
	}
}
