package cluster

import (
	"errors"
	"slices"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// Judge says whether a run is one that the service may have: its history, what was left on the disks in the end, which
// is nil where the run did not get there, and the error that the run itself met.
func Judge(plan *workload.Plan, h *linearizability.History, ending *Ending, met error) *linearizability.Verdict {
	v := linearizability.Judge(h)
	pace, tooFast := workload.Pace(plan, h)
	ages, tooOld := workload.Ages(plan, h)
	v.Checks = append(v.Checks, pace, ages)
	for _, found := range []*linearizability.Violation{tooFast, tooOld} {
		if found != nil {
			v.Violations = append(v.Violations, *found)
		}
	}
	if ending != nil {
		v.Checks = append(v.Checks, ending.Checks...)
		v.Violations = append(v.Violations, ending.Found...)
	}
	if met != nil {
		found := linearizability.Violation{Check: nameOf(met), Sentence: met.Error(), Operations: []int{}}
		if !h.Header.Log { // then the judge can't tell what open calls did, and says so: that is no news
			v.Violations = slices.DeleteFunc(v.Violations, func(o linearizability.Violation) bool { return o.Check == linearizability.CheckLog })
		}
		v.Violations = slices.Insert(v.Violations, 0, found)
	}
	v.OK = v.OK && len(v.Violations) == 0
	return v
}

// CheckError is what a check outside this package found to be wrong in a run: see Options.
type CheckError struct{ Check, Sentence string }

func (e *CheckError) Error() string { return e.Sentence }

// nameOf is the check that an error of a run comes from.
func nameOf(met error) string {
	var other *CheckError
	switch {
	case errors.Is(met, ErrStopped):
		return CheckReplica
	case errors.Is(met, ErrOddReply):
		return CheckDoors
	case errors.Is(met, ErrNoProgress):
		return CheckProgress
	case errors.As(met, &other):
		return other.Check
	}
	return CheckReplica
}
