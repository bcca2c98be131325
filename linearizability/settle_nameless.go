package linearizability

// Operations whose clients know no call number: stock Redis clients. They are
// found in the log by kind, key and value.

// alike are operations without a call number that ask for the same, and the
// commands of the log that do.
type alike struct {
	operations []*Operation
	decisions  []*decision
	keyless    bool // nobody knows what the log has in place of their key
}

// matchNameless places what only one operation asked for and the log has once,
// and returns the rest, for which it is open which command was whose. A read that was
// answered need not be found: it is judged by when it ran.
func (s *settling) matchNameless(operations []*Operation) (ambiguous []*alike) {
	var valueless []*Operation
	waiting := s.unclaimed()
	group := func(operations []*Operation) {
		for _, g := range s.groups(operations, waiting) {
			switch {
			case len(g.operations) == 1 && len(g.decisions) == 1:
				s.place(g.operations[0], g.decisions[0])
			case len(g.operations) == 1 && len(g.decisions) == 0:
				s.place(g.operations[0], nil)
			case g.keyless:
				s.unfit = true
				s.problem(g.operations[0], "%s has neither call number nor digest, and %d operations and %d commands of the log look like it",
					s.tell(g.operations[0]), len(g.operations), len(g.decisions))
			default:
				ambiguous = append(ambiguous, g)
			}
		}
	}
	var valued []*Operation
	for _, o := range operations {
		switch {
		case o.Kind.Reads():
			s.addLoose(o)
		case o.Error == NotApplied: // nothing tells it from another that was applied
		case o.Value != nil:
			valued = append(valued, o)
		default:
			valueless = append(valueless, o)
		}
	}
	group(valued) // it teaches which digest a key has
	group(valueless)
	return ambiguous
}

// unclaimed are the commands that no operation is known to have asked for, by their likeness.
func (s *settling) unclaimed() map[string][]*decision {
	waiting := map[string][]*decision{}
	for i := range s.decisions {
		d := &s.decisions[i]
		if d.step != nil || d.command.Kind.Reads() {
			continue
		}
		is := likeness(&d.command.Arguments, d.command.Digest)
		waiting[is] = append(waiting[is], d)
		if anyKey := likeness(&d.command.Arguments, ""); anyKey != is {
			waiting[anyKey] = append(waiting[anyKey], d)
		}
	}
	return waiting
}

// groups puts operations together that ask for the same, in the order of the first of each.
func (s *settling) groups(operations []*Operation, waiting map[string][]*decision) (groups []*alike) {
	byLikeness := map[string]*alike{}
	for _, o := range operations {
		digest := o.Digest
		if digest == "" {
			digest = s.digests[keyName(o.Kind, string(o.Key))]
		}
		if digest == "" && o.Value == nil {
			s.unfit = true
			s.problem(o, "%s has neither call number nor digest nor value: nothing finds it in the log", s.tell(o))
			continue
		}
		is := likeness(&o.Arguments, digest)
		g := byLikeness[is]
		if g == nil {
			g = &alike{decisions: waiting[is], keyless: digest == ""}
			byLikeness[is] = g
			groups = append(groups, g)
		}
		g.operations = append(g.operations, o)
	}
	return groups
}

func likeness(a *Arguments, digest string) string {
	value := "none"
	if a.Value != nil {
		value = "=" + string(*a.Value)
	}
	return string(a.Kind) + " " + digest + " " + value
}

func (s *settling) addLoose(o *Operation) {
	if o.Answer == nil {
		return
	}
	p := s.newStep(o)
	p.number, p.time = 0, 0
	s.add(p)
}

// candidates files the answers of operations of which it is open which command was
// theirs: each has to be what one of them decided. The commands are steps of
// nobody's by now.
func (s *settling) candidates(groups []*alike) {
	for _, g := range groups {
		answered := 0
		for _, o := range g.operations {
			if o.Answer == nil {
				continue
			}
			if answered++; answered > len(g.decisions) {
				s.problem(o, "%s was answered, but the log has only %d like it", s.tell(o), len(g.decisions))
				continue
			}
			p := s.newStep(o)
			p.number, p.time = 0, 0
			for _, d := range g.decisions {
				p.candidates = append(p.candidates, d.step)
			}
			s.add(p)
		}
	}
}
