//go:build mutants

// The guards of guards.go, each with a fault in front. Without its `if Mutant == …` statements this
// file equals guards.go; mutants_test.go says what catches each fault.

package node

// Mutant picks the fault that is switched on, by its id; empty means none. For checks
// only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package, in the order of the guards they replace.
var MutantIDs = []string{
	"stamp-from-wall-clock",
	"waiter-without-term",
	"lost-leadership-is-verdict",
	"deadline-is-verdict",
	"answered-at-append",
	"broken-forward-is-verdict",
}

func nextStamp(c *logClock, h Host) uint64 {
	if Mutant == "stamp-from-wall-clock" {
		return h.Wall()
	}
	return c.stamp + uint64(h.Now()-c.since)
}

func isOwn(open *openEntry, committed Entry) bool {
	if Mutant == "waiter-without-term" {
		return true
	}
	return open.term == committed.Term
}

func lostLeadership() error {
	if Mutant == "lost-leadership-is-verdict" {
		return &NotLeaderError{}
	}
	return nil
}

func undecided() error {
	if Mutant == "deadline-is-verdict" {
		return ErrDeadline
	}
	return ErrUndecided
}

func answersAtAppend() bool {
	return Mutant == "answered-at-append"
}

func unanswered(err error) error {
	if Mutant == "broken-forward-is-verdict" {
		return ErrNotSent
	}
	return err
}
