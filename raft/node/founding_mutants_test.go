//go:build mutants

package node

// Goal: each fault of who founds a cluster is noticed, by the table and by chance. Method: founding_test.go.

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEachFaultOfWhoWasFoundIsNoticed(t *testing.T) {
	for _, id := range FoundedMutantIDs {
		t.Run(id, func(t *testing.T) {
			defer func() { Mutant = "" }()
			Mutant = id
			require.Error(t, welcomesFounders())
		})
	}
}

func TestEachFaultOfWhereOneIsFoundIsNoticed(t *testing.T) {
	for _, id := range MovedMutantIDs {
		t.Run(id, func(t *testing.T) {
			defer func() { Mutant = "" }()
			Mutant = id
			require.Error(t, findsMoved())
		})
	}
}

func TestEachFaultOfWhoFoundsIsNoticed(t *testing.T) {
	for _, id := range FoundingMutantIDs {
		t.Run(id, func(t *testing.T) {
			defer func() { Mutant = "" }()
			Mutant = id
			require.Error(t, foundsBy(), "the table does not notice")
			noticed := false
			for seed := range uint64(foundingRuns) {
				noticed = noticed || foundsByChance(seed) != nil
			}
			require.True(t, noticed, "chance does not notice")
		})
	}
}
