//go:build mutants

// The guards of guards.go with a fault in front. mutants_test.go shows that it is caught.

package folder

import (
	"time"

	"github.com/eventstreamcore/semel/dedup/backup"
)

// Mutant picks the fault that is switched on, by its id; empty means none. For checks only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{"state-not-compared", "first-damage-alone", "stamp-from-the-wall"}

func isWhole(damage []Damage) bool {
	if Mutant == "first-damage-alone" { // as if one flaw were none
		return len(damage) <= 1
	}
	return len(damage) == 0
}

func isSameState(replayed, file [32]byte) bool {
	if Mutant == "state-not-compared" {
		return true
	}
	return replayed == file
}

func stampOfBackup(h *backup.Header) uint64 {
	if Mutant == "stamp-from-the-wall" {
		return uint64(time.Now().UnixNano())
	}
	return h.Stamp
}
