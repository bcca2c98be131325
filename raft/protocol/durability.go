package protocol

// unchanged is the write that changes nothing; actions alter what they mean to.
func (i *Node) unchanged() Write {
	return Write{Term: i.currentTerm, Vote: i.votedFor, Base: i.log.base, BaseTerm: i.log.baseTerm,
		BaseConfiguration: i.log.baseConfiguration, Prev: i.log.LastIndex()}
}

// changes reports whether w differs from what i has.
func (i *Node) changes(w *Write) bool {
	return w.Term != i.currentTerm || w.Vote != i.votedFor ||
		w.Base != i.log.base || w.BaseTerm != i.log.baseTerm || w.Prev != i.log.LastIndex() || w.Entries.Runs() > 0
}

// output ends an action that writes: it makes the change w, puts it on the way to the
// disk where it is one, and sends m, or holds it, where wait, until all that was
// written so far is durable. A nil m sends nothing.
func (i *Node) output(w *Write, m *Message, wait bool, out *Output) {
	if i.changes(w) {
		i.currentTerm, i.votedFor = w.Term, w.Vote
		i.log.apply(w)
		w.Commit = commitHint(i)
		writes(i, w, out)
	}
	if m != nil {
		i.send(m, wait, out)
	}
}

func (i *Node) send(m *Message, wait bool, out *Output) {
	if wait && i.pending.len() > 0 {
		w := i.pending.at(ridesOn(&i.pending))
		w.hold(m)
		return
	}
	out.Messages = append(out.Messages, *m)
}

// hold keeps m until the write is durable. Equal messages are one: a set, as in the
// specification, so that a leader that repeats itself can't fill the memory.
func (w *write) hold(m *Message) {
	for k := range w.out {
		if w.out[k].equal(m) {
			return
		}
	}
	w.out = append(w.out, *m)
}

// Persist: the disk acknowledges i's first pending write.
func (i *Node) Persist(out *Output) bool {
	if i.pending.len() == 0 {
		return false
	}
	saved(i)
	out.Messages = append(out.Messages, released(i)...)
	i.pending.pop()
	i.checkAfter()
	return true
}

// Restart: i crashes and comes back with what its disk holds; it is New(disk).
func (i *Node) Restart(_ *Output) bool {
	*i = *New(i.id, i.server, *i.disk)
	i.checkAfter()
	return true
}

// Apply makes the change w: what a disk holds is what its writes made of the empty one, in their order.
func (h *HardState) Apply(w *Write) {
	h.Term, h.Vote, h.Commit = w.Term, w.Vote, w.Commit
	h.Log.apply(w)
}

// apply makes the change that w is of the log.
func (l *Log) apply(w *Write) {
	if w.Base != l.base || w.BaseTerm != l.baseTerm {
		l.rebase(w.Base, w.BaseTerm, w.BaseConfiguration)
	}
	l.splice(w.Prev, &w.Entries)
}

// rewrite returns the write that makes h of any disk on whose log it does not build.
func (h *HardState) rewrite() Write {
	base, term := h.Log.Base()
	return Write{Term: h.Term, Vote: h.Vote, Base: base, BaseTerm: term, BaseConfiguration: h.Log.baseConfiguration,
		Prev: base, Commit: h.Commit, Entries: h.Log.Slice(base, h.Log.LastIndex())}
}

// clone returns a hard state that shares nothing with h.
func (h *HardState) clone() HardState {
	return HardState{h.Term, h.Vote, h.Log.clone(), h.Commit}
}
