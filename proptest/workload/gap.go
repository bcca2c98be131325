package workload

import (
	"slices"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// Gap tells how well clients were served over a stretch of a run.
type Gap struct {
	Longest time.Duration // without an answered write
	Share   float64       // of the stretch, in gaps that are longer than Noticed
}

// Noticed is how long nobody is answered in a cluster where all is well, at most.
const Noticed = 100 * time.Millisecond

// GapOf looks at a stretch of a history, both ends in ns as the history has them.
func GapOf(h *linearizability.History, from, until int64) (g Gap) {
	before, silent := from, int64(0)
	for _, at := range append(answeredWrites(h, from, until), until) {
		gap := at - before
		g.Longest = max(g.Longest, time.Duration(gap))
		if gap > int64(Noticed) {
			silent += gap
		}
		before = at
	}
	if until > from {
		g.Share = float64(silent) / float64(until-from)
	}
	return g
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
