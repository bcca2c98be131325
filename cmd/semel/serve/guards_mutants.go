//go:build mutants

// The guard of guards.go, with faults in front. mutants_test.go shows that each is caught.

package serve

import "github.com/eventstreamcore/semel/cmd/semel/exit"

// Mutant picks the fault that is switched on, by its id; empty means none. For checks only: it is one variable for
// the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{"removed-is-started-again", "too-old-is-started-again"}

func codeOf(code int) int {
	if code == exit.Removed && Mutant == "removed-is-started-again" || code == exit.Upgrade && Mutant == "too-old-is-started-again" {
		return exit.Unavailable
	}
	return code
}
