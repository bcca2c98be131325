package linearizability

// What one call asked for takes effect whole: a batch stands in one entry of the log, its items next to one another
// and in their order, and the claims of a checkpoint belong to it there too.

// checkBatches holds the log to that.
func (s *settling) checkBatches() {
	placed := make(map[*Operation]*decision, len(s.decisions))
	inLog := map[int]bool{} // by batch: at least one item is
	for i := range s.decisions {
		if d := &s.decisions[i]; d.step != nil && d.step.op != nil {
			placed[d.step.op] = d
			inLog[d.step.op.Batch] = true
		}
	}
	last := map[int]*decision{} // by batch
	for i := range s.history.Operations {
		o := &s.history.Operations[i]
		if o.Batch == 0 || !inLog[o.Batch] {
			continue
		}
		d := placed[o]
		if d == nil {
			s.checkMissing(o)
			continue
		}
		s.checkPlace(o, d, last[o.Batch])
		last[o.Batch] = d
	}
}

// checkMissing: where one item of a batch took effect, all did. That an answer is not in the log has been told.
func (s *settling) checkMissing(o *Operation) {
	if o.CallNumber != "" && !o.Kind.Reads() && o.Answer == nil {
		s.problem(o, "%s: the log has other items of its batch, and not this one", s.tell(o))
	}
}

func (s *settling) checkPlace(o *Operation, d, before *decision) {
	if before != nil && (before.entry != d.entry || before.place+1 != d.place) {
		s.problem(o, "%s %s", s.tell(o), apart)
	}
	switch inside := d.checkpoint >= 0; {
	case o.InCheckpoint && !inside:
		s.problem(o, "%s: the log has it outside of its checkpoint", s.tell(o))
	case inside && !o.InCheckpoint:
		s.problem(o, "%s: the log has it inside of a checkpoint", s.tell(o))
	}
}

const apart = "does not stand right behind the item before it in its batch, in the same entry"

// checkNext is checkBatches without a log: what was told of an item and of the one before it, if that is of the same call.
func (r *run) checkNext(before, o *Operation) {
	if before == nil || o.Batch == 0 || before.Batch != o.Batch || before.Kind.Reads() || o.Kind.Reads() {
		return
	}
	if o.Answer.Number != before.Answer.Number+1 || o.Answer.TimeNanos != before.Answer.TimeNanos {
		r.problem(o, "%s %s", r.tell(o), apart)
	}
}
