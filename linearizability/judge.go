package linearizability

import (
	"fmt"
	"slices"
	"time"
)

// Judge says whether a history is one that the service may have. Porcupine searches what
// clients saw; the witness replays the model in the order of the numbers; the direct checks
// follow. Each alone makes a history wrong. h is not changed. Keys are searched in parallel, as
// many at once as there are processors.
func Judge(h *History) *Verdict { return judge(h, searchTimeout) }

func judge(h *History, timeout time.Duration) *Verdict {
	start := time.Now()
	r := settle(h)
	v := &Verdict{Stats: r.stats()}
	porcupine := search(h, timeout)
	v.Porcupine = porcupine.result()
	v.Porcupine.Elapsed = time.Since(start)
	v.Violations = porcupine.explain(r)
	if r.unfit {
		v.Witness.Result = NotReached
		v.Violations = append(v.Violations, r.problems[:min(len(r.problems), mostListed)]...)
		v.Stats.Elapsed = time.Since(start)
		return v
	}
	began := time.Now()
	w := r.witness()
	v.Witness = w.result(r)
	v.Witness.Elapsed = time.Since(began)
	checks, violations := r.examine(w)
	v.Checks = checks
	v.Violations = slices.Concat(violations, v.Violations, r.explainAll(w))
	v.OK = v.Porcupine.Result.good() && v.Witness.Result == Accepted && len(v.Violations) == 0
	v.Stats.Elapsed = time.Since(start)
	return v
}

func (w *witnessed) result(r *run) EngineResult {
	found := EngineResult{Result: Accepted, Operations: w.judged, Keys: len(r.keys)}
	for _, k := range r.keys {
		if w.faults[k] != nil {
			found.Result = Rejected
			found.BadKeys = append(found.BadKeys, k.name)
		}
	}
	return found
}

// explainAll is a violation for each key that the witness rejects, for the first few.
func (r *run) explainAll(w *witnessed) (violations []Violation) {
	for _, k := range r.keys {
		if found := w.faults[k]; found != nil && len(violations) < mostListed {
			violations = append(violations, r.explain(k, found))
		}
	}
	return violations
}

// Least is what a run has to hold to say anything: a run without contention and
// without faults is green for the wrong reason.
type Least struct {
	Answered       int // operations that were answered
	ContendedKeys  int // keys that two owners or more asked for
	Overlapping    int // keys with two calls open at once
	FaultsInEffect int // faults that say what they did

	// Searched: porcupine took every key, and calls of one key overlapped.
	Searched bool
}

// WorthSomething holds the run to least: it adds a check of that name to the verdict, and
// returns whether it is OK.
func (v *Verdict) WorthSomething(least Least) bool {
	result := CheckResult{Name: "WorthSomething", Promise: "The run had enough operations, contention and faults to show anything.", OK: true}
	all, overlapping := 0, 0
	if least.Searched {
		all, overlapping = v.Porcupine.Keys+v.Porcupine.LeftOut, 2
	}
	for _, of := range []struct {
		what        string
		had, wanted int
	}{
		{"keys were searched by porcupine", v.Porcupine.Keys, all},
		{"calls that porcupine was given overlapped", v.Porcupine.Overlapping, overlapping},
		{"operations were answered", v.Stats.Answered, least.Answered},
		{"keys were contended for", v.Stats.ContendedKeys, least.ContendedKeys},
		{"keys had calls open at once", v.Stats.OverlappingKeys, least.Overlapping},
		{"faults took effect", v.Stats.FaultsInEffect, least.FaultsInEffect},
	} {
		result.Examined++
		if of.had < of.wanted {
			result.OK, result.Found = false, result.Found+1
			v.Violations = append(v.Violations, Violation{Check: result.Name, Sentence: fmt.Sprintf(
				"%d %s, and %d are needed for the run to show anything", of.had, of.what, of.wanted)})
		}
	}
	v.Checks = append(v.Checks, result)
	v.OK = v.OK && result.OK
	return result.OK
}
