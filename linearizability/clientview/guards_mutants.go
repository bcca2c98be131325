//go:build mutants

// The guards of guards.go with a fault in front: ways in which this judge would be no judge. mutants_test.go shows
// that each is noticed.

package clientview

// Mutant picks the fault that is switched on, by its id; empty means none. For checks
// only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{
	"over-at-once", "never-over", "any-token", "open-never-done", "returns-ignored", "owners-ignored", "set-when-called", "late-as-it-likes",
	"always-explained", "time-is-a-verdict", "reads-are-stamped",
}

func mayBeOver(earliest, until int64) bool {
	switch Mutant {
	case "over-at-once":
		return earliest != Forever
	case "never-over":
		return false
	}
	return earliest != Forever && earliest <= until
}

func isNew(given, before uint64) bool { return given != before || Mutant == "any-token" }

func mayHaveDone(*Call) bool { return Mutant != "open-never-done" }

func returned(c *Call) int64 {
	if Mutant == "returns-ignored" {
		return Forever
	}
	return c.Until
}

func sameOwner(owner, claimant string) bool {
	return owner != "" && owner == claimant && Mutant != "owners-ignored"
}

func setsTime(latest int64, c *Call) int64 {
	if (c.Kind == Query || c.Kind == CheckpointQuery) && Mutant != "reads-are-stamped" {
		return latest
	}
	return max(latest, c.From)
}

func notBefore(from, latest int64) int64 {
	if Mutant == "set-when-called" {
		return from
	}
	return max(from, latest)
}

func notAfter(until, next int64) int64 {
	if Mutant == "late-as-it-likes" {
		return until
	}
	return min(until, next)
}

func verdict(r Result) Result {
	if Mutant == "always-explained" || Mutant == "time-is-a-verdict" && r == OutOfTime {
		return Explained
	}
	return r
}
