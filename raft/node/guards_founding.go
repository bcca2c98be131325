//go:build !mutants

package node

import "slices"

// The decisions on which it rests that a cluster is founded once. guards_founding_mutants.go holds a wrong one for each fault.

// refusesSecond reports whether nobody founds a cluster where there is one of its name.
func refusesSecond() bool { return true }

// isOneTooMany reports whether two folders of one id found nothing.
func isOneTooMany() bool { return true }

// isTooFew reports whether fewer are found than there are to be.
func isTooFew(found, expect int) bool { return found < expect }

// saysSame reports whether another founder has found the same ones.
func saysSame(theirs, ours []Founder) bool { return slices.Equal(theirs, ours) }

// foundersIn is what of a list the id of its cluster is made of.
func foundersIn(list []Founder) []Founder { return list }

// isWhoFounded reports whether a folder is the one that was found in its slot; nil: nobody was, or it is not known.
func isWhoFounded(f *Founder, incarnation uint64) bool {
	return f == nil || f.Incarnation == incarnation
}
