package linearizability

import (
	"cmp"
	"math"
	"slices"
)

// step is an operation, or a command of the log, in its place in the order.
type step struct {
	op   *Operation // nil: the log has a command that no operation of the history asked for
	args *Arguments
	key  *keyRun

	number, time uint64 // where the log has it; of a read: number of the last command before it
	call, ret    int64  // forever: it never returned

	checkpoint *step   // of a claim of a checkpoint
	claims     []*step // of a checkpoint
	candidates []*step // of an operation whose command is one of several

	// decided and replay are what the model says, full that it met no room. For a
	// step that was answered full is what the answer says.
	decided told
	full    bool

	heldKeys, heldBytes uint64 // of a Resize: what stood
}

const forever = math.MaxInt64

func (s *step) reads() bool { return s.args.Kind.Reads() }

// answer is what the client was told, or nil.
func (s *step) answer() *Answer {
	if s.op == nil {
		return nil
	}
	return s.op.Answer
}

// verdict is the outcome that was told, else the one that the model decided.
func (s *step) verdict() (Outcome, bool) {
	if a := s.answer(); a != nil && a.Outcome != Lost {
		return a.Outcome, a.Replayed || !a.Numbered() && s.decided.replayed
	}
	return s.decided.outcome, s.decided.replayed
}

// id is the operation's, or -1.
func (s *step) id() int {
	if s.op == nil {
		return -1
	}
	return s.op.ID
}

// keyRun is what happened to one key, or to one (stream, partition).
type keyRun struct {
	name  string  // as clients see it; "checkpoint " in front for a (stream, partition)
	steps []*step // in their order
	stale []*step // reads of one node
	loose []*step // what was answered without saying when, and can't be found in the log
}

// run is a settled history: every step has its place.
type run struct {
	history *History
	steps   []*step // all steps of all keys, in one order
	keys    []*keyRun
	byName  map[string]*keyRun

	problems   []Violation // that make the history, or the log, unfit
	unfit      bool        // too many: the model can't be held to it
	tookEffect int
}

const checkpointPrefix = "checkpoint "

// keyName is the name of the partition that the arguments belong to.
func keyName(kind Kind, key string) string {
	switch kind {
	case Checkpoint, CheckpointQuery, SetCheckpoint:
		return checkpointPrefix + key
	case Resize:
		return CapacityName + " of the table"
	}
	return key
}

func (r *run) keyOf(kind Kind, key string) *keyRun {
	name := keyName(kind, key)
	k := r.byName[name]
	if k == nil {
		k = &keyRun{name: name}
		r.byName[name] = k
		r.keys = append(r.keys, k)
	}
	return k
}

// settle gives every operation its place in the order: by the log where there is
// one, otherwise by the number that it was told. What never took effect and tells nothing is dropped.
func settle(h *History) *run {
	r := &run{history: h, byName: map[string]*keyRun{}}
	if h.Header.Log {
		r.settleByLog()
	} else {
		r.settleByAnswers()
	}
	r.order()
	return r
}

// order sorts the steps: by number, a read behind the command whose number it
// carries, reads by log time and then by their calls. Reads change nothing, so
// sorting equal ones by their calls loses no valid order.
func (r *run) order() {
	slices.SortFunc(r.steps, func(a, b *step) int {
		return cmp.Or(cmp.Compare(a.number, b.number), compareReads(a, b), cmp.Compare(a.time, b.time),
			cmp.Compare(a.call, b.call), cmp.Compare(a.id(), b.id()))
	})
	for _, s := range r.steps {
		s.key.steps = append(s.key.steps, s)
	}
	slices.SortFunc(r.keys, func(a, b *keyRun) int { return cmp.Compare(a.name, b.name) })
}

func compareReads(a, b *step) int {
	switch {
	case a.reads() == b.reads():
		return 0
	case b.reads():
		return -1
	default:
		return 1
	}
}

// add files a step where it is judged.
func (r *run) add(s *step) {
	switch {
	case s.op != nil && s.op.Stale:
		s.key.stale = append(s.key.stale, s)
	case s.time == 0:
		s.key.loose = append(s.key.loose, s)
	default:
		r.steps = append(r.steps, s)
	}
}

// newStep returns a step of o, without a place.
func (r *run) newStep(o *Operation) *step {
	s := &step{op: o, args: &o.Arguments, key: r.keyOf(o.Kind, string(o.Key)), call: o.Call, ret: forever}
	if o.Answer != nil {
		s.ret = *o.Return
		s.number, s.time = o.Answer.Number, o.Answer.TimeNanos
		s.full = o.Answer.Outcome == Full
		if s.time == 0 {
			s.time = o.Answer.TimeMillis * milli
		}
	}
	return s
}

// settleByAnswers is for a history without a log.
func (r *run) settleByAnswers() {
	var whole *step
	var before *Operation
	for i := range r.history.Operations {
		o := &r.history.Operations[i]
		if o.Error == NotApplied || o.Answer == nil && o.Kind.Reads() {
			continue
		}
		if o.Answer == nil || !o.Kind.Reads() && o.Answer.TimeNanos == 0 {
			r.unsettled(o)
			continue
		}
		r.checkNext(before, o)
		before = o
		s := r.newStep(o)
		if o.Kind.Reads() && !o.Stale && o.Answer.TimeNanos == 0 {
			s.number, s.time = 0, 0
		}
		whole = s.joinCheckpoint(whole)
		r.add(s)
	}
}

// joinCheckpoint makes a claim part of the checkpoint before it, and returns the
// checkpoint that the next claim may belong to.
func (s *step) joinCheckpoint(whole *step) *step {
	if s.args.Kind == Checkpoint {
		return s
	}
	if s.op.InCheckpoint && whole != nil && whole.op.Batch == s.op.Batch {
		s.belongsTo(whole)
		return whole
	}
	return nil
}

// belongsTo makes s a claim of a checkpoint: whether there is room is asked for all of it.
func (s *step) belongsTo(whole *step) {
	s.checkpoint, s.full = whole, false
	whole.claims = append(whole.claims, s)
}

func (r *run) unsettled(o *Operation) {
	r.unfit = true
	what := "was answered without a number and log time"
	if o.Answer == nil {
		what = "never got an answer"
	}
	r.problem(o, "%s %s: without the log nobody can tell what it did: record it with the history", r.tell(o), what)
}
