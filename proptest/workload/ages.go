package workload

import (
	"fmt"
	"math"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// CheckAges is the name of the check that Ages makes.
const CheckAges = "StaleNoOlderThanTold"

// Ages holds stale reads to the age that they were told: whatever anybody had been told so long before the read was called is in what
// it was answered from. A node counts by its own clock, which may be as slow as the plan's slowest. Where one is older, the violation
// is returned too.
func Ages(plan *Plan, h *linearizability.History) (linearizability.CheckResult, *linearizability.Violation) {
	result := linearizability.CheckResult{Name: CheckAges, Promise: "A stale read is no older than it says.", OK: true}
	told := byNumber(h)
	for i := range h.Operations {
		o := &h.Operations[i]
		if !o.Stale || o.Answer == nil || o.Answer.StaleMillis == nil {
			continue
		}
		result.Examined++
		if newer := told.before(levelAt(o, plan.Slowest())); newer != nil && newer.Answer.Number > o.Answer.Number {
			result.OK, result.Found = false, 1
			return result, olderThanTold(o, newer)
		}
	}
	return result, nil
}

func olderThanTold(o, newer *linearizability.Operation) *linearizability.Violation {
	return &linearizability.Violation{
		Check: CheckAges, Key: string(o.Key), Operations: []int{newer.ID, o.ID},
		Sentence: fmt.Sprintf("operation %d, a stale read of node %d, was called at %v and said that it is %d ms old at most: number %d; operation %d had been told of number %d at %v",
			o.ID, o.Node, time.Duration(o.Call), *o.Answer.StaleMillis, o.Answer.Number, newer.ID, newer.Answer.Number, time.Duration(*newer.Return)),
	}
}

// levelAt is when a stale read's node had all that anybody had been told, at the latest, in the run's own time.
func levelAt(o *linearizability.Operation, slowest float64) int64 {
	if slowest == 0 {
		return math.MinInt64 / 2
	}
	return o.Call - int64(float64(*o.Answer.StaleMillis)*float64(time.Millisecond)/slowest)
}

// byNumber ranks the operations that were told a number, the highest first.
func byNumber(h *linearizability.History) bests {
	var told []*linearizability.Operation
	for i := range h.Operations {
		if o := &h.Operations[i]; o.Answer != nil && o.Answer.Number != 0 {
			told = append(told, o)
		}
	}
	return bestByReturn(told, func(a, b *linearizability.Operation, _ int64) bool { return a.Answer.Number > b.Answer.Number })
}

// Slowest is the lowest rate at which a clock of the plan runs, as a share of that of the clients; 0: one stands still.
func (p *Plan) Slowest() float64 {
	rate := 1.0
	for _, f := range p.Faults {
		if f.Kind == ClockRate {
			rate = min(rate, f.Rate)
		}
	}
	return rate
}
