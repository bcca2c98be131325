package clientview

// record is what stands for one key, or for one (stream, partition), as far as
// clients can know. It is comparable.
type record struct {
	stands, done bool
	straight     bool   // done straight from its claim
	owner        string // "": of nobody, or of a client that names none
	token        uint64 // 0: nobody was told yet; where nothing stands, the last one
	fingerprint  string
	value        string
	hasValue     bool
	offset       uint64 // of a checkpoint

	// The earliest moments, on the clients' clock, at which lease and window may be
	// over. Forever: never. Of what is done the lease is 0.
	lease, window int64
}

// view is a record as one call may find it.
type view struct {
	record
	leaseOver bool
}

// views are the ways in which the call may find r: as it stands, with its lease over,
// gone; and with the token that the call names, where nobody knows the record's.
func (r record) views(c *Call, at moment) []view {
	all := []view{{record: r}}
	if !r.stands {
		return all
	}
	if !r.done && mayBeOver(r.lease, at.latest) {
		all = append(all, view{record: r, leaseOver: true})
	}
	if r.token == 0 && c.Token != 0 {
		named := r
		named.token = c.Token
		all = append(all, view{record: named})
	}
	if mayBeOver(r.window, at.latest) {
		all = append(all, view{record: r.gone()})
	}
	return all
}

// gone leaves nothing but the token that was current last.
func (r record) gone() record { return record{token: r.token} }

// told is what a call is to be told, and what it leaves behind.
type told struct {
	after    record
	outcome  Outcome
	token    sayToken
	replayed bool
	offset   uint64
	of       record // of which value, owner and fingerprint are told
	value    bool   // the value is told
	whose    bool   // owner and fingerprint are told
}

// sayToken says which token is told.
type sayToken uint8

const (
	noToken      sayToken = iota
	currentToken          // that of the record
	freshToken            // one that the key did not have before
)

// object is the sequential specification: it knows how fast clocks run.
type object struct{ fastest float64 }

// after is the earliest moment at which a span that is set at a moment may be over.
func (o object) after(at moment, span int64) int64 {
	if span == 0 {
		return Forever
	}
	if o.fastest == 0 {
		return at.earliest // nobody told: at once
	}
	return at.earliest + int64(float64(span)/o.fastest) - tolerance
}

// tolerance is for what is lost where spans are divided, in ns.
const tolerance = 1000

// tells are the ways in which the call may be answered, given how it finds the record.
func (o object) tells(v view, c *Call, at moment) []told {
	switch c.Kind {
	case Claim:
		return o.claim(v, c, at)
	case Recorded:
		return []told{v.recorded(c)}
	case Complete:
		return o.complete(v, c, at)
	case Release:
		return []told{v.release(c)}
	case Extend:
		return []told{o.extend(v, c, at)}
	case Query:
		return []told{v.query()}
	case Put:
		return o.put(v, c, at)
	case Forget:
		return []told{v.forget()}
	case Checkpoint, CheckpointQuery, SetCheckpoint:
		return v.checkpoint(c)
	default:
		panic("clientview: a call of unknown kind " + string(c.Kind))
	}
}

// orFull: where room is asked for there may be none, and then nothing changes.
func (v view) orFull(t told) []told {
	full := told{after: v.record, outcome: Full}
	if v.stands && v.token != 0 && t.token == currentToken {
		full.token = currentToken
	}
	return []told{t, full}
}

func (o object) claim(v view, c *Call, at moment) []told {
	t, wins := v.judge(c)
	if !wins {
		return []told{t}
	}
	t.after = o.won(c, at)
	return v.orFull(t)
}

// judge says what a claim is told, and whether it wins anew.
func (v view) judge(c *Call) (t told, wins bool) {
	fresh := told{outcome: Won, token: freshToken}
	switch {
	case !v.stands:
		return fresh, true
	case v.fingerprint != "" && c.Fingerprint != "" && v.fingerprint != c.Fingerprint:
		return told{after: v.record, outcome: Mismatch}, false
	case sameOwner(v.owner, c.Owner) && (v.straight || !v.done && !v.leaseOver):
		return told{after: v.record, outcome: Won, token: currentToken, replayed: true}, false
	case v.leaseOver:
		return fresh, true
	case !v.done:
		return told{after: v.record, outcome: InProgress}, false
	default:
		return told{after: v.record, outcome: Duplicate, token: currentToken, of: v.record, value: true}, false
	}
}

