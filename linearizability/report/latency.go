package report

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// latency is how long the answered calls of one kind took.
type latency struct {
	Kind                    string
	Calls                   int
	P50, P99, P999, Longest time.Duration
	Quiet, Faulty           spread // with no fault on at any time of the call, and with one
	Bars                    []bar
}

// spread is a few figures of a part of the calls.
type spread struct {
	Calls    int
	P50, P99 time.Duration
}

// bar is one column of a histogram: how many calls took so long.
type bar struct {
	Step          int // see stepOf
	Quiet, Faulty int
}

// stepsPerDecade is how fine the histograms are.
const stepsPerDecade = 8

// sample is one call: a batch is one, whatever its items.
type sample struct {
	kind   string
	took   time.Duration
	faulty bool
}

// latencies are the figures by kind, the most frequent first, and those of all
// calls in front.
func (r *run) latencies() []latency {
	var all []sample
	byKind := map[string][]sample{}
	for _, s := range r.samples() {
		all = append(all, s)
		byKind[s.kind] = append(byKind[s.kind], s)
	}
	if len(all) == 0 {
		return nil
	}
	var rows []latency
	for kind, samples := range byKind {
		rows = append(rows, latencyOf(kind, samples))
	}
	slices.SortFunc(rows, func(a, b latency) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), cmp.Compare(a.Kind, b.Kind))
	})
	rows = append([]latency{latencyOf("all calls", all)}, rows...)
	shareScale(rows)
	return rows
}

// samples are the calls that were answered.
func (r *run) samples() []sample {
	var samples []sample
	faulty := r.faultyTimes()
	batch := 0
	for _, i := range r.byCall {
		op := &r.history.Operations[i]
		isFirst := op.Batch == 0 || op.Batch != batch
		batch = op.Batch
		if isFirst && op.Answer != nil && op.Return != nil {
			samples = append(samples, sample{callKind(op), time.Duration(*op.Return - op.Call), faulty.touch(op.Call, *op.Return)})
		}
	}
	return samples
}

// callKind is a kind with the shapes of a call told apart.
func callKind(op *linearizability.Operation) string {
	switch {
	case op.Stale:
		return "stale " + string(op.Kind)
	case op.Batch != 0 && op.Kind == linearizability.Claim:
		return "batch of claims"
	default:
		return string(op.Kind)
	}
}

func latencyOf(kind string, samples []sample) latency {
	var took, quiet, faulty []time.Duration
	for _, s := range samples {
		took = append(took, s.took)
		if s.faulty {
			faulty = append(faulty, s.took)
		} else {
			quiet = append(quiet, s.took)
		}
	}
	slices.Sort(took)
	return latency{
		Kind: kind, Calls: len(took),
		P50: quantile(took, 0.5), P99: quantile(took, 0.99), P999: quantile(took, 0.999), Longest: took[len(took)-1],
		Quiet: spreadOf(quiet), Faulty: spreadOf(faulty), Bars: barsOf(samples),
	}
}

func spreadOf(took []time.Duration) spread {
	slices.Sort(took)
	return spread{len(took), quantile(took, 0.5), quantile(took, 0.99)}
}

// quantile is the smallest of the sorted spans that at least the share q is not above; 0 of none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

func barsOf(samples []sample) []bar {
	first, last := math.MaxInt, math.MinInt
	for _, s := range samples {
		first, last = min(first, stepOf(s.took)), max(last, stepOf(s.took))
	}
	bars := barsBetween(first, last)
	for _, s := range samples {
		if b := &bars[stepOf(s.took)-first]; s.faulty {
			b.Faulty++
		} else {
			b.Quiet++
		}
	}
	return bars
}

// stepOf is the histogram's step that a span falls into: 0 from 1 µs on.
func stepOf(took time.Duration) int {
	micros := max(1, float64(took)/float64(time.Microsecond))
	return int(math.Floor(math.Log10(micros)*stepsPerDecade + 1e-9))
}

func stepStart(step int) time.Duration {
	return time.Duration(math.Pow(10, float64(step)/stepsPerDecade) * float64(time.Microsecond)).Round(time.Microsecond)
}

func barsBetween(first, last int) []bar {
	bars := make([]bar, last-first+1)
	for i := range bars {
		bars[i].Step = first + i
	}
	return bars
}

// shareScale lets the bars of all rows begin and end at the same spans as those of
// the first row, which has all calls.
func shareScale(rows []latency) {
	first, last := rows[0].Bars[0].Step, rows[0].Bars[len(rows[0].Bars)-1].Step
	for i := range rows {
		bars := barsBetween(first, last)
		copy(bars[rows[i].Bars[0].Step-first:], rows[i].Bars)
		rows[i].Bars = bars
	}
}

// spans are stretches of time in ns, sorted, that do not overlap.
type spans [][2]int64

// faultyTimes are the times at which some fault was on, but for those of the
// background: with them no time would be quiet.
func (r *run) faultyTimes() spans {
	var all spans
	for _, f := range r.history.Faults {
		if !r.isBackground(&f) {
			all = append(all, [2]int64{f.From, r.until(&f)})
		}
	}
	slices.SortFunc(all, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	var merged spans
	for _, s := range all {
		if n := len(merged); n > 0 && s[0] <= merged[n-1][1] {
			merged[n-1][1] = max(merged[n-1][1], s[1])
		} else {
			merged = append(merged, s)
		}
	}
	return merged
}

// touch reports whether a stretch has a moment in common with one of s.
func (s spans) touch(from, until int64) bool {
	i, _ := slices.BinarySearchFunc(s, from, func(span [2]int64, t int64) int { return cmp.Compare(span[1], t) })
	return i < len(s) && s[i][0] <= until
}
