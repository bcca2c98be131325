package linearizability

import (
	"cmp"
	"fmt"
	"slices"
)

// decision is a command of the log in its place.
type decision struct {
	command      *LogCommand
	entry        *LogEntry
	number, time uint64
	place        int // among all commands of the log
	checkpoint   int // place of the checkpoint whose claim it is, or -1
	step         *step
}

// moment is what a read that no entry carries tells: the last number and the log time of what was applied.
type moment struct{ number, time uint64 }

// settling is what settleByLog works with.
type settling struct {
	*run
	decisions []decision
	byCall    map[string]*decision
	moments   []moment          // behind each entry
	last      uint64            // number
	digests   map[string]string // name of a key → digest
	names     map[string]string // kind of table and digest → key
}

// settleByLog places every operation where the log has it, holds what was
// answered to the log, and gives a step to what the log alone knows of.
func (r *run) settleByLog() {
	s := &settling{run: r, byCall: map[string]*decision{}, digests: map[string]string{}, names: map[string]string{}}
	s.decide()
	for i := range r.history.Operations {
		if o := &r.history.Operations[i]; o.Digest != "" {
			s.name(o, o.Digest)
		}
	}
	var nameless []*Operation
	for i := range r.history.Operations {
		o := &r.history.Operations[i]
		switch {
		case o.Stale:
			if o.Answer != nil {
				s.addRead(o)
			}
		case o.CallNumber == "":
			nameless = append(nameless, o)
		default:
			s.place(o, s.byCall[o.CallNumber])
		}
	}
	groups := s.matchNameless(nameless)
	s.strangers()
	s.candidates(groups)
	s.joinCheckpoints()
	s.checkBatches()
}

// decide numbers and times the commands of the log.
func (s *settling) decide() {
	now := uint64(0)
	for i := range s.history.Log {
		e := &s.history.Log[i]
		now = max(now, e.Stamp)
		number, claims, whole := e.First, 0, -1
		for j := range e.Commands {
			d := decision{command: &e.Commands[j], entry: e, number: number - 1, time: now, place: len(s.decisions), checkpoint: -1}
			if !d.command.Kind.Reads() {
				d.number = number
				number++
			}
			if claims > 0 {
				d.checkpoint = whole
				claims--
			}
			if d.command.Kind == Checkpoint {
				whole, claims = d.place, d.command.Claims
			}
			s.decisions = append(s.decisions, d)
		}
		s.moments = append(s.moments, moment{number - 1, now})
	}
	for i := range s.decisions {
		s.last = max(s.last, s.decisions[i].number)
		s.index(&s.decisions[i])
	}
}

func (s *settling) index(d *decision) {
	first, known := s.byCall[d.command.CallNumber]
	switch {
	case known && d.command.Kind.Reads(): // it was asked for again, and its answer may be of either
		s.byCall[d.command.CallNumber] = nil
		return
	case first != nil:
		s.problems = append(s.problems, Violation{Check: CheckLog, Sentence: fmt.Sprintf(
			"call %s is in the log twice, as number %d and as number %d: one call took effect twice", d.command.CallNumber, first.number, d.number)})
		return
	}
	s.byCall[d.command.CallNumber] = d
}

// place gives an operation the place of its decision; nil: the log lacks it.
func (s *settling) place(o *Operation, d *decision) {
	if d == nil {
		s.placeMissing(o)
		return
	}
	if o.Error == NotApplied && !o.Kind.Reads() {
		s.problem(o, "%s was told that it was not applied, and the log has it as number %d", s.tell(o), d.number)
	}
	if d.step != nil {
		s.problem(o, "%s has the call number of another operation (%d)", s.tell(o), d.step.id())
		return
	}
	p := s.newStep(o)
	if wrong := differs(o, d, p); wrong != "" {
		s.problem(o, "%s: %s", s.tell(o), wrong)
	}
	p.number, p.time = d.number, d.time
	if d.command.Digest != "" {
		p.args = &d.command.Arguments
		s.name(o, d.command.Digest)
	}
	if o.Answer == nil && !p.reads() {
		s.tookEffect++
	}
	if o.Answer != nil || !p.reads() {
		d.step = p
		s.add(p)
	}
}

// placeMissing is for an operation that the log does not have.
func (s *settling) placeMissing(o *Operation) {
	if o.Answer == nil {
		return // it never took effect
	}
	if o.Kind.Reads() { // no entry need carry it
		if o.Answer.TimeNanos != 0 {
			s.addRead(o)
		} else {
			s.addByMillis(o)
		}
		return
	}
	s.problem(o, "%s was answered, but the log does not have it", s.tell(o))
	if o.Answer.TimeNanos != 0 {
		s.add(s.newStep(o)) // judged as what its client believes
	}
}

// addRead files a read that the log need not have. It can't have seen more than there is.
func (s *settling) addRead(o *Operation) {
	if o.Answer.Number > s.last {
		s.problem(o, "%s tells of number %d, and the log ends with number %d", s.tell(o), o.Answer.Number, s.last)
	}
	s.add(s.newStep(o))
}

