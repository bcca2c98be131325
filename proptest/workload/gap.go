package workload

import (
	"slices"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// Noticed is how long nobody is answered in a cluster where all is well, at most.
const Noticed = 100 * time.Millisecond

// GapOf is the longest time without an answered write in a stretch of a history, both ends in ns as the history has them.
func GapOf(h *linearizability.History, from, until int64) (longest time.Duration) {
	before := from
	for _, at := range append(answeredWrites(h, from, until), until) {
		longest = max(longest, time.Duration(at-before))
		before = at
	}
	return longest
}

// answeredWrites is when writes were answered within a stretch, in that order. What a write is told, that it won or
// that it did not, it is told through the log.
func answeredWrites(h *linearizability.History, from, until int64) (times []int64) {
	for i := range h.Operations {
		o := &h.Operations[i]
		if o.Answer != nil && o.Return != nil && !o.Kind.Reads() && from <= *o.Return && *o.Return <= until {
			times = append(times, *o.Return)
		}
	}
	slices.Sort(times)
	return times
}

// LastCall is when the last call of a history was made, ns: after it nobody asks, so that nobody is answered.
func LastCall(h *linearizability.History) (at int64) {
	for i := range h.Operations {
		at = max(at, h.Operations[i].Call)
	}
	return at
}
