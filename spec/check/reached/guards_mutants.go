//go:build mutants

// The guards of guards.go with a fault in front. mutants_test.go shows that each is caught.

package reached

import (
	"slices"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// Mutant picks the fault that is switched on, by its id; empty means none. For checks only: it is one variable for the
// whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{"modules-unread", "failed-run-kept", "another-digest-taken", "missing-states-taken", "cut-off-taken"}

func read(jar, config string, modules []string) []string {
	if Mutant == "modules-unread" {
		return []string{jar, config}
	}
	return slices.Concat([]string{jar, config}, modules)
}

func passed(r tlc.Result) bool {
	if Mutant == "failed-run-kept" {
		return true
	}
	return r.ExitCode == tlc.ExitPass && !r.TimedOut && r.Complete
}

func sameRead(kept, now string) bool {
	if Mutant == "another-digest-taken" {
		return true
	}
	return kept == now
}

func allThere(states, counted int64) bool {
	if Mutant == "missing-states-taken" {
		return true
	}
	return states == counted
}

func ended(err error) bool {
	if Mutant == "cut-off-taken" {
		return true
	}
	return err == nil
}
