package linearizability

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/linearizability/clientview"
)

// explain tells of the keys that porcupine rejects: the first answer that no order explains, and what it is
// at odds with.
func (s *searched) explain(r *run) (found []Violation) {
	for i, k := range s.keys {
		if len(found) == mostListed {
			break
		}
		switch k.Result {
		case clientview.OutOfTime:
			found = append(found, Violation{Check: CheckPorcupine, Key: k.Name,
				Sentence: fmt.Sprintf("porcupine did not finish with the %d calls of %s in time, so they were not judged", k.Calls, k.Name)})
		case clientview.Wrong:
			found = append(found, s.tell(r, s.seen[i]))
		}
	}
	return found
}

func (s *searched) tell(r *run, of seen) Violation {
	calls := s.shrink(of.calls)
	last := &r.history.Operations[calls[len(calls)-1].ID]
	v := Violation{Check: CheckPorcupine, Key: of.name, Operations: []int{}}
	if last.Answer == nil {
		v.Sentence = fmt.Sprintf("no order of the calls of %s explains what they were told", of.name)
	} else {
		v.Sentence = fmt.Sprintf("no order explains that %s was told %s, beside what other clients of %s were told", r.tell(last), last.Answer.words(), of.name)
	}
	for i := range calls {
		o := &r.history.Operations[calls[i].ID]
		v.Operations = append(v.Operations, o.ID)
		v.Story = append(v.Story, r.line(&step{op: o, args: &o.Arguments, call: o.Call}))
	}
	return v
}

// shrink returns the calls up to the first return that can't be explained, the one that returned then last, without
// those that changed nothing and are not needed. Whoever had not returned by then is open: it may have done what it asked for.
func (s *searched) shrink(calls []clientview.Call) []clientview.Call {
	byReturn := slices.Clone(calls)
	slices.SortStableFunc(byReturn, func(a, b clientview.Call) int { return cmp.Compare(a.Until, b.Until) })
	cut, _ := slices.BinarySearchFunc(byReturn, true, func(c clientview.Call, _ bool) int {
		if s.wrong(until(calls, c.Until)) {
			return 1
		}
		return -1
	})
	if cut == len(byReturn) {
		return byReturn
	}
	first := until(calls, byReturn[cut].Until)
	place := slices.IndexFunc(first, func(c clientview.Call) bool { return c.ID == byReturn[cut].ID })
	last := first[place]
	rest := slices.Delete(first, place, place+1)
	rest = minimize(rest, func(part []clientview.Call) bool {
		return len(missing(rest, part)) == 0 && s.wrong(append(slices.Clone(part), last))
	})
	return append(rest, last)
}

// shrinkTimeout is how long one search may take that only makes a story shorter.
const shrinkTimeout = time.Second

// wrong: a search that is cut short shows nothing.
func (s *searched) wrong(calls []clientview.Call) bool {
	short := s.Search
	short.Timeout = min(short.Timeout, shrinkTimeout)
	return short.Judge("", calls).Result == clientview.Wrong
}

// until is what had been called at a moment, open where it had not returned.
func until(calls []clientview.Call, moment int64) (before []clientview.Call) {
	for _, c := range calls {
		if c.From > moment {
			continue
		}
		if c.Until > moment {
			c.Until, c.Answer = clientview.Forever, nil
		}
		before = append(before, c)
	}
	return before
}

// missing are the calls that are not in the part and may have changed something: without them others would not be explained either.
func missing(calls, part []clientview.Call) (missing []clientview.Call) {
	for _, c := range calls {
		if !c.ChangedNothing() && !slices.ContainsFunc(part, func(p clientview.Call) bool { return p.ID == c.ID }) {
			missing = append(missing, c)
		}
	}
	return missing
}
