package workload

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// CheckPace is the name of the check that Pace makes.
const CheckPace = "LogTimeKeepsPace"

// Pace is NeverEarly in the run's own time, where the history's judge has log time alone: between two answers log
// time has moved no further than the fastest clock of the plan could run from the call of the one to the return of
// the other. So no window ends early by more than a clock's drift, however wall clocks jump. Where it did, the
// violation is returned too.
func Pace(plan *Plan, h *linearizability.History) (linearizability.CheckResult, *linearizability.Violation) {
	result := linearizability.CheckResult{Name: CheckPace, Promise: "No window ends before its time, by more than clocks drift.", OK: true}
	rate, told := plan.Fastest(), thatTellTime(h)
	least, from := math.Inf(1), (*linearizability.Operation)(nil) // of the answers so far: log time less the clock's
	for _, o := range told {
		result.Examined++
		if timeTold(o)-rate*float64(*o.Return)-least > tolerance {
			result.OK, result.Found = false, 1
			return result, outran(from, o, rate)
		}
		if behind := timeTold(o) - rate*float64(o.Call); behind < least {
			least, from = behind, o
		}
	}
	return result, nil
}

func outran(a, b *linearizability.Operation, rate float64) *linearizability.Violation {
	return &linearizability.Violation{
		Check: CheckPace, Operations: []int{a.ID, b.ID},
		Sentence: fmt.Sprintf("from the call of operation %d to the return of operation %d passed %v, and log time moved by %v; the fastest clock ran at rate %v",
			a.ID, b.ID, time.Duration(*b.Return-a.Call), time.Duration(timeTold(b)-timeTold(a)), rate),
	}
}

// thatTellTime are the operations that were told a log time to the ns, the earliest first. A stale read tells of any
// time before.
func thatTellTime(h *linearizability.History) (told []*linearizability.Operation) {
	for i := range h.Operations {
		if o := &h.Operations[i]; o.Answer != nil && !o.Stale && !o.Kind.Reads() && o.Answer.TimeNanos != 0 { // no entry need carry a read
			told = append(told, o)
		}
	}
	slices.SortStableFunc(told, func(a, b *linearizability.Operation) int { return cmp.Compare(a.Answer.TimeNanos, b.Answer.TimeNanos) })
	return told
}

// tolerance is for the rounding of numbers that are ns since 1970.
const tolerance = float64(time.Microsecond)

// epochShift keeps log times small, so that they are exact as floating numbers.
const epochShift = 1_577_836_800_000_000_000

// timeTold is the log time of an answer, from 2020 on.
func timeTold(o *linearizability.Operation) float64 {
	return float64(int64(o.Answer.TimeNanos) - epochShift)
}

// Fastest is the highest rate at which a clock of the plan runs, as a share of that of the clients.
func (p *Plan) Fastest() float64 {
	rate := 1.0
	for _, f := range p.Faults {
		if f.Kind == ClockRate {
			rate = max(rate, f.Rate)
		}
	}
	return rate
}
