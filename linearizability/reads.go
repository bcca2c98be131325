package linearizability

import (
	"cmp"
	"fmt"
	"slices"
)

// Reads that are judged apart: stale ones, as the state at the number that they
// carry, whenever that was; and those whose answer says no number (of stock Redis
// clients), as some state that stood while they ran.

// staleInOrder returns the stale reads, by the number that they carry.
func (r *run) staleInOrder() []*step {
	var stale []*step
	for _, k := range r.keys {
		stale = append(stale, k.stale...)
	}
	slices.SortFunc(stale, func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.time, b.time), cmp.Compare(a.id(), b.id()))
	})
	return stale
}

// readsBefore reports whether a stale read comes before s in the order.
func readsBefore(stale, s *step) bool {
	return stale.number < s.number || stale.number == s.number && s.reads() && stale.time < s.time
}

// readStale holds a stale read to what stands now in the replay.
func (w *witnessed) readStale(s *step, at map[*keyRun]*replayed) {
	p := at[s.key]
	a := s.answer()
	w.latestStale = s
	switch {
	case w.newest != nil && s.ret < w.newest.call:
		w.reads = append(w.reads, fault{step: s, before: w.newest, wrong: "tells of a number that had not been asked for when it returned"})
	case s.time/milli < p.time/milli:
		w.reads = append(w.reads, fault{step: s, wrong: "tells a log time before that of the number it carries"})
	default:
		if wrong, want := p.state.differsAt(s, a); wrong != "" {
			w.reads = append(w.reads, fault{step: s, wrong: wrong, want: want})
		}
	}
}

// agesReads: log time only rises, so a read can't tell a time beyond that of the next number.
func (w *witnessed) agesReads(s *step) {
	if read := w.latestStale; read != nil && read.time/milli > s.time/milli && read.number < s.number {
		w.reads = append(w.reads, fault{step: read, before: s, wrong: "tells a log time beyond that of the next number"})
		w.latestStale = nil
	}
}

// differsAt compares a read with s. Where only ms of log time were told, what is
// below the ms shows in nothing but whether a moment is rounded up.
func (s state) differsAt(read *step, a *Answer) (string, told) {
	moments := []uint64{read.time}
	if a.TimeNanos == 0 {
		moments = append(moments, read.time+1)
	}
	var wrong string
	var want told
	for _, now := range moments {
		moment := *read
		moment.time = now
		if _, want = s.next(&moment); a.differsFrom(want) == "" {
			return "", want
		}
		wrong = a.differsFrom(want)
	}
	return wrong, want
}

// readLoose judges the loose reads of all keys.
func (r *run) readLoose() (found []fault) {
	for _, k := range r.keys {
		if len(k.loose) == 0 {
			continue
		}
		states, times := k.states()
		for _, s := range k.loose {
			wrong := k.differsFromAll(s)
			if s.candidates == nil {
				wrong = k.differsThroughout(s, states, times)
			}
			if wrong != "" {
				found = append(found, fault{step: s, wrong: wrong})
			}
		}
	}
	return found
}

// states replays a key and returns what stood before its first step and behind
// each, and since when in log time.
func (k *keyRun) states() ([]state, []uint64) {
	var p replayed
	states, times := []state{{}}, []uint64{0}
	for _, s := range k.steps {
		p.next(s)
		states, times = append(states, p.state), append(times, p.time)
	}
	return states, times
}

// window returns which steps may stand before s: at least the first from of them, at most to.
func (k *keyRun) window(s *step) (from, to int) {
	to = len(k.steps)
	for i, other := range k.steps {
		if other.ret < s.call {
			from = i + 1
		}
		if other.call > s.ret {
			to = min(to, i)
		}
	}
	return from, to
}

// differsFromAll returns how an answer differs from what each command decided that may have been meant, or "".
func (k *keyRun) differsFromAll(s *step) string {
	from, to := k.window(s)
	wrong := "was answered, and nothing like it took effect between its call and its return"
	for i := from; i < to; i++ {
		if !slices.Contains(s.candidates, k.steps[i]) {
			continue
		}
		if wrong = s.answer().differsFrom(k.steps[i].decided); wrong == "" {
			return ""
		}
	}
	return wrong
}

// differsThroughout returns how a read differs from all that stood while it ran, or "".
func (k *keyRun) differsThroughout(s *step, states []state, times []uint64) string {
	from, to := k.window(s)
	wrong := ""
	for i := from; i <= to; i++ {
		until := uint64(0) // no later step says how late it got
		if i+1 < len(times) {
			until = times[i+1]
		}
		for _, now := range states[i].moments(times[i], until) {
			moment := *s
			moment.time = now
			_, want := states[i].next(&moment)
			if wrong = s.answer().withoutMillis().differsFrom(want); wrong == "" {
				return ""
			}
		}
	}
	return fmt.Sprintf("%s, whenever it ran between its call and its return", wrong)
}

// moments are the moments from since to until (0: ever) at which a read sees another thing.
func (s state) moments(since, until uint64) []uint64 {
	moments := []uint64{since}
	for _, end := range []uint64{s.lease, s.expires} {
		if s.stands && end > since && (until == 0 || end <= until) {
			moments = append(moments, end)
		}
	}
	return moments
}

// withoutMillis drops what depends on the moment.
func (a *Answer) withoutMillis() *Answer {
	b := *a
	b.ExpiresInMillis, b.LeaseMillis, b.RetryAfterMillis, b.AgeMillis = nil, nil, nil, nil
	return &b
}
