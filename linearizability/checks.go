package linearizability

import "fmt"

// check is one promise to users, decided without the model.
type check struct {
	name, promise string
	whole         func(r *run, f *findings)             // looks at the run
	each          func(b *belief, s *step, f *findings) // or at each step, before it is believed
}

// checks are the direct checks, in the order of the report.
func checks() []check {
	return []check{
		{name: "ExactlyOneWinner", promise: "While a winner holds a key, nobody else is told WON.", each: exactlyOneWinner},
		{name: "RetrySaysWon", promise: "The winner who repeats the call with the same owner is told WON again, with the same token.", each: retrySaysWon},
		{name: "DuplicateImpliesWin", promise: "DUPLICATE, IN_PROGRESS and MISMATCH are said only if somebody won.", each: duplicateImpliesWin},
		{name: "FencedCompletion", promise: "Complete, Release and Extend succeed with the current token, and with no other.", each: fencedCompletion},
		{name: "NeverEarly", promise: "No lease and no window ends before its time.", each: neverEarly},
		{name: "TokensRise", promise: "Each win has a token of its own, higher than that of any win that was told before it was asked for.", whole: tokensRise},
		{name: "NoSilentForget", promise: "What was won is there until its window ends or somebody gives it up.", each: noSilentForget},
		{name: "FullMeansFull", promise: "FULL is said when what stands leaves no room, and only then.", whole: fullMeansFull},
		{name: "OneOrder", promise: "Numbers and log time rise in the order in which calls were made, over all keys.", whole: oneOrder},
		{name: "ReadsTellWhatWas", promise: "A stale read tells what stood at the number that it carries; an answer without a number tells what was while its call ran.", whole: readsTellWhatWas},
		{name: CheckLog, promise: "What was answered is in the log, once and where the answer says; what was not applied is not.", whole: answersAndLogAgree},
	}
}

// mostListed is how many violations of one check are told in full.
const mostListed = 5

// findings collect what one check finds.
type findings struct {
	run      *run
	found    *witnessed
	check    string
	examined int
	count    int
	listed   []Violation
}

// violate tells of steps that can't all be true. sentence says why.
func (f *findings) violate(steps []*step, sentence string, what ...any) {
	f.count++
	if len(f.listed) >= mostListed {
		return
	}
	v := Violation{Check: f.check, Sentence: fmt.Sprintf(sentence, what...)}
	if len(steps) > 0 {
		v.Key = steps[len(steps)-1].key.name
	}
	v.Story, v.Operations = f.run.story(steps...)
	f.listed = append(f.listed, v)
}

// examine runs all direct checks.
func (r *run) examine(w *witnessed) (results []CheckResult, violations []Violation) {
	all := checks()
	collected := make([]*findings, len(all))
	for i, c := range all {
		collected[i] = &findings{run: r, found: w, check: c.name}
		if c.whole != nil {
			c.whole(r, collected[i])
		}
	}
	for _, k := range r.keys {
		r.examineKey(k, all, collected)
	}
	for i, c := range all {
		f := collected[i]
		results = append(results, CheckResult{Name: c.name, Promise: c.promise, OK: f.count == 0, Examined: f.examined, Found: f.count})
		violations = append(violations, f.listed...)
	}
	return results, violations
}

func (r *run) examineKey(k *keyRun, all []check, collected []*findings) {
	var b belief
	for _, s := range k.steps {
		for i, c := range all {
			if c.each != nil && s.answer() != nil {
				c.each(&b, s, collected[i])
			}
		}
		b.follow(s)
	}
}

func exactlyOneWinner(b *belief, s *step, f *findings) {
	a := s.answer()
	if s.args.Kind != Claim || a.Outcome != Won {
		return
	}
	f.examined++
	if !b.held(s.time) || b.owner != "" && b.owner == s.args.Owner {
		return
	}
	f.violate([]*step{b.win, s}, "%s was told WON, though %s had won and %s",
		f.run.name(s), f.run.name(b.win), b.words(s.time))
}

func retrySaysWon(b *belief, s *step, f *findings) {
	a := s.answer()
	repeats := s.args.Kind == Claim && b.held(s.time) && b.owner != "" && b.owner == s.args.Owner && (b.straight || !b.done)
	if !repeats || b.fingerprint != "" && s.args.Fingerprint != "" && b.fingerprint != s.args.Fingerprint {
		return
	}
	if s.checkpoint != nil && s.checkpoint.refused() {
		return
	}
	f.examined++
	switch {
	case a.Outcome != Won:
		f.violate([]*step{b.win, s}, "%s was told %s, though the same owner had won with %s and %s",
			f.run.name(s), a.Outcome.words(), f.run.name(b.win), b.words(s.time))
	case a.Token != 0 && a.Token != b.token:
		f.violate([]*step{b.win, s}, "%s was told WON with token %d, though the same owner had won with token %d in %s and %s",
			f.run.name(s), a.Token, b.token, f.run.name(b.win), b.words(s.time))
	}
}

