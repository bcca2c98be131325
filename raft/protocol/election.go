package protocol

// A later term is adopted and the message that brought it handled in one action: two
// would write term and vote apart.

// Timeout: node i asks for the votes of the next term (§5.2).
func (i *Node) Timeout(out *Output) bool {
	if i.role == Leader || i.currentTerm >= MaxTerm {
		return false
	}
	w := i.unchanged()
	w.Term, w.Vote = i.currentTerm+1, i.id
	i.role = Candidate
	i.votesGranted = 0
	i.output(&w, nil, false, out)
	for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
		if j != i.id {
			m := requestVote(i, j, w.Term)
			i.send(&m, voteWaits(), out)
		}
	}
	i.checkAfter()
	return true
}

// HandleRequestVote is the receiver of the RequestVote RPC of Figure 2.
func (i *Node) HandleRequestVote(m *Message, out *Output) bool {
	if !m.reaches(i, RequestVote) {
		return false
	}
	term := newTerm(i, m)
	kept := voteKept(i, m)
	grant := m.Term == term && voteFree(kept, m) && logUpToDate(i, m)
	answered := voteAnswered(i, m, grant)

	w := i.unchanged()
	w.Term, w.Vote = term, kept
	if grant {
		w.Vote = m.From
	}
	if term != i.currentTerm {
		i.role = Follower
		forget(i)
	}
	var response *Message
	if answered {
		r := requestVoteResponse(i, m, term, grant)
		response = &r
	}
	i.output(&w, response, voteWaits(), out)
	i.checkAfter()
	return true
}

// HandleRequestVoteResponse counts a vote given to candidate i.
func (i *Node) HandleRequestVoteResponse(m *Message, _ *Output) bool {
	if !m.reaches(i, RequestVoteResponse) {
		return false
	}
	if i.role != Candidate || !voteCounts(i, m) {
		return false
	}
	i.votesGranted = i.votesGranted.With(m.From)
	i.checkAfter()
	return true
}

// BecomeLeader: candidate i has the votes of a quorum.
func (i *Node) BecomeLeader(out *Output) bool {
	if i.role != Candidate || !quorum(i, i.votesGranted.Union(ownVote(i))) {
		return false
	}
	w := i.unchanged()
	w.Term = leaderTerm(i)
	i.role = Leader
	i.votesGranted = 0
	for j := i.server.Next(Nil); j != Nil; j = i.server.Next(j) {
		if j != i.id {
			i.nextIndex[j] = i.log.LastIndex() + 1
		}
	}
	i.output(&w, nil, false, out)
	i.checkAfter()
	return true
}

// StepDown: a response of a later term, of either kind, ends i's own (§5.1).
func (i *Node) StepDown(m *Message, out *Output) bool {
	if !m.reaches(i, RequestVoteResponse) && !m.reaches(i, AppendEntriesResponse) {
		return false
	}
	if m.Term <= i.currentTerm {
		return false
	}
	w := i.unchanged()
	w.Term, w.Vote = m.Term, voteKept(i, m)
	i.role = Follower
	forget(i)
	i.output(&w, nil, false, out)
	i.checkAfter()
	return true
}
