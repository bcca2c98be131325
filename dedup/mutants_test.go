//go:build mutants

package dedup_test

// Goal: the comparison with the model can fail. Method: each seeded bug must be
// caught within a number of scenarios that also passes without one.

import (
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

const mutantScenarios = 2000

func TestEachMutantIsCaughtByTheModel(t *testing.T) {
	t.Cleanup(func() { dedup.Mutant = "" })
	for _, id := range dedup.Mutants {
		t.Run(id, func(t *testing.T) {
			dedup.Mutant = id
			seed, err := firstDifference()
			require.Errorf(t, err, "survived %d scenarios", mutantScenarios)
			t.Logf("caught by scenario %d: %v", seed, err)
		})
	}
}

func TestWithoutAMutantNothingIsCaught(t *testing.T) {
	dedup.Mutant = ""
	seed, err := firstDifference()
	require.NoErrorf(t, err, "scenario %d", seed)
}

func firstDifference() (seed int, err error) {
	for seed = range mutantScenarios {
		if err = scenarios.Example(seed).run(); err != nil {
			return seed, err
		}
	}
	return mutantScenarios, nil
}