func (s *step) refused() bool {
	outcome, _ := s.verdict()
	return outcome != OK
}

func duplicateImpliesWin(b *belief, s *step, f *findings) {
	a := s.answer()
	if s.args.Kind != Claim || a.Outcome != Duplicate && a.Outcome != InProgress && a.Outcome != Mismatch && a.Outcome != Lost {
		return
	}
	f.examined++
	switch {
	case b.win == nil:
		f.violate([]*step{s}, "%s was told %s, though nobody had won", f.run.name(s), a.Outcome.words())
	case a.Outcome == Duplicate && !b.done:
		f.violate([]*step{b.win, s}, "%s was told DUPLICATE, though %s was not completed", f.run.name(s), f.run.name(b.win))
	case a.Outcome == Duplicate && a.Token != 0 && a.Token != b.token:
		f.violate([]*step{b.win, s}, "%s was told DUPLICATE of token %d, though %s had won with token %d",
			f.run.name(s), a.Token, f.run.name(b.win), b.token)
	}
}

func fencedCompletion(b *belief, s *step, f *findings) {
	a := s.answer()
	if s.args.Kind != Complete && s.args.Kind != Release && s.args.Kind != Extend {
		return
	}
	f.examined++
	switch {
	case a.Outcome == OK && b.win == nil:
		f.violate([]*step{s}, "%s with token %d was told OK, though nobody holds the key", f.run.name(s), s.args.Token)
	case a.Outcome == OK && s.args.Token != b.token:
		f.violate([]*step{b.win, s}, "%s with token %d was told OK, though %s had won with token %d",
			f.run.name(s), s.args.Token, f.run.name(b.win), b.token)
	case a.Outcome == Fenced && b.stands(s.time) && s.args.Token == b.token:
		f.violate([]*step{b.win, s}, "%s was told FENCED, though its token %d is current since %s",
			f.run.name(s), b.token, f.run.name(b.win))
	}
}

// gone reports whether the answer says that nothing stood.
func (s *step) gone() bool {
	a := s.answer()
	return s.checkpoint == nil && (a.Outcome == Absent || a.Outcome == NotFound)
}

func neverEarly(b *belief, s *step, f *findings) {
	a := s.answer()
	tookOver := s.fresh() && b.stands(s.time) && !b.done && s.time < b.lease
	over := (s.fresh() && b.done || s.gone()) && b.stands(s.time) && b.end != 0
	if s.fresh() || b.stands(s.time) {
		f.examined++
	}
	switch {
	case tookOver:
		f.violate([]*step{b.win, s}, "%s took the key over, though %s holds it and %s", f.run.name(s), f.run.name(b.win), b.words(s.time))
	case over:
		f.violate([]*step{b.win, s}, "%s was told %s as if the window were over, though %s had won and %s",
			f.run.name(s), a.Outcome.words(), f.run.name(b.win), b.words(s.time))
	case s.fresh() && short(a.ExpiresInMillis, s.args.TTLMillis):
		f.violate([]*step{s}, "%s asked for a window of %d ms and was told one of %d ms", f.run.name(s), s.args.TTLMillis, *a.ExpiresInMillis)
	case s.fresh() && short(a.LeaseMillis, s.args.LeaseMillis):
		f.violate([]*step{s}, "%s asked for a lease of %d ms and was told one of %d ms", f.run.name(s), s.args.LeaseMillis, *a.LeaseMillis)
	}
}

// short reports whether less was given than asked for.
func short(given *int64, asked uint64) bool {
	return given != nil && *given != NeverExpires && (asked == 0 && *given != 0 || uint64(*given) < asked)
}

func noSilentForget(b *belief, s *step, f *findings) {
	if !b.stands(s.time) {
		return
	}
	f.examined++
	if s.gone() || s.fresh() && b.done {
		f.violate([]*step{b.win, s}, "%s was told %s, as if nothing stood, though %s had won, nobody gave it up, and %s",
			f.run.name(s), s.answer().Outcome.words(), f.run.name(b.win), b.words(s.time))
	}
}
