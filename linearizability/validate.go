package linearizability

import (
	"fmt"
	"slices"
)

var (
	allKinds = []Kind{Claim, Complete, Release, Extend, Query, Put, Forget, Checkpoint, CheckpointQuery, SetCheckpoint, Resize}

	allOutcomes = []Outcome{Won, InProgress, Duplicate, Mismatch, Full, OK, Fenced, NotFound, Completed, Stale,
		Absent, Pending, Done, Lost, None, Stands}
)

// What returns an error that wraps ErrMalformed says that a line is not of a history at all. What is of one but can't
// have happened is for Judge.

// validateOperation is for the operation that was read last.
func (h *History) validateOperation() error {
	place := len(h.Operations) - 1
	o := &h.Operations[place]
	if err := o.validate(place); err != nil {
		return err
	}
	var before Operation
	if place > 0 {
		before = h.Operations[place-1]
	}
	if o.InCheckpoint && (before.Batch != o.Batch || before.Kind != Checkpoint && !before.InCheckpoint) {
		return malformed(place, "in_checkpoint, want it right behind its checkpoint or another claim of that, in batch %d", o.Batch)
	}
	if o.Batch != 0 && before.Batch == o.Batch && (o.Call != before.Call || !sameMoment(o.Return, before.Return) || o.Client != before.Client) {
		return malformed(place, "batch %d returned, or was called, at another time or to another client than the item before it, want one call", o.Batch)
	}
	return nil
}

func sameMoment(a, b *int64) bool { return a == b || a != nil && b != nil && *a == *b }

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
	case o.Stale && !o.Kind.Reads():
		return malformed(place, "a stale %s, want stale only of reads", o.Kind)
	case o.InCheckpoint && (o.Kind != Claim || o.Batch == 0):
		return malformed(place, "in_checkpoint of a %s in batch %d, want a claim in the batch of its checkpoint", o.Kind, o.Batch)
	}
	return o.Answer.validate(place)
}

// validate takes nil for no answer.
func (a *Answer) validate(place int) error {
	switch {
	case a == nil:
		return nil
	case !slices.Contains(allOutcomes, a.Outcome):
		return malformed(place, "outcome %q, want one of %q", a.Outcome, allOutcomes)
	case a.Number != 0 && !a.Numbered():
		return malformed(place, "number %d without a time or time_ms, want one with it", a.Number)
	}
	return nil
}

func malformed(id int, format string, what ...any) error {
	return fmt.Errorf("%w: operation %d: %s", ErrMalformed, id, fmt.Sprintf(format, what...))
}

// validateEntry is for the entry that was read last.
func (h *History) validateEntry() error {
	if !h.Header.Log {
		return fmt.Errorf(`%w: an entry of a log, but the header has no "log": true`, ErrMalformed)
	}
	e, before := &h.Log[len(h.Log)-1], LogEntry{}
	if len(h.Log) > 1 {
		before = h.Log[len(h.Log)-2]
	}
	next := before.First + before.numbered()
	switch {
	case e.Index <= before.Index:
		return fmt.Errorf("%w: entry %d behind entry %d, want rising indexes", ErrMalformed, e.Index, before.Index)
	case e.First == 0 || next != 0 && e.First != next:
		return fmt.Errorf("%w: entry %d: first number %d, want %d", ErrMalformed, e.Index, e.First, max(next, 1))
	}
	for i, c := range e.Commands {
		if !slices.Contains(allKinds, c.Kind) {
			return fmt.Errorf("%w: entry %d: kind %q, want one of %q", ErrMalformed, e.Index, c.Kind, allKinds)
		}
		if behind := len(e.Commands) - i - 1; c.Claims > behind {
			return fmt.Errorf("%w: entry %d: a checkpoint of %d claims with %d behind it", ErrMalformed, e.Index, c.Claims, behind)
		}
	}
	return nil
}

// numbered is how many commands of the entry take a number.
func (e *LogEntry) numbered() (n uint64) {
	for _, c := range e.Commands {
		if !c.Kind.Reads() {
			n++
		}
	}
	return n
}
