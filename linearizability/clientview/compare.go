package clientview

// explains reports whether the answer is what t has it be, and returns what is left
// behind then: a token that nobody knew may be known now.
func (t told) explains(c *Call, v view) (record, bool) {
	a := c.Answer
	switch {
	case !t.saysOutcome(a):
		return record{}, false
	case a.coarse():
		return t.after, true
	case !t.saysValue(a), !t.saysWhose(a):
		return record{}, false
	case a.Whole && a.Replayed != t.replayed:
		return record{}, false
	case (a.Whole || a.Offset != 0) && a.Offset != t.offset:
		return record{}, false
	}
	return t.bind(c, v)
}

func (t told) saysOutcome(a *Answer) bool {
	switch a.Outcome {
	case Lost:
		return t.outcome == InProgress || t.outcome == Duplicate || t.outcome == Mismatch
	case None:
		return t.outcome == Absent || t.outcome == Pending || t.outcome == Done && !t.of.hasValue
	case Stands:
		return t.outcome == Pending || t.outcome == Done
	}
	return a.Outcome == t.outcome
}

// coarse reports whether the outcome is a word of a Redis reply: nothing else is told then.
func (a *Answer) coarse() bool { return a.Outcome == Lost || a.Outcome == None || a.Outcome == Stands }

func (t told) saysValue(a *Answer) bool {
	has := t.value && t.of.hasValue
	switch {
	case a.Value != nil:
		return has && *a.Value == t.of.value
	case a.Whole && has:
		return a.ValueOmitted
	}
	return true
}

// saysWhose: of some records nobody knows the owner.
func (t told) saysWhose(a *Answer) bool {
	if !t.whose {
		return true
	}
	return (a.Owner == "" || t.of.owner == "" || a.Owner == t.of.owner) && (a.Fingerprint == "" || a.Fingerprint == t.of.fingerprint)
}

// bind holds the token that was told to the one that had to be, and notes the one that is told for the first time.
func (t told) bind(c *Call, v view) (record, bool) {
	after, given := t.after, c.Answer.Token
	switch {
	case t.token == noToken:
		return after, !c.Answer.Whole || given == 0
	case given == 0:
		return after, !c.Answer.Whole
	case t.token == freshToken:
		after.token = given
		return after, isNew(given, v.token)
	case v.token != 0:
		return after, given == v.token
	case t.outcome == Fenced && given == c.Token:
		return after, false
	}
	after.token = given
	return after, true
}
