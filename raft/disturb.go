package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Elections that do not disturb (thesis, §6.2, §9.6 and §4.2.3). A replica asks before it campaigns (pre-vote); who
// hears from a leader does not vote for another (stickiness), and a leader whom no quorum answers resigns
// (check-quorum). The mechanism knows of neither: each is a choice of when to take its actions, or a message that is
// dropped as a network might.

// askForPreVotes asks whether a campaign would succeed, and again soon where too few answer.
func (r *Raft) askForPreVotes() {
	if !r.preVote() {
		r.clock.redraw()
		return
	}
	r.granted, r.leader = protocol.Nodes(r.cfg.ID), protocol.Nil // who led is silent
	r.clock.within(r.cfg.HeartbeatTicks)
	r.campaignIfGranted()
}

// peerIsGone ends the wait for a leader whose process is known to have ended. All followers hear of it at once, so they go
// one after another, two ticks apart: two that campaign at the same time share the votes.
func (r *Raft) peerIsGone(id protocol.NodeID) {
	if r.node.Role() != protocol.Follower || r.leader != id || id == protocol.Nil {
		return
	}
	rank := 0
	for k := range r.peers {
		if p := r.peers[k].id; p != id && p < r.cfg.ID {
			rank++
		}
	}
	r.leader = protocol.Nil
	r.clock.restart()
	r.clock.timeout = 1 + 2*rank
}

// stopAsking forgets what was granted: there is a leader, or a term, or a vote given to another.
func (r *Raft) stopAsking() {
	if r.granted != 0 {
		r.granted = 0
		r.clock.redraw() // it asked at short intervals
	}
}

// receivePreVoteResponse counts a pre-vote for the term after the present one. A refusal is of a later term.
func (r *Raft) receivePreVoteResponse(m *protocol.Message) {
	if !m.Granted {
		r.stepDown(m)
		return
	}
	if r.granted == 0 || m.Term != r.node.CurrentTerm()+1 || m.To != r.cfg.ID || r.peer(m.From) == nil {
		return
	}
	r.granted = r.granted.With(m.From)
	r.campaignIfGranted()
}

func (r *Raft) campaignIfGranted() {
	if preVotesWin(r, r.granted) {
		r.campaign()
	}
}

// receiveRequestPreVote answers, but says nothing to whoever would depose a leader that is alive.
func (r *Raft) receiveRequestPreVote(m *protocol.Message) {
	if !r.sticks(m) {
		r.handleRequestPreVote(m)
	}
}

// sticks reports whether a request for votes is to be dropped: it is of a later term, and the leader of this one is alive.
// What is of an earlier term is answered whatever holds: who is behind has to learn it (etcd#8243, #8501).
func (r *Raft) sticks(m *protocol.Message) bool {
	return m.Term > r.node.CurrentTerm() && !m.Transfer && leaderIsAlive(r)
}

// hearsLeader: an append of the present term's leader came within the shortest election timeout.
func (r *Raft) hearsLeader() bool {
	return r.leader != protocol.Nil && r.ticksSinceLeader < r.cfg.ElectionTicks
}

// resignIfUseless has a leader resign that no quorum answers, or whose disk stands still while a quorum goes on
// without it.
func (r *Raft) resignIfUseless() {
	if mayLead(r) || !r.resign() {
		return
	}
	r.leader, r.transfer = protocol.Nil, transfer{}
	r.clock.failed = min(r.clock.failed+1, mostDoublings)
	r.clock.redraw() // others first
}

// answered reports whether a quorum, the leader included, has acknowledged appends of its term of late.
func (r *Raft) answered() bool {
	reached := protocol.Nodes(r.cfg.ID)
	for k := range r.peers {
		if p := &r.peers[k]; p.ticksSinceAck < r.patienceWith(p) {
			reached = reached.With(p.id)
		}
	}
	return r.node.IsQuorum(reached)
}

// patience is how long a leader waits for acknowledgements: twice the shortest election timeout, doubled with each campaign
// that failed before it was elected.
func (r *Raft) patience() int { return 2 * r.cfg.ElectionTicks << backOff(max(r.clock.failed-1, 0)) }

// patienceWith is that for a peer, or twice what it took of late where that is more, for an acknowledgement waits for
// the peer's disk.
func (r *Raft) patienceWith(p *peer) int {
	return min(max(r.patience(), 2*p.slowest/decay), 2*r.cfg.ElectionTicks<<mostDoublings)
}

// heldUp reports whether the leader's disk stands still while a quorum of others has more of the log than it.
func (r *Raft) heldUp() bool {
	if r.stall.ticks < 2*r.patience() {
		return false
	}
	var ahead protocol.NodeSet
	for k := range r.peers {
		p := &r.peers[k]
		if r.node.MatchIndex(p.id) > r.node.DurableIndex() && p.ticksSinceAck < r.cfg.ElectionTicks {
			ahead = ahead.With(p.id)
		}
	}
	return r.node.IsQuorum(ahead)
}

// stall counts for how long a disk that has something to do has done nothing.
type stall struct {
	ticks int
	mark  Mark
}

func (s *stall) tick(busy bool, durable Mark) {
	if !busy || durable != s.mark {
		s.ticks, s.mark = 0, durable
		return
	}
	s.ticks++
}