// addByMillis files a read that tells log time in whole ms: at the moment that it tells, where the log has one such, otherwise by
// its call and return alone.
func (s *settling) addByMillis(o *Operation) {
	p := s.newStep(o)
	if p.time = s.momentOf(o.Answer); p.time == 0 {
		p.number = 0
	}
	if o.Answer.Number > s.last {
		s.problem(o, "%s tells of number %d, and the log ends with number %d", s.tell(o), o.Answer.Number, s.last)
	}
	s.add(p)
}

// momentOf is the only log time of a number in the ms that an answer tells; 0: there is none, or several.
func (s *settling) momentOf(a *Answer) (only uint64) {
	first, _ := slices.BinarySearchFunc(s.moments, a.Number, func(m moment, number uint64) int { return cmp.Compare(m.number, number) })
	for _, m := range s.moments[first:] {
		switch {
		case m.number != a.Number:
			return only
		case m.time/milli != a.TimeMillis || m.time == only:
		case only != 0:
			return 0
		default:
			only = m.time
		}
	}
	return only
}

// differs returns how the operation and the log's command differ, in words.
func differs(o *Operation, d *decision, p *step) string {
	c := &d.command.Arguments
	if o.Kind != c.Kind {
		return fmt.Sprintf("the log has a %s under its call number", c.Kind)
	}
	if a := o.Answer; a != nil && a.Numbered() {
		if a.Number != d.number {
			return fmt.Sprintf("it was told number %d, and is number %d of the log", a.Number, d.number)
		}
		if a.TimeNanos != 0 && a.TimeNanos != d.time || a.TimeNanos == 0 && a.TimeMillis != d.time/milli {
			return fmt.Sprintf("it was told log time %d, and the log says %d", p.time, d.time)
		}
	}
	if c.Digest == "" || o.CallNumber == "" {
		return ""
	}
	return differentArguments(&o.Arguments, c)
}

func differentArguments(asked, logged *Arguments) string {
	for _, field := range []struct {
		name   string
		differ bool
	}{
		{"capacity", asked.CapacityKeys != logged.CapacityKeys || asked.CapacityBytes != logged.CapacityBytes},
		{"token", asked.Token != logged.Token},
		{"offset", asked.Offset != logged.Offset},
		{"lease", asked.LeaseMillis != logged.LeaseMillis},
		{"ttl", asked.TTLMillis != logged.TTLMillis},
		{"if_exists", asked.IfExists != logged.IfExists},
		{"fingerprint", asked.Fingerprint != logged.Fingerprint},
		{"value", !equalText(asked.Value, logged.Value) && asked.Kind != Put},
		{"digest", asked.Digest != "" && asked.Digest != logged.Digest},
		{"owner", asked.Owner != "" && logged.Owner != "" && asked.Owner != logged.Owner},
	} {
		if field.differ {
			return "the log has it with another " + field.name
		}
	}
	return ""
}

func equalText(a, b *Text) bool { return a == b || a != nil && b != nil && *a == *b }

// name learns that the log has digest for the key of o.
func (s *settling) name(o *Operation, digest string) {
	name := keyName(o.Kind, string(o.Key))
	table := keyName(o.Kind, digest)
	if known, ok := s.digests[name]; ok && known != digest {
		s.problem(o, "%s: the log has digest %s for its key, and %s for another operation of that key", s.tell(o), digest, known)
	}
	if known, ok := s.names[table]; ok && known != string(o.Key) {
		s.problem(o, "%s: the log has one digest for its key and for %q", s.tell(o), known)
	}
	s.digests[name], s.names[table] = digest, string(o.Key)
}

// strangers gives a step to what the log alone knows of: it changes what others see.
func (s *settling) strangers() {
	for i := range s.decisions {
		d := &s.decisions[i]
		if d.step != nil || d.command.Kind.Reads() {
			continue
		}
		if d.command.Digest == "" {
			s.unfit = true
			s.problems = append(s.problems, Violation{Check: CheckLog, Sentence: fmt.Sprintf(
				"number %d of the log is a %s that no operation asked for, and the log does not say of what key", d.number, d.command.Kind)})
			continue
		}
		key, known := s.names[keyName(d.command.Kind, d.command.Digest)]
		if !known {
			key = "digest " + d.command.Digest
		}
		d.step = &step{args: &d.command.Arguments, key: s.keyOf(d.command.Kind, key), number: d.number, time: d.time, ret: forever}
		s.add(d.step)
	}
}

func (s *settling) joinCheckpoints() {
	for i := range s.decisions {
		d := &s.decisions[i]
		if d.checkpoint < 0 || d.step == nil || s.decisions[d.checkpoint].step == nil {
			continue
		}
		d.step.belongsTo(s.decisions[d.checkpoint].step)
	}
}
