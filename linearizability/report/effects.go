package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// effect is what clients saw of one fault.
type effect struct {
	Word, Nodes, Effect string
	From                int64 // ns
	Lasted              time.Duration
	Operations          int // that were open at some time of it
	NotApplied, Unknown int // of these
	Slow                int // of these: answered later than 99 of 100 calls in quiet times
	// Silence is the longest time without any answer that began while it was on.
	Silence time.Duration
	// Recovered is from its end to the first answer to a call made after it; less than 0: none came.
	Recovered time.Duration
}

// effectSummary is what clients saw of all faults with one word.
type effectSummary struct {
	Word                                  string
	Faults, Met                           int // Met: those that say what they did
	Operations, NotApplied, Unknown, Slow int
	Silence, LongestSilence               time.Duration // the middle one, the longest
}

// effects are what the faults did, in the order in which they began.
func (r *run) effects() []effect {
	slow := r.slowFrom()
	answers := r.answerTimes()
	var all []effect
	for i := range r.history.Faults {
		f := &r.history.Faults[i]
		e := effect{Word: spaced(f.Fault), Nodes: r.nodesWord(f.Nodes), Effect: f.Effect, From: f.From,
			Lasted: time.Duration(r.until(f) - f.From), Silence: r.silence(answers, f.From, r.until(f)), Recovered: r.recovered(r.until(f))}
		r.countDuring(&e, f, slow)
		all = append(all, e)
	}
	slices.SortStableFunc(all, func(a, b effect) int { return cmp.Compare(a.From, b.From) })
	return all
}

func (r *run) countDuring(e *effect, f *linearizability.Fault, slow time.Duration) {
	for _, i := range r.byCall {
		op := &r.history.Operations[i]
		if op.Call > r.until(f) {
			return
		}
		if returned(op) >= f.From {
			e.count(op, slow)
		}
	}
}

// recovered is how long after a moment the first answer came to a call made after it; -1: none did.
func (r *run) recovered(moment int64) time.Duration {
	calls := r.history.Operations
	at, _ := slices.BinarySearchFunc(r.byCall, moment, func(i int, t int64) int { return cmp.Compare(calls[i].Call, t) })
	first := int64(math.MaxInt64)
	for _, i := range r.byCall[at:] {
		op := &calls[i]
		if op.Call > first {
			break
		}
		if op.Answer != nil && op.Return != nil {
			first = min(first, *op.Return)
		}
	}
	if first == math.MaxInt64 {
		return -1
	}
	return time.Duration(first - moment)
}

func (e *effect) count(op *linearizability.Operation, slow time.Duration) {
	e.Operations++
	switch {
	case op.Answer != nil && op.Return != nil && time.Duration(*op.Return-op.Call) > slow:
		e.Slow++
	case op.Answer != nil:
	case op.Error == linearizability.NotApplied:
		e.NotApplied++
	default:
		e.Unknown++
	}
}

// slowFrom is the span that 99 of 100 quiet calls do not take longer than.
func (r *run) slowFrom() time.Duration {
	var quiet []time.Duration
	for _, s := range r.samples() {
		if !s.faulty {
			quiet = append(quiet, s.took)
		}
	}
	if len(quiet) == 0 {
		return math.MaxInt64
	}
	slices.Sort(quiet)
	return quantile(quiet, 0.99)
}

// answerTimes are the moments at which somebody was answered, sorted.
func (r *run) answerTimes() []int64 {
	var times []int64
	for i := range r.history.Operations {
		if op := &r.history.Operations[i]; op.Answer != nil && op.Return != nil {
			times = append(times, *op.Return)
		}
	}
	slices.Sort(times)
	return times
}

// silence is the longest time without an answer that began between from and until.
func (r *run) silence(answers []int64, from, until int64) time.Duration {
	longest, last := int64(0), from
	i, _ := slices.BinarySearch(answers, from)
	for ; last <= until; i++ {
		next := max(r.end, last)
		if i < len(answers) {
			next = answers[i]
		}
		longest = max(longest, next-last)
		if i >= len(answers) {
			break
		}
		last = next
	}
	return time.Duration(longest)
}

// nodesWord names the nodes that a fault was done to.
func (r *run) nodesWord(nodes []int) string {
	switch {
	case len(nodes) == 0, len(nodes) == r.nodes && r.nodes > 1:
		return "all nodes"
	case len(nodes) == 1:
		return fmt.Sprintf("node %d", nodes[0])
	}
	var names []string
	for _, n := range nodes[:len(nodes)-1] {
		names = append(names, fmt.Sprint(n))
	}
	return fmt.Sprintf("nodes %s and %d", strings.Join(names, ", "), nodes[len(nodes)-1])
}

// summarize adds up effects by the fault's word, the most frequent first.
func summarize(effects []effect) []effectSummary {
	byWord := map[string]*effectSummary{}
	silences := map[string][]time.Duration{}
	for _, e := range effects {
		s := byWord[e.Word]
		if s == nil {
			s = &effectSummary{Word: e.Word}
			byWord[e.Word] = s
		}
		s.Faults++
		if e.Effect != "" {
			s.Met++
		}
		s.Operations += e.Operations
		s.NotApplied += e.NotApplied
		s.Unknown += e.Unknown
		s.Slow += e.Slow
		silences[e.Word] = append(silences[e.Word], e.Silence)
	}
	var all []effectSummary
	for word, s := range byWord {
		slices.Sort(silences[word])
		s.Silence, s.LongestSilence = quantile(silences[word], 0.5), silences[word][len(silences[word])-1]
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b effectSummary) int {
		return cmp.Or(cmp.Compare(b.Faults, a.Faults), cmp.Compare(a.Word, b.Word))
	})
	return all
}
