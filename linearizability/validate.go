package linearizability

import (
	"fmt"
	"slices"
)

var (
	allKinds = []Kind{Claim, Complete, Release, Extend, Query, Put, Forget, Checkpoint, CheckpointQuery}

	allOutcomes = []Outcome{Won, InProgress, Duplicate, Mismatch, Full, OK, Fenced, NotFound, Completed, Stale,
		Absent, Pending, Done, Lost, None, Stands}
)

// validate returns an error that wraps ErrMalformed if h is not a history at all. What is a
// history but can't have happened is for Judge.
func (h *History) validate() error {
	if h.Header.Format == 0 {
		return fmt.Errorf("%w: no header, want one in the first line", ErrMalformed)
	}
	if len(h.Log) > 0 && !h.Header.Log {
		return fmt.Errorf(`%w: entries of a log, but the header has no "log": true`, ErrMalformed)
	}
	for i := range h.Operations {
		if err := h.Operations[i].validate(i); err != nil {
			return err
		}
	}
	return h.validateLog()
}

func (o *Operation) validate(place int) error {
	switch {
	case o.ID != place:
		return malformed(place, "id %d, want %d: ids count from 0 in the order of the lines", o.ID, place)
	case !slices.Contains(allKinds, o.Kind):
		return malformed(place, "kind %q, want one of %q", o.Kind, allKinds)
	case o.Return != nil && *o.Return < o.Call:
		return malformed(place, "returned at %d, before its call at %d", *o.Return, o.Call)
	case o.Return == nil && (o.Answer != nil || o.Error != ""):
		return malformed(place, "ended, but has no return")
	case o.Return != nil && (o.Answer == nil) == (o.Error == ""):
		return malformed(place, "returned with neither or both of answer and error, want one")
	case o.Error != "" && o.Error != NotApplied && o.Error != Unknown:
		return malformed(place, "error %q, want %q or %q", o.Error, NotApplied, Unknown)
	case o.Answer != nil && !slices.Contains(allOutcomes, o.Answer.Outcome):
		return malformed(place, "outcome %q, want one of %q", o.Answer.Outcome, allOutcomes)
	case o.Stale && !o.Kind.Reads():
		return malformed(place, "a stale %s, want stale only of reads", o.Kind)
	case o.InCheckpoint && (o.Kind != Claim || o.Batch == 0):
		return malformed(place, "in_checkpoint of a %s in batch %d, want a claim in the batch of its checkpoint", o.Kind, o.Batch)
	}
	return nil
}

func malformed(id int, format string, what ...any) error {
	return fmt.Errorf("%w: operation %d: %s", ErrMalformed, id, fmt.Sprintf(format, what...))
}

func (h *History) validateLog() error {
	next, index := uint64(0), uint64(0)
	for i := range h.Log {
		e := &h.Log[i]
		if e.Index <= index {
			return fmt.Errorf("%w: entry %d behind entry %d, want rising indexes", ErrMalformed, e.Index, index)
		}
		if e.First == 0 || next != 0 && e.First != next {
			return fmt.Errorf("%w: entry %d: first number %d, want %d", ErrMalformed, e.Index, e.First, max(next, 1))
		}
		index, next = e.Index, e.First
		for _, c := range e.Commands {
			if !slices.Contains(allKinds, c.Kind) {
				return fmt.Errorf("%w: entry %d: kind %q, want one of %q", ErrMalformed, e.Index, c.Kind, allKinds)
			}
			if !c.Kind.Reads() {
				next++
			}
		}
	}
	return nil
}