// won is the record of a claim that wins. Who wins is told its token.
func (o object) won(c *Call, at moment) record {
	r := record{stands: true, owner: c.Owner, fingerprint: c.Fingerprint, window: o.after(at, c.TTL)}
	r.value, r.hasValue = text(c.Value)
	if c.Lease == 0 {
		r.done, r.straight = true, true
		return r
	}
	r.lease = min(o.after(at, c.Lease), r.window)
	return r
}

func (v view) recorded(c *Call) told {
	if !v.stands {
		return told{after: v.record, outcome: NotFound}
	}
	t, wins := v.judge(c)
	if wins { // its lease is over: nothing to wait for, and nothing taken over
		return told{after: v.record, outcome: InProgress}
	}
	return t
}

// refuse is what a call is told that names a token which is not the current one.
func (v view) refuse(c *Call) (t told, refused bool) {
	if !v.stands {
		return told{after: v.record, outcome: NotFound}, true
	}
	if c.Token == 0 || v.token != c.Token {
		return told{after: v.record, outcome: Fenced, token: currentToken}, true
	}
	return told{}, false
}

// complete: that the lease is over does not matter while nobody took it over.
func (o object) complete(v view, c *Call, at moment) []told {
	if t, refused := v.refuse(c); refused {
		return []told{t}
	}
	if v.done {
		return []told{{after: v.record, outcome: OK, token: currentToken, replayed: true}}
	}
	r := v.record
	r.done, r.lease = true, 0
	if c.TTL != 0 {
		r.window = o.after(at, c.TTL)
	}
	if c.Value != nil {
		r.value, r.hasValue = text(c.Value)
	}
	return v.orFull(told{after: r, outcome: OK, token: currentToken})
}

func (v view) release(c *Call) told {
	t, refused := v.refuse(c)
	switch {
	case refused:
		return t
	case v.done:
		return told{after: v.record, outcome: Completed}
	}
	return told{after: v.gone(), outcome: OK}
}

func (o object) extend(v view, c *Call, at moment) told {
	t, refused := v.refuse(c)
	switch {
	case refused:
		return t
	case v.done:
		return told{after: v.record, outcome: Completed}
	}
	r := v.record
	r.lease = min(o.after(at, c.Lease), r.window)
	return told{after: r, outcome: OK, token: currentToken}
}

// put asks for no token: it overwrites what stands.
func (o object) put(v view, c *Call, at moment) []told {
	if c.IfExists && !v.stands {
		return []told{{after: v.record, outcome: NotFound}}
	}
	r := record{stands: true, done: true, hasValue: true, window: o.after(at, c.TTL)}
	r.value, _ = text(c.Value)
	return v.orFull(told{after: r, outcome: OK, token: freshToken})
}

func (v view) forget() told {
	if !v.stands {
		return told{after: v.record, outcome: NotFound}
	}
	return told{after: v.gone(), outcome: OK}
}

func (v view) query() told {
	if !v.stands {
		return told{after: v.record, outcome: Absent}
	}
	t := told{after: v.record, outcome: Pending, token: currentToken, of: v.record, value: true, whose: true}
	if v.done {
		t.outcome = Done
	}
	return t
}

func (v view) checkpoint(c *Call) []told {
	same := v.stands && v.owner == c.Owner
	here := told{after: v.record, outcome: OK, token: currentToken, offset: v.offset, of: v.record}
	switch {
	case c.Kind == CheckpointQuery && !v.stands:
		return []told{{after: v.record, outcome: NotFound}}
	case c.Kind == CheckpointQuery:
		here.whose = true
		return []told{here}
	case c.Kind == SetCheckpoint && same && v.offset == c.Offset, c.Kind == Checkpoint && same && c.Offset <= v.offset:
		here.replayed = true
		return []told{here}
	case c.Kind == Checkpoint && v.stands && c.Offset <= v.offset:
		here.outcome = Stale
		return []told{here}
	}
	r := record{stands: true, owner: c.Owner, offset: c.Offset, lease: Forever, window: Forever}
	return v.orFull(told{after: r, outcome: OK, token: freshToken, offset: c.Offset})
}

func text(s *string) (string, bool) {
	if s == nil {
		return "", false
	}
	return *s, true
}
