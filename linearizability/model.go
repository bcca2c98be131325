package linearizability

// The model of one key, written from the contract of DESIGN §6 and not from
// dedup.Machine. Times are ns of log time; ends are whole ms.

const milli = uint64(1_000_000)

// state is what stands for one key, or for one (stream, partition). It is comparable.
type state struct {
	stands, done bool
	straight     bool // DONE straight from its claim
	owner        string
	token        uint64
	fingerprint  Text
	value        Text
	hasValue     bool
	lease        uint64 // its end, while PENDING
	expires      uint64 // 0: never
	since        uint64 // since when DONE, or stored
	isCheckpoint bool
	offset       uint64 // of a checkpoint
}

// told is all that a full answer says. What its outcome lacks is zero.
type told struct {
	outcome                           Outcome
	replayed                          bool
	token, offset                     uint64
	owner                             string
	expiresIn, lease, retryAfter, age int64
	value, fingerprint                Text
	hasValue                          bool
	heldKeys, heldBytes               uint64
}

// ceil rounds up to a whole ms: what ends, ends late and never early.
func ceil(ns uint64) uint64 { return (ns + milli - 1) / milli * milli }

func end(now, ms uint64) uint64 { return ceil(now) + ms*milli }

// left returns how many whole ms of log time there are until then.
func left(until, now uint64) int64 {
	if until == 0 {
		return NeverExpires
	}
	return int64((until - min(until, ceil(now))) / milli)
}

// age returns how many whole ms have passed since the ms after then.
func age(since, now uint64) int64 { return int64((now - min(now, ceil(since))) / milli) }

// at returns what stands at a moment of log time.
func (s state) at(now uint64) state {
	if s.expires != 0 && now >= s.expires {
		return state{}
	}
	return s
}

func (s state) leaseOver(now uint64) bool { return !s.done && now >= s.lease }

// next returns what the step leaves behind in s, and what it has to be told.
// Where the step needed room and there was none, its full is set.
func (s state) next(in *step) (state, told) {
	switch in.args.Kind {
	case Checkpoint, CheckpointQuery, SetCheckpoint:
		return s.nextCheckpoint(in)
	case Resize:
		return s, in.resized()
	}
	s = s.at(in.time)
	if in.checkpoint != nil {
		return s.claimInCheckpoint(in)
	}
	switch in.args.Kind {
	case Claim:
		return s.claim(in)
	case Complete:
		return s.complete(in)
	case Release:
		return s.release(in)
	case Extend:
		return s.extend(in)
	case Put:
		return s.put(in)
	case Forget:
		return s.forget()
	default:
		return s, s.look(in.time)
	}
}

// judge is "Order inside Claim".
func (s state) judge(a *Arguments, now uint64) (outcome Outcome, replayed bool) {
	switch {
	case !s.stands:
		return Won, false
	case s.fingerprint != "" && a.Fingerprint != "" && s.fingerprint != a.Fingerprint:
		return Mismatch, false
	case s.owner != "" && s.owner == a.Owner && (s.done && s.straight || !s.done && !s.leaseOver(now)):
		return Won, true
	case s.leaseOver(now):
		return Won, false
	case !s.done:
		return InProgress, false
	default:
		return Duplicate, false
	}
}

func (s state) claim(in *step) (state, told) {
	outcome, replayed := s.judge(in.args, in.time)
	if outcome == Won && !replayed {
		if in.full {
			return s, told{outcome: Full}
		}
		s = wonBy(in)
	}
	return s, s.tellClaim(outcome, replayed, in.time)
}

// wonBy returns the record of a claim that wins.
func wonBy(in *step) state {
	a := in.args
	s := state{stands: true, owner: a.Owner, token: in.number, fingerprint: a.Fingerprint}
	if a.Value != nil {
		s.value, s.hasValue = *a.Value, true
	}
	if a.TTLMillis > 0 {
		s.expires = end(in.time, a.TTLMillis)
	}
	if a.LeaseMillis == 0 {
		s.done, s.straight, s.since = true, true, in.time
		return s
	}
	s.lease = end(in.time, a.LeaseMillis)
	if s.expires != 0 {
		s.lease = min(s.lease, s.expires)
	}
	return s
}

