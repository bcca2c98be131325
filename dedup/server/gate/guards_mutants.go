//go:build mutants

// The guards of guards.go with a fault in front. mutants_test.go shows that each is caught.

package gate

import (
	"errors"
	"net"
	"time"
)

// Mutant picks the fault that is switched on, by its id; empty means none. For checks only: it is one variable for
// the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{"accept-error-ends-node", "request-without-deadline", "requests-without-bound", "unread-without-bound", "full-for-ever", "share-ignored"}

func acceptsAgain(err error) bool {
	if Mutant == "accept-error-ends-node" {
		return false
	}
	return !errors.Is(err, net.ErrClosed)
}

func deadline(since time.Time, span time.Duration) time.Time {
	if Mutant == "request-without-deadline" {
		return time.Time{}
	}
	return since.Add(span)
}

func fits(bytes, most int64) bool { return bytes <= most || Mutant == "requests-without-bound" }

func unreadFits(bytes, most int64) bool { return bytes <= most || Mutant == "unread-without-bound" }

func evicts() bool { return Mutant != "full-for-ever" }

func mayTakeFrom(count, own int) bool { return count >= own || Mutant == "share-ignored" }
