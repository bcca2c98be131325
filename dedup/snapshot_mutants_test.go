//go:build mutants

package dedup_test

// Goal: each place where a snapshot keeps, holds or refuses something is missed where it is left out. Method: the bug is
// seeded, and a story of it, or the drawn scenarios and crowds, must fail.

import (
	"fmt"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

// drawnMutants are caught by both: TestSnapshotsOfScenariosAreOfTheirEntry and TestSnapshotsOfCrowdsAreOfTheirEntry.
var drawnMutants = []string{
	"changed-slot-not-kept", "removed-slot-not-kept", "moved-slot-not-kept", "freed-value-not-kept", "moved-value-not-kept",
}

func TestEachMutantOfSnapshotsIsCaught(t *testing.T) {
	known := append([]string{}, drawnMutants...)
	for id := range snapshotStories {
		known = append(known, id)
	}
	require.ElementsMatch(t, dedup.SnapshotMutants, known)
	t.Cleanup(func() { dedup.Mutant = "" })
	for _, id := range dedup.SnapshotMutants {
		t.Run(id, func(t *testing.T) {
			dedup.Mutant = id
			if story, told := snapshotStories[id]; told {
				err := surviving(story)
				require.Error(t, err)
				t.Log(err)
				return
			}
			seed, err := firstPhotographed()
			require.Error(t, err)
			t.Logf("caught by scenario %d: %.200v", seed, err)
			seed, err = firstCrowd()
			require.Error(t, err)
			t.Logf("caught by crowd %d: %v", seed, err)
		})
	}
}

func TestWithoutAMutantNoSnapshotIsAmiss(t *testing.T) {
	dedup.Mutant = ""
	seed, err := firstPhotographed()
	require.NoErrorf(t, err, "scenario %d", seed)
	seed, err = firstCrowd()
	require.NoErrorf(t, err, "crowd %d", seed)
}

const mutantPhotographs = 200

func firstPhotographed() (seed int, err error) {
	for seed = range mutantPhotographs {
		if err = surviving(func() error { return scenarios.Example(seed).photographed(newCamera(uint64(seed), 200)) }); err != nil {
			return seed, err
		}
	}
	return seed, nil
}

func firstCrowd() (seed int, err error) {
	for seed = range 6 {
		if err = surviving(func() error { _, _, err := photographCrowd(uint64(seed)); return err }); err != nil {
			return seed, err
		}
	}
	return seed, nil
}

// surviving makes an error of a panic: a chain of cells that leads nowhere.
func surviving(run func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return run()
}
