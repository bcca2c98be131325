//go:build mutants

// The guards of guards.go with a fault in front. mutants_test.go shows that it is caught.

package backup

// Mutant picks the fault that is switched on, by its id; empty means none. For checks only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{"header-unchecked", "digest-unchecked"}

func isIntact(sum, stored uint32) bool {
	if Mutant == "header-unchecked" {
		return true
	}
	return sum == stored
}

func isDigest(sum, promised [32]byte) bool {
	if Mutant == "digest-unchecked" {
		return true
	}
	return sum == promised
}
