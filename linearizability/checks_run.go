package linearizability

import (
	"cmp"
	"slices"
)

// The direct checks that look at all keys together.

func tokensRise(r *run, f *findings) {
	var wins []*step
	byToken := map[uint64]*step{}
	for _, s := range r.steps {
		a := s.answer()
		if a == nil || a.Token == 0 || !s.fresh() && (s.args.Kind != Put || a.Outcome != OK) {
			continue
		}
		f.examined++
		if first := byToken[a.Token]; first != nil {
			f.violate([]*step{first, s}, "%s and %s were both given token %d", r.name(first), r.name(s), a.Token)
			continue
		}
		byToken[a.Token] = s
		wins = append(wins, s)
	}
	returned := slices.Clone(wins)
	slices.SortFunc(returned, func(a, b *step) int { return cmp.Compare(a.ret, b.ret) })
	slices.SortFunc(wins, func(a, b *step) int { return cmp.Compare(a.call, b.call) })
	var highest *step
	for _, s := range wins {
		for len(returned) > 0 && returned[0].ret < s.call {
			if highest == nil || returned[0].token() > highest.token() {
				highest = returned[0]
			}
			returned = returned[1:]
		}
		if highest != nil && highest.token() > s.token() {
			f.violate([]*step{highest, s}, "%s was given token %d, though %s had been given %d before",
				r.name(s), s.token(), r.name(highest), highest.token())
		}
	}
}

func oneOrder(r *run, f *findings) {
	var p replayed
	for _, s := range r.steps {
		f.examined++
		switch {
		case p.latest != nil && s.ret < p.latest.call:
			f.violate([]*step{s, p.latest}, "%s had returned before %s was called, and yet its number is %d, and that of the later call %d",
				r.name(s), r.name(p.latest), s.number, p.latest.number)
		case !s.reads() && s.number == p.number && p.last != nil:
			f.violate([]*step{p.last, s}, "%s and %s have one number, %d", r.name(p.last), r.name(s), s.number)
		case s.time < p.time:
			f.violate([]*step{p.last, s}, "%s has log time %d, though that had come to %d with %s", r.name(s), s.time, p.time, r.name(p.last))
		}
		p.pass(s, state{})
	}
}

func fullMeansFull(_ *run, f *findings) {
	f.examined = f.found.filled
	for _, full := range f.found.full {
		f.violate([]*step{full.step}, "%s %s", f.run.name(full.step), full.wrong)
	}
}

func readsTellWhatWas(r *run, f *findings) {
	for _, k := range r.keys {
		f.examined += len(k.stale) + len(k.loose)
	}
	for _, read := range append(slices.Clone(f.found.reads), r.readLoose()...) {
		steps := []*step{read.step}
		if read.before != nil {
			steps = []*step{read.before, read.step}
		}
		f.violate(steps, "%s %s", r.name(read.step), read.wrong)
	}
}

func answersAndLogAgree(r *run, f *findings) {
	if r.history.Header.Log {
		f.examined = len(r.history.Operations)
	}
	f.count = len(r.problems)
	f.listed = r.problems[:min(len(r.problems), mostListed)]
}
