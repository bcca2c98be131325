package workload

import (
	"fmt"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// CheckEnds is the name of the check that Ends makes.
const CheckEnds = "EndsAreNoticed"

// lateness is how late log time may be, where keepsTime says so: leaders that took over late by a message or two, and what is told
// late of what is left.
const lateness = float64(400 * time.Millisecond)

// Ends holds reads to time: nobody is told that a record stands whose window was over before the call, also where no entry was
// written since. Where processes end or hang, messages get lost or clocks run at other rates, a next leader's log time may be
// late by as much: of such plans nothing is examined. Where a read is late, the violation is returned too.
func Ends(plan *Plan, h *linearizability.History) (linearizability.CheckResult, *linearizability.Violation) {
	result := linearizability.CheckResult{Name: CheckEnds, Promise: "A window that is over is so for those who only read, too.", OK: true}
	if !plan.keepsTime() {
		return result, nil
	}
	told := byLogTime(h)
	for i := range h.Operations {
		o := &h.Operations[i]
		if !tellsEnd(o) {
			continue
		}
		result.Examined++
		from := told.before(o.Call)
		if from == nil {
			continue
		}
		if late := timeAt(from, o.Call) - endTold(o); late > lateness {
			result.OK, result.Found = false, 1
			return result, toldTooLong(from, o, late)
		}
	}
	return result, nil
}

func toldTooLong(from, o *linearizability.Operation, late float64) *linearizability.Violation {
	return &linearizability.Violation{
		Check: CheckEnds, Key: string(o.Key), Operations: []int{from.ID, o.ID},
		Sentence: fmt.Sprintf("operation %d, a read called at %v, was told that the record stands, and its window had been over for %v: counted from operation %d, which was told the log time of %v",
			o.ID, time.Duration(o.Call), time.Duration(late), from.ID, time.Duration(*from.Return)),
	}
}

// keepsTime reports whether the log time of whoever leads is hardly behind.
func (p *Plan) keepsTime() bool {
	return !slices.ContainsFunc(p.Faults, func(f Fault) bool {
		return f.Kind != LostReply && f.Kind != WallJump && f.Kind != TickRate
	})
}

// tellsEnd reports whether o is a read, in order, that tells when the record's window ends.
func tellsEnd(o *linearizability.Operation) bool {
	a := o.Answer
	return a != nil && o.Kind == linearizability.Query && !o.Stale && a.TimeNanos != 0 && a.ExpiresInMillis != nil && *a.ExpiresInMillis != linearizability.NeverExpires
}

// endTold is when the window of the record that o was told of ends, in log time from 2020 on.
func endTold(o *linearizability.Operation) float64 {
	return timeTold(o) + float64(time.Duration(*o.Answer.ExpiresInMillis)*time.Millisecond)
}

// byLogTime ranks the operations that were told a log time which an entry carried, the latest first.
func byLogTime(h *linearizability.History) bests {
	return bestByReturn(thatTellTime(h), func(a, b *linearizability.Operation, at int64) bool { return timeAt(a, at) > timeAt(b, at) })
}

// timeAt is the log time at a moment of the run, counted from an operation's return.
func timeAt(o *linearizability.Operation, at int64) float64 {
	return timeTold(o) + float64(at-*o.Return)
}
