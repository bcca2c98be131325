package protocol

// A later term is adopted and the message that brought it handled in one action: two
// would write term and vote apart.

// Timeout: node i asks for the votes of the next term (§5.2). Also a node that is no voter may: it may be the only one that has
// what made it none, and others can't lead without that. It counts the votes of those who are.
func (i *Node) Timeout(out *Output) bool {
	if i.role == Leader || i.currentTerm >= MaxTerm {
		return false
	}
	campaign(i, false, out)
	i.checkAfter()
	return true
}

func campaign(i *Node, transfer bool, out *Output) {
	w := i.unchanged()
	w.Term, w.Vote = i.currentTerm+1, i.id
	i.role = Candidate
	i.votesGranted = 0
	i.output(&w, nil, false, out)
	voters := i.voters()
	for j := voters.Next(Nil); j != Nil; j = voters.Next(j) {
		if j != i.id {
			m := requestVote(i, j, w.Term, transfer)
			i.send(&m, voteWaits(), out)
		}
	}
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

// StepDown: a response of a later term, of any kind, ends i's own (§5.1); but a pre-vote
// that was granted names a term that nobody is in.
func (i *Node) StepDown(m *Message, out *Output) bool {
	if !m.reaches(i, RequestVoteResponse) && !m.reaches(i, AppendEntriesResponse) &&
		!m.reaches(i, ConfirmTermResponse) && (!m.reaches(i, RequestPreVoteResponse) || m.Granted) {
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

// Elections that do not disturb (thesis, §9.6 and §3.10). Safety rests on none of this: Timeout is enabled all the
// time, and policy (package raft) chooses when to take it.

// Resign: leader i gives its term up. Why is policy's: it hears from no quorum, its disk stands still, it is no voter of a
// configuration that is committed.
func (i *Node) Resign(_ *Output) bool {
	if i.role != Leader {
		return false
	}
	i.role = Follower
	forget(i)
	i.checkAfter()
	return true
}

// PreVote: node i asks whether it would be given the votes of the next term. Who counts what is granted is policy: no
// variable, and nothing to forget.
func (i *Node) PreVote(out *Output) bool {
	if i.role == Leader || i.currentTerm >= MaxTerm {
		return false
	}
	voters := i.voters()
	for j := voters.Next(Nil); j != Nil; j = voters.Next(j) {
		if j != i.id {
			m := requestPreVote(i, j)
			i.send(&m, false, out)
		}
	}
	i.checkAfter()
	return true
}

// HandleRequestPreVote: a pre-vote is no vote; nothing is kept of it, so nothing has to be durable.
func (i *Node) HandleRequestPreVote(m *Message, out *Output) bool {
	if !m.reaches(i, RequestPreVote) {
		return false
	}
	grant := preVoteGranted(i, m)
	if preVoteAnswered(i, m, grant) {
		r := requestPreVoteResponse(i, m, grant)
		i.send(&r, false, out)
	}
	i.checkAfter()
	return true
}

// TransferLeadership: leader i has j, whose disk has all of i's log, campaign at once.
func (i *Node) TransferLeadership(j NodeID, out *Output) bool {
	if i.role != Leader || j == i.id || !i.server.Has(j) || i.matchIndex[j] != i.log.LastIndex() {
		return false
	}
	m := timeoutNow(i, j)
	i.send(&m, false, out)
	i.checkAfter()
	return true
}

// HandleTimeoutNow: i's leader wants it to lead.
func (i *Node) HandleTimeoutNow(m *Message, out *Output) bool {
	if !m.reaches(i, TimeoutNow) || m.Term != i.currentTerm || i.role != Follower || i.currentTerm >= MaxTerm {
		return false
	}
	campaign(i, true, out)
	i.checkAfter()
	return true
}
