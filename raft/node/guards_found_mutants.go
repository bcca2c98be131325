//go:build mutants

// The guards of guards_found.go, each with a fault in front.

package node

// FoundMutantIDs are the faults of where members are found.
var FoundMutantIDs = []string{"logged-at-once", "logged-without-bound", "any-length-is-logged", "anywhere-is-logged", "silent-are-found"}

func hasStood(forTime int64) bool { return Mutant == "logged-at-once" || forTime >= stoodFor }

func mayRestateAgain(after int64) bool {
	return Mutant == "logged-without-bound" || after >= restateEvery
}

func isLogged(address string) bool {
	switch Mutant {
	case "any-length-is-logged":
		return namesPlace(address)
	case "anywhere-is-logged":
		return address != "" && len(address) <= mostAddress
	}
	return len(address) <= mostAddress && namesPlace(address)
}

func countsAsFound(heard bool) bool { return Mutant == "silent-are-found" || heard }
