//go:build mutants

// The guards of guards.go with a fault in front. mutants_test.go and proptest/cluster show that each is caught.

package redis

import (
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
)

// Mutant picks the fault that is switched on, by its id; empty means none. For checks
// only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{"deadline-from-call", "uncertain-is-not-applied"}

func since(arrived time.Time) time.Time {
	if Mutant == "deadline-from-call" {
		return time.Now()
	}
	return arrived
}

func mayHaveBeenApplied(err error) bool {
	return !server.NotApplied(err) && Mutant != "uncertain-is-not-applied"
}
