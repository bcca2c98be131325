package linearizability

import (
	"fmt"
	"slices"
)

// explain returns the violation of the first fault of a key: the smallest
// sub-history that is still wrong in the same way, and why, in words.
func (r *run) explain(k *keyRun, found *fault) Violation {
	v := Violation{Check: CheckWitness, Key: k.name}
	if found.before != nil {
		v.Sentence = fmt.Sprintf("%s %s: %s", r.name(found.step), found.wrong, r.name(found.before))
		v.Story, v.Operations = r.story(found.before, found.step)
		return v
	}
	steps := k.reasons(found)
	v.Sentence = fmt.Sprintf("%s %s%s", r.name(found.step), found.wrong, r.because(steps, found))
	if found.step.checkpoint != nil {
		steps = append(steps, found.step.checkpoint)
	}
	v.Story, v.Operations = r.story(append(steps, found.step)...)
	return v
}

// reasons are the fewest steps before the fault that make the model want what it
// wants: no step of them can be left out, and each is right by itself.
func (k *keyRun) reasons(found *fault) []*step {
	return minimize(k.changes(found.step), func(steps []*step) bool {
		var p replayed
		for _, s := range steps {
			if _, wrong := p.next(s); wrong != nil {
				return false
			}
		}
		want, wrong := p.next(found.step)
		return wrong != nil && wrong.before == nil && wrong.wrong == found.wrong && want == found.want
	})
}

// changes are the steps before s that changed what stands, since the key was last absent.
func (k *keyRun) changes(s *step) []*step {
	var p replayed
	var changed []*step
	for _, other := range k.steps {
		if other == s {
			break
		}
		before := p.state.at(other.time)
		p.next(other)
		if !before.stands {
			changed = changed[:0]
		}
		if p.state != before {
			changed = append(changed, other)
		}
	}
	return changed
}

// because says what stands, for the reader of a fault.
func (r *run) because(steps []*step, found *fault) string {
	if c := found.step.checkpoint; c != nil && c.refused() {
		return ": that is what its checkpoint was told"
	}
	if len(steps) == 0 {
		return ": nothing had stood"
	}
	var b belief
	for _, s := range steps {
		b.follow(s)
	}
	switch {
	case b.win == nil:
		return ": what had stood was given up by " + r.name(steps[len(steps)-1])
	case !b.stands(found.step.time):
		return fmt.Sprintf(": the window of %s is over", r.name(b.win))
	case !b.held(found.step.time):
		return fmt.Sprintf(": %s had won, and its lease is over", r.name(b.win))
	default:
		return fmt.Sprintf(": %s had won, and %s", r.name(b.win), b.words(found.step.time))
	}
}

// minimize returns a part of items that still fails, of which no item can be
// left out (ddmin; Zeller and Hildebrandt, Simplifying and Isolating
// Failure-Inducing Input, 2002). fails must hold for all of items, or it returns
// them all.
func minimize[T any](items []T, fails func([]T) bool) []T {
	if !fails(items) {
		return items
	}
	for parts := 2; len(items) > 0; {
		size := (len(items) + parts - 1) / parts
		smaller := withoutAPart(items, size, fails)
		switch {
		case smaller != nil:
			items, parts = smaller, max(parts-1, 2)
		case size == 1:
			return items
		default:
			parts = min(2*parts, len(items))
		}
	}
	return items
}

// withoutAPart leaves out the first part of that size without which items still fail.
func withoutAPart[T any](items []T, size int, fails func([]T) bool) []T {
	for from := 0; from < len(items); from += size {
		rest := append(slices.Clone(items[:from]), items[min(from+size, len(items)):]...)
		if fails(rest) {
			return rest
		}
	}
	return nil
}
