package linearizability

// The witness: the numbers of the commands are the order. One pass over all
// steps in that order replays the model, and checks that the order is one that
// clients could have seen: an operation that had returned before another was
// called stands in front of it.

// fault is the first thing that is wrong with a step.
type fault struct {
	step   *step
	before *step  // it contradicts; nil: what it was told is wrong
	wrong  string // in words
	want   told
}

// replayed is how far the replay of one key is.
type replayed struct {
	state  state
	number uint64
	time   uint64
	latest *step // of those passed the one called last
	last   *step // passed
}

// next passes one step, whose place may not contradict the steps before it, and returns
// what it has to be told and what is wrong with it.
func (p *replayed) next(s *step) (told, *fault) {
	var found *fault
	switch {
	case p.latest != nil && s.ret < p.latest.call:
		found = &fault{step: s, before: p.latest, wrong: "had returned before another was called, and yet stands behind it"}
	case !p.follows(s):
		found = &fault{step: s, before: p.last, wrong: "has a number or log time that does not rise"}
	}
	after, want := p.state.next(s)
	if a := s.answer(); a != nil && found == nil {
		if wrong := a.differsFrom(want); wrong != "" {
			found = &fault{step: s, wrong: wrong, want: want}
		}
	}
	p.pass(s, after)
	return want, found
}

// follows reports whether number and log time of s may stand behind what was passed.
func (p *replayed) follows(s *step) bool {
	if s.reads() {
		return s.number >= p.number && s.time >= p.time
	}
	return s.number > p.number && s.time >= p.time
}

func (p *replayed) pass(s *step, after state) {
	p.state, p.last = after, s
	p.time, p.number = max(p.time, s.time), max(p.number, s.number)
	if p.latest == nil || s.call > p.latest.call {
		p.latest = s
	}
}

// witnessed is what the replay found.
type witnessed struct {
	faults      map[*keyRun]*fault // the first of each key
	full        []fault            // answers that do not fit the room there was
	reads       []fault            // stale reads that tell what never was
	judged      int
	latestStale *step
	newest      *step // of the steps of all keys passed that have a number of their own, the one called last
	filled      int   // answers that the room there was decided
}

// witness replays all steps. It decides what nobody was told, so it runs before
// whatever looks at verdicts.
func (r *run) witness() *witnessed {
	w := &witnessed{faults: map[*keyRun]*fault{}}
	at := make(map[*keyRun]*replayed, len(r.keys))
	for _, k := range r.keys {
		at[k] = &replayed{}
	}
	room := newRoom(&r.history.Header, at)
	stale := r.staleInOrder()
	for _, s := range r.steps {
		for len(stale) > 0 && readsBefore(stale[0], s) {
			w.readStale(stale[0], at)
			stale = stale[1:]
		}
		p := at[s.key]
		room.enter(s.time)
		w.decideRoom(room, s, p)
		room.measure(s)
		want, found := p.next(s)
		s.decided = want
		room.resize(s, want.outcome)
		room.count(s.key, p.state)
		w.agesReads(s)
		if !s.reads() && (w.newest == nil || s.call > w.newest.call) {
			w.newest = s
		}
		if found != nil && w.faults[s.key] == nil {
			w.faults[s.key] = found
		}
		w.judged++
	}
	for _, s := range stale {
		w.readStale(s, at)
	}
	return w
}

// decideRoom sets full for a step that was not answered, and holds an answer to
// the room there was.
func (w *witnessed) decideRoom(room *room, s *step, p *replayed) {
	needed, fits := room.fits(s, p.state.at(s.time))
	if s.answer() == nil {
		s.full = needed && !fits
		return
	}
	if !needed || !room.known() {
		return
	}
	w.filled++
	switch {
	case s.full && fits && room.exact():
		w.full = append(w.full, fault{step: s, wrong: "was told FULL, and there was room: " + room.words()})
	case !s.full && !fits:
		w.full = append(w.full, fault{step: s, wrong: "was given room, and there was none: " + room.words()})
	}
}
