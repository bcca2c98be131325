//go:build mutants

// The guards of guards_founding.go, each with a fault in front.

package node

import "slices"

// FoundingMutantIDs are the faults of who founds a cluster.
var FoundingMutantIDs = []string{"founds-a-second", "two-of-one-id-found", "founds-with-few", "founds-by-its-own-view", "lists-share-an-id"}

// FoundedMutantIDs are those of a node that was founded.
var FoundedMutantIDs = []string{"founder-is-any-folder"}

func refusesSecond() bool { return Mutant != "founds-a-second" }

func isOneTooMany() bool { return Mutant != "two-of-one-id-found" }

func isTooFew(found, expect int) bool {
	if Mutant == "founds-with-few" {
		return 2*found <= expect
	}
	return found < expect
}

func saysSame(theirs, ours []Founder) bool {
	return Mutant == "founds-by-its-own-view" || slices.Equal(theirs, ours)
}

func foundersIn(list []Founder) []Founder {
	if Mutant != "lists-share-an-id" {
		return list
	}
	ids := make([]Founder, len(list))
	for k := range list {
		ids[k].ID = list[k].ID
	}
	return ids
}

func isWhoFounded(f *Founder, incarnation uint64) bool {
	return f == nil || f.Incarnation == incarnation || Mutant == "founder-is-any-folder"
}
