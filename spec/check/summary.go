package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// summary is what all the models that ran show together.
type summary struct {
	full     bool        // whether every model ran
	models   []tlc.Model // all that are declared
	outcomes []outcome   // those that ran, in order
}

// firing is an action and in how many models that passed it fired.
type firing struct {
	action     string
	fired, ran int
}

// firings counts, by name of the action, over the models that passed: TLC has seen
// all of their states.
func (s summary) firings() []firing {
	var counts []firing
	for _, o := range s.outcomes {
		if o.result.ExitCode != tlc.ExitPass {
			continue
		}
		for _, a := range o.result.Coverage {
			counts = count(counts, a)
		}
	}
	slices.SortFunc(counts, func(a, b firing) int { return strings.Compare(a.action, b.action) })
	return counts
}

func count(counts []firing, a tlc.Action) []firing {
	i := slices.IndexFunc(counts, func(f firing) bool { return f.action == a.Name })
	if i < 0 {
		i = len(counts)
		counts = append(counts, firing{action: a.Name})
	}
	counts[i].ran++
	if a.Generated > 0 {
		counts[i].fired++
	}
	return counts
}

// faults lists what only shows over all models: an action that none of them fires, a
// check that none of those that must hold makes.
func (s summary) faults() []string {
	var faults []string
	for _, f := range s.firings() {
		if s.full && f.fired == 0 {
			faults = append(faults, fmt.Sprintf("action %s fires in no model", f.action))
		}
	}
	for _, name := range s.checked() {
		if s.full && !slices.ContainsFunc(s.models, func(m tlc.Model) bool { return !m.MustFail() && m.Explored == 0 && m.Checks(name) }) {
			faults = append(faults, name+" is checked by no model that must hold")
		}
	}
	return faults
}

// leftOut tells, for each model that leaves out checks, which.
func (s summary) leftOut() string {
	var parts []string
	for _, m := range s.models {
		if len(m.LeftOut) > 0 {
			parts = append(parts, fmt.Sprintf("by %s %s", m.Name, strings.Join(m.LeftOut, ", ")))
		}
	}
	return strings.Join(parts, "; ")
}

func (s summary) red() bool {
	return len(s.faults()) > 0 || slices.ContainsFunc(s.outcomes, outcome.red)
}

func (s summary) elapsed() (total time.Duration) {
	for _, o := range s.outcomes {
		total += o.result.Elapsed
	}
	return total
}

// properties sorts the checked properties of all models into those that a mutant
// trips, those that none does, and bounds. Invariants that print states are none of
// them.
func (s summary) properties() (tripped, untripped, bounds []string) {
	for _, name := range s.checked() {
		switch {
		case strings.HasPrefix(name, "Print"):
		case strings.Contains(name, "Bound"):
			bounds = append(bounds, name)
		case s.trips(name):
			tripped = append(tripped, name)
		default:
			untripped = append(untripped, name)
		}
	}
	return tripped, untripped, bounds
}

// checked returns the names of all properties that some model checks, sorted.
func (s summary) checked() []string {
	var names []string
	for _, m := range s.models {
		names = slices.Concat(names, m.Invariants, m.Properties, m.LeftOut)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// trips reports whether a mutant violated the property, as it must.
func (s summary) trips(property string) bool {
	return slices.ContainsFunc(s.outcomes, func(o outcome) bool {
		return o.model.MustFail() && !o.red() && o.result.Violated == property
	})
}
