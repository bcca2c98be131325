//go:build mutants

package wal_test

// Goal: the checks of this package can fail. Method: each seeded fault is switched on, and the check
// that is there to catch it must say that a promise was broken; switched off, the same check passes.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

var caughtBy = map[string]func() error{
	"torn-tail-is-corruption":             func() error { return crashEverywhere(3, crashfs.New) },
	"corruption-is-torn-tail":             rotEverywhere,
	"recovery-trusts-page-cache":          func() error { return crashEverywhere(6, crashfs.New) },
	"recovery-trusts-zeros":               failInEveryRecovery,
	"every-file-stays-open":               fewFilesOpen,
	"bit-rot-served":                      rotWhileOpen,
	"base-falls":                          admitBases,
	"configuration-dropped":               func() error { return crashEverywhere(1, crashfs.New) },
	"base-without-configuration":          func() error { return crashEverywhere(1, crashfs.New) },
	"members-of-another-index":            func() error { return crashEverywhere(1, crashfs.New) },
	"unknown-says-nothing":                randomLives,
	"base-under-another":                  admitMemberships,
	"first-is-torn-tail":                  zeroFirst,
	"segment-removed-before-base-durable": func() error { return crashEverywhere(6, crashfs.New) },
	"missing-first-is-compaction":         loseSegments,
	"chain-state-forgotten":               func() error { return crashEverywhere(3, crashfs.New) },
	"compacted-is-damaged":                readWhileReclaimed,
	"index-kept-below-base":               wal.KeepsNothingBelow,
	"gap-is-damage":                       func() error { return crashEverywhere(6, crashfs.New) },
	"recycled-while-named":                func() error { return crashEverywhere(6, crashfs.New) },
	"fsync-retried":                       func() error { return failEverywhere(6, failIn) },
	"no-room-stops":                       fillUp,
	"broken-disk-is-no-room":              func() error { return failEverywhere(1, breakIn) },
	"queue-grows-by-copying":              wal.QueueAll,
	"swallowed-save-error":                func() error { return failEverywhere(6, failIn) },
	"rolled-back-folder":                  func() error { return judgeLineages() },
}

func TestEveryMutantIsCaught(t *testing.T) {
	require.Len(t, caughtBy, len(wal.MutantIDs))
	for _, id := range wal.MutantIDs {
		t.Run(id, func(t *testing.T) {
			require.NoError(t, caughtBy[id](), "without the fault")
			wal.Mutant = id
			t.Cleanup(func() { wal.Mutant = "" })
			err := caughtBy[id]()
			require.Error(t, err)
			t.Log(err)
		})
	}
}
