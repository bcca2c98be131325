//go:build mutants

package dedup_test

// Goal: the comparison with the model can fail, and each promise can be broken.
// Method: each seeded bug must be caught within a number of scenarios that also
// pass without one.

import (
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

const mutantScenarios = 1000

func TestEachMutantIsCaughtByTheModel(t *testing.T) {
	t.Cleanup(func() { dedup.Mutant = "" })
	for _, id := range dedup.Mutants {
		t.Run(id, func(t *testing.T) {
			dedup.Mutant = id
			seed, err := first(scenario.run)
			require.Errorf(t, err, "survived %d scenarios", mutantScenarios)
			t.Logf("caught by scenario %d: %v", seed, err)
		})
	}
}

func TestWithoutAMutantNothingIsCaught(t *testing.T) {
	dedup.Mutant = ""
	seed, err := first(scenario.run)
	require.NoErrorf(t, err, "scenario %d", seed)
}

// promiseBroken is which promise a mutant breaks first. The others change what no
// promise speaks of, or make the twin differ before one is broken.
var promiseBroken = map[string][]string{
	"lost-reply-is-duplicate": {"RetrySaysWon"},
	"duplicate-without-win":   {"DuplicateImpliesWin"},
	"unfenced-complete":       {"FencedCompletion", "DoneStays"},
	"silent-eviction":         {"NoSilentForget", "NeverEarly"},
	"expiry-early":            {"NoSilentForget", "NeverEarly"},
	"release-deletes-done":    {"DoneStays"},
	"takeover-keeps-token":    {"TokensRise"},
	"takeover-of-live-lease":  {"NeverEarly", "RetrySaysWon"}, // the latter of a claim in a repeated checkpoint
	"owner-not-compared":      {"OneWinner"},
}

func TestEachPromiseIsBrokenByItsMutant(t *testing.T) {
	t.Cleanup(func() { dedup.Mutant = "" })
	for id, names := range promiseBroken {
		t.Run(id, func(t *testing.T) {
			dedup.Mutant = id
			_, err := first(scenario.history)
			var found *broken
			require.ErrorAs(t, err, &found)
			require.Contains(t, names, found.name)
		})
	}
}

func TestWithoutAMutantNoPromiseIsBroken(t *testing.T) {
	dedup.Mutant = ""
	seed, err := first(scenario.history)
	require.NoErrorf(t, err, "scenario %d", seed)
}

// first returns the first scenario that fails.
func first(run func(scenario) error) (seed int, err error) {
	for seed = range mutantScenarios {
		if err = run(scenarios.Example(seed)); err != nil {
			return seed, err
		}
	}
	return mutantScenarios, nil
}
