package clientview

import (
	"cmp"
	"io"
	"math"
	"slices"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"
)

// Search says how porcupine is asked.
type Search struct {
	// Fastest is how fast the fastest clock of the servers ran, as a share of the clients': 1 is
	// equally fast. 0: nobody knows; then a lease or window may end at once.
	Fastest float64
	Bounds  Bounds        // zero: none
	Timeout time.Duration // of one key
}

// Bounds are how much of one key is searched: the search is exponential in what overlaps.
type Bounds struct {
	Calls int // of one key
	Open  int // of these
}

// Result is porcupine's word on one key.
type Result string

// The results.
const (
	Explained Result = "explained"
	Wrong     Result = "wrong"       // no order explains the answers
	OutOfTime Result = "out of time" // that is no word
	LeftOut   Result = "left out"    // beyond Bounds: not searched
)

// Key is what was found of one key.
type Key struct {
	Name        string
	Calls       int
	Open        int
	Overlapping int // calls that were open while another call of the key was
	Steps       int // that the search took: with as many as calls it had nothing to choose
	Result      Result
}

// Judge searches one key's calls, and leaves them as they are.
func (s Search) Judge(name string, calls []Call) Key {
	found := Key{Name: name, Calls: len(calls), Overlapping: overlapping(calls)}
	for i := range calls {
		if calls[i].open() {
			found.Open++
		}
	}
	if s.Bounds != (Bounds{}) && (found.Calls > s.Bounds.Calls || found.Open > s.Bounds.Open) {
		found.Result = LeftOut
		return found
	}
	var steps atomic.Int64
	model := newModel(calls, s.Fastest)
	switch porcupine.CheckOperationsTimeout(model.porcupine(&steps), model.operations(), s.Timeout) {
	case porcupine.Ok:
		found.Result = Explained
	case porcupine.Illegal:
		found.Result = Wrong
	default:
		found.Result = OutOfTime
	}
	found.Steps, found.Result = int(steps.Load()), verdict(found.Result)
	return found
}

// Visualize writes porcupine's page about one key's calls.
func (s Search) Visualize(w io.Writer, calls []Call) error {
	var steps atomic.Int64
	model := newModel(calls, s.Fastest)
	_, info := porcupine.CheckOperationsVerbose(model.porcupine(&steps), model.operations(), s.Timeout)
	return porcupine.Visualize(model.porcupine(&steps), info, w)
}

// overlapping counts the calls that were open while another one was.
func overlapping(calls []Call) (n int) {
	byCall := slices.Clone(calls)
	slices.SortFunc(byCall, func(a, b Call) int { return cmp.Compare(a.From, b.From) })
	latest := int64(math.MinInt64) // return of those before
	for i := range byCall {
		if latest >= byCall[i].From || i+1 < len(byCall) && byCall[i+1].From <= byCall[i].Until {
			n++
		}
		latest = max(latest, byCall[i].Until)
	}
	return n
}
