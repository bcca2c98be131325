package protocol

// ClientRequest: leader i appends an entry, a client's command or its own no-op.
func (i *Node) ClientRequest(v Value, out *Output) bool {
	if i.role != Leader || v == Configured || i.log.LastIndex() >= MaxIndex {
		return false
	}
	w := i.unchanged()
	w.Prev = appendsAt(i)
	w.Entries.head = Run{Term: i.currentTerm, Value: v, Count: 1}
	i.output(&w, nil, false, out)
	i.checkAfter()
	return true
}

// AppendEntries: leader i sends j the n entries after prev; none is a heartbeat. It may
// run ahead of what is acknowledged: nextIndex stays the confirmed point to resume from.
func (i *Node) AppendEntries(j NodeID, prev Index, n uint64, out *Output) bool {
	if i.role != Leader || i.id == j || !i.server.Has(j) {
		return false
	}
	last := i.log.LastIndex()
	if prev > last || prev < i.log.base || prev+1 < i.nextIndex[j] || n > uint64(last-prev) {
		return false
	}
	m := appendEntriesRequest(i, j, prev, n)
	i.send(&m, false, out)
	i.checkAfter()
	return true
}

// HandleAppendEntries is the receiver of the AppendEntries RPC of Figure 2.
func (i *Node) HandleAppendEntries(m *Message, out *Output) bool {
	if !m.reaches(i, AppendEntries) || impossible(i, m) {
		return false
	}
	switch {
	case m.Term < i.currentTerm:
		i.refuseStaleLeader(m, out)
	case !logFits(i, m):
		i.refuseGap(m, out)
	default:
		i.accept(m, out)
	}
	i.checkAfter()
	return true
}

func (i *Node) refuseStaleLeader(m *Message, out *Output) {
	w := i.unchanged()
	r := refusal(i, m, i.currentTerm, 0, 0)
	i.output(&w, &r, true, out)
}

// follow: i follows the leader of m's term. It returns the write that this is.
func (i *Node) follow(m *Message) Write {
	assert(i.role != Leader || m.Term > i.currentTerm, "a term has one leader")
	w := i.unchanged()
	w.Term, w.Vote = m.Term, voteKept(i, m)
	i.role = Follower
	forget(i)
	return w
}

func (i *Node) refuseGap(m *Message, out *Output) {
	w := i.follow(m)
	at := hint(i, m)
	r := refusal(i, m, m.Term, at, i.log.TermAt(at))
	i.output(&w, &r, true, out)
}

func (i *Node) accept(m *Message, out *Output) {
	w := i.follow(m)
	if last := m.Prev + Index(m.Entries.Len()); conflict(i, m) || last > i.log.LastIndex() {
		// Written is only what differs; what agrees may be durable already.
		w.Prev = i.log.agreement(m.Prev, &m.Entries)
		w.Entries = m.Entries.after(uint64(w.Prev - m.Prev))
		assert(w.Prev >= i.commitIndex, "a conflict is never at or below commitIndex")
	}
	r := acknowledgement(i, m, ackIndex(i, m))
	i.commitIndex = newCommit(i, commitBound(i, m))
	i.output(&w, &r, ackWaits(), out)
}

// HandleAppendEntriesResponse: leader i learns how far a follower's disk agrees, or
// from where to try again.
func (i *Node) HandleAppendEntriesResponse(m *Message, _ *Output) bool {
	if !m.reaches(i, AppendEntriesResponse) || impossible(i, m) {
		return false
	}
	if i.role != Leader || !ackCounts(i, m) {
		return false
	}
	if m.Success {
		i.matchIndex[m.From] = newMatch(i, m)
		i.nextIndex[m.From] = max(i.nextIndex[m.From], i.matchIndex[m.From]+1)
	} else {
		i.nextIndex[m.From] = backOff(i, m)
	}
	i.checkAfter()
	return true
}

// holders are those of a set that have leader i's log up to k on disk, as far as i knows.
func (i *Node) holders(of NodeSet, k Index) NodeSet {
	var set NodeSet
	for j := of.Next(Nil); j != Nil; j = of.Next(j) {
		if k <= i.matchOf(j) {
			set = set.With(j)
		}
	}
	return set
}

func (i *Node) matchOf(j NodeID) Index {
	if j == i.id {
		return ownMatch(i)
	}
	return i.matchIndex[j]
}

// AdvanceCommitIndex: leader i commits the highest index of its own term that a quorum
// holds durably (§5.4.2). Terms never fall along a log and none is above its node's, so where
// the highest index that a quorum holds may not commit, none below it may; and that index is
// one of matchOf, which is within the log (MatchWithinLog).
func (i *Node) AdvanceCommitIndex(_ *Output) bool {
	if i.role != Leader {
		return false
	}
	agreed, members := i.commitIndex, i.members()
	for j := members.Next(Nil); j != Nil; j = members.Next(j) {
		if k := i.matchOf(j); k > agreed && quorum(i, i.holders(members, k)) {
			agreed = k
		}
	}
	if agreed == i.commitIndex || !mayCommit(i, agreed) {
		return false
	}
	i.commitIndex = agreed
	i.checkAfter()
	return true
}
