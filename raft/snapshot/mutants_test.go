//go:build mutants

package snapshot_test

// Goal: the checks of this package can fail. Method: each seeded fault is switched on, and the check that is there to catch it
// must say that a promise was broken; switched off, the same check passes.

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

var caughtBy = map[string]func() error{
	"header-unchecked":   rotEverywhere,
	"block-unchecked":    rotEverywhere,
	"position-unchecked": blocksTradePlaces,
	"snapshot-unchecked": blocksTradePlaces,
	"digest-unchecked":   digestsDiffer,
	"length-unchecked":   cutAndExtend,

	"configuration-without-digest": configurationsDiffer,
	"members-are-the-machines":     membersComeBack,

	"foreign-accepted":         foreign,
	"fsync-retried":            failedCalls,
	"written-by-the-sync":      writesAreBegun,
	"rename-before-sync":       crashes,
	"folder-not-synced":        crashes,
	"seen-is-durable":          crashes,
	"resumed-as-another":       anotherComes,
	"begun-anew":               progressIsKept,
	"resumed-without-check":    crashes,
	"resumed-from-page-cache":  func() error { return failThenDieEverywhere(4) },
	"replaced-by-another":      differing,
	"newest-removed":           newestStays,
	"newest-whole-removed":     newestStays,
	"newest-is-not-withdrawn":  withdraws,
	"whole-goes-for-newer":     adoptsTheOlder,
	"named-when-whole":         adopts,
	"removed-although-anew":    removalsFail,
	"damage-outlives-its-file": mendedWhileRead,
	"room-unchecked":           tooLongForTheDisk,
	"any-offset":               outOfOrder,
	"two-writers":              twoWriters,
	"resume-outlives-its-user": resumesAreInterrupted,
}

func crashes() error { return crashEverywhere(1, 4, crashfs.New) }

func failedCalls() error { return failEverywhere(4, syscall.EIO, snapshot.ErrDisk) }

func TestEveryMutantIsCaught(t *testing.T) {
	require.Len(t, caughtBy, len(snapshot.MutantIDs))
	for _, id := range snapshot.MutantIDs {
		t.Run(id, func(t *testing.T) {
			require.NoError(t, caughtBy[id](), "without the fault")
			snapshot.Mutant = id
			files.Clear() // they are written with the fault, too
			t.Cleanup(func() {
				snapshot.Mutant = ""
				files.Clear()
			})
			err := caughtBy[id]()
			require.ErrorIs(t, err, errViolated)
			t.Log(err)
		})
	}
}