// tellClaim is what a claim is told of the record that now stands.
func (s state) tellClaim(outcome Outcome, replayed bool, now uint64) told {
	t := told{outcome: outcome, replayed: replayed}
	switch outcome {
	case Won:
		t.token, t.expiresIn = s.token, left(s.expires, now)
		if !s.done {
			t.lease = left(s.lease, now)
		}
	case InProgress:
		t.retryAfter = int64((s.lease - min(s.lease, now/milli*milli)) / milli)
	case Duplicate:
		t.token, t.age, t.expiresIn = s.token, age(s.since, now), left(s.expires, now)
		t.value, t.hasValue = s.value, s.hasValue
	}
	return t
}

// refuse is what a command that names a token is told if it is not the current one.
func (s state) refuse(a *Arguments) (told, bool) {
	if !s.stands {
		return told{outcome: NotFound}, true
	}
	if s.token != a.Token {
		return told{outcome: Fenced, token: s.token}, true
	}
	return told{}, false
}

// complete: that the lease is over does not matter while nobody took it over.
func (s state) complete(in *step) (state, told) {
	if t, refused := s.refuse(in.args); refused {
		return s, t
	}
	if s.done {
		return s, told{outcome: OK, replayed: true, token: s.token, expiresIn: left(s.expires, in.time)}
	}
	if in.full {
		return s, told{outcome: Full, token: s.token, expiresIn: left(s.expires, in.time)}
	}
	return s.completed(in), told{outcome: OK, token: s.token, expiresIn: left(s.completed(in).expires, in.time)}
}

func (s state) completed(in *step) state {
	s.done, s.since, s.lease = true, in.time, 0
	if in.args.TTLMillis > 0 {
		s.expires = end(in.time, in.args.TTLMillis)
	}
	if in.args.Value != nil {
		s.value, s.hasValue = *in.args.Value, true
	}
	return s
}

func (s state) release(in *step) (state, told) {
	if t, refused := s.refuse(in.args); refused {
		return s, t
	}
	if s.done {
		return s, told{outcome: Completed}
	}
	return state{}, told{outcome: OK}
}

func (s state) extend(in *step) (state, told) {
	if t, refused := s.refuse(in.args); refused {
		return s, t
	}
	if s.done {
		return s, told{outcome: Completed}
	}
	s.lease = end(in.time, in.args.LeaseMillis)
	if s.expires != 0 {
		s.lease = min(s.lease, s.expires)
	}
	return s, told{outcome: OK, token: s.token, expiresIn: left(s.expires, in.time), lease: left(s.lease, in.time)}
}

func (s state) put(in *step) (state, told) {
	if !s.stands && in.args.IfExists {
		return s, told{outcome: NotFound}
	}
	if in.full {
		return s, told{outcome: Full}
	}
	s = stored(in)
	return s, told{outcome: OK, token: s.token, expiresIn: left(s.expires, in.time)}
}

// stored returns the record of a Put: nobody's, with a value.
func stored(in *step) state {
	s := state{stands: true, done: true, owner: HexOwner(0), token: in.number, hasValue: true, since: in.time}
	if in.args.Value != nil {
		s.value = *in.args.Value
	}
	if in.args.TTLMillis > 0 {
		s.expires = end(in.time, in.args.TTLMillis)
	}
	return s
}

func (s state) forget() (state, told) {
	if !s.stands {
		return s, told{outcome: NotFound}
	}
	return state{}, told{outcome: OK}
}

// resized is what a Resize is told. What it does shows in the room of all keys.
func (in *step) resized() told {
	t := told{outcome: OK, heldKeys: in.heldKeys, heldBytes: in.heldBytes}
	if in.full {
		t.outcome = Full
	}
	return t
}

// look is what a Query is told.
func (s state) look(now uint64) told {
	if !s.stands {
		return told{outcome: Absent}
	}
	t := told{outcome: Pending, token: s.token, owner: s.owner, expiresIn: left(s.expires, now),
		value: s.value, hasValue: s.hasValue, fingerprint: s.fingerprint}
	if s.done {
		t.outcome, t.age = Done, age(s.since, now)
	} else {
		t.lease = left(s.lease, now)
	}
	return t
}
