package linearizability

// nextCheckpoint is next for a (stream, partition). Its claims are steps of
// their own keys: see claimInCheckpoint.
func (s state) nextCheckpoint(in *step) (state, told) {
	switch {
	case in.args.Kind == CheckpointQuery && !s.stands:
		return s, told{outcome: NotFound}
	case in.args.Kind == CheckpointQuery:
		return s, told{outcome: OK, token: s.token, owner: s.owner, offset: s.offset, age: age(s.since, in.time)}
	case in.args.Kind == SetCheckpoint && s.stands && s.owner == in.args.Owner && s.offset == in.args.Offset:
		return s, told{outcome: OK, replayed: true, token: s.token, offset: s.offset}
	case in.args.Kind == Checkpoint && s.stands && in.args.Offset <= s.offset:
		t := told{outcome: Stale, token: s.token, offset: s.offset}
		if s.owner == in.args.Owner {
			t.outcome, t.replayed = OK, true
		}
		return s, t
	case in.full:
		return s, told{outcome: Full}
	default:
		s = state{stands: true, isCheckpoint: true, owner: in.args.Owner, token: in.number, since: in.time, offset: in.args.Offset}
		return s, told{outcome: OK, token: s.token, offset: s.offset}
	}
}

// claimInCheckpoint is next for a claim of a checkpoint: applied with it, told
// from its record if the checkpoint is a repeat, otherwise not applied either.
func (s state) claimInCheckpoint(in *step) (state, told) {
	whole, repeat := in.checkpoint.verdict()
	switch {
	case whole != OK:
		return s, told{outcome: whole}
	case !repeat:
		return s.claim(in)
	case !s.stands:
		return s, told{outcome: NotFound}
	}
	outcome, replayed := s.judge(in.args, in.time)
	if outcome == Won && !replayed {
		outcome = InProgress // its lease is over: nothing to wait for, and nothing taken over
	}
	return s, s.tellClaim(outcome, replayed, in.time)
}
