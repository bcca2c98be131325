package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Elections that do not disturb (thesis, §6.2, §9.6 and §4.2.3). A replica asks before it campaigns (pre-vote); who
// hears from a leader does not vote for another (stickiness), and a leader whom no quorum answers resigns
// (check-quorum). The mechanism knows of neither: each is a choice of when to take its actions, or a message that is
// dropped as a network might.

// askForPreVotes asks whether a campaign would succeed, and again soon where too few answer: with the next tick, as others may
// hear from the leader for a tick longer, and then less and less often.
func (r *Raft) askForPreVotes() {
	if !mayCampaign(r) {
		r.leader = protocol.Nil
		r.redraw()
		return
	}
	if !r.preVote() {
		r.redraw()
		return
	}
	r.granted, r.leader = protocol.Nodes(r.cfg.ID), protocol.Nil // who led is silent
	r.askings = min(r.askings+1, r.cfg.HeartbeatTicks)
	r.clock.within(r.askings, r.askings)
	r.campaignIfGranted()
}

// peerIsGone ends the wait for a leader whose process is known to have ended. All followers hear of it, one after another;
// who hears of it first asks in vain, and who completes a quorum of those that know has it at once. What the leader had sent
// before is no sign of life; where the news was false it is believed again with the heartbeat after the next.
func (r *Raft) peerIsGone(id protocol.NodeID) {
	if r.node.Role() == protocol.Follower && r.leader == id && id != protocol.Nil {
		r.leader, r.hurried, r.doubts = protocol.Nil, true, r.doubt()
	}
}

// doubt is for how many ticks what a process sent before it ended may still come.
func (r *Raft) doubt() int { return outlives(r.cfg.HeartbeatTicks + 1) }

// hurry asks for pre-votes because a leader's process has ended, unless there is another one by now.
func (r *Raft) hurry() {
	if r.hurried && !r.timeStands() {
		r.hurried = false
		r.askForPreVotes()
	}
}

// stopAsking forgets what was granted: there is a leader, or a term, or a vote given to another.
func (r *Raft) stopAsking() {
	short := r.askings > 0 || r.gaveWay != 0
	r.granted, r.gaveWay, r.askings, r.asked, r.hurried = 0, 0, 0, 0, false
	if short {
		r.redraw()
	}
}

// receivePreVoteResponse counts a pre-vote for the term after the present one. A refusal is of a later term.
func (r *Raft) receivePreVoteResponse(m *protocol.Message) {
	if !m.Granted {
		learnsTerm(r, m)
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
	r.tellStranger(m.From)
	if r.sticks(m) || !r.handleRequestPreVote(m) {
		return
	}
	if n := len(r.taken.Messages); n > 0 && r.taken.Messages[n-1].Granted {
		r.giveWay(m)
	}
}

// giveWay has a replica that granted a pre-vote wait for what becomes of it. Of two that ask at the same time and would each grant
// it to the other, the one with the lower id goes first: each hears the other's request before the answer to its own, where
// messages keep their order. That is so once for each of the others, until there is a term or a leader: one that asks and can't
// hear what it is told holds nobody off for longer.
func (r *Raft) giveWay(m *protocol.Message) {
	if r.goesFirst(m) || !yields(r, m) {
		return
	}
	r.gaveWay = r.gaveWay.With(m.From)
	wait := r.cfg.HeartbeatTicks + r.stall.slowest.ticks()
	if r.hurried {
		r.clock.within(wait, 1)
	}
	r.granted, r.hurried = 0, false
	r.clock.atLeast(wait)
}

// goesFirst reports whether this replica asks too, and the other one's log is no better. It is no worse, or it had been
// granted nothing.
func (r *Raft) goesFirst(m *protocol.Message) bool {
	last := r.node.LastIndex()
	same := m.LastIndex == last && m.LastTerm == r.node.TermAt(last)
	return r.granted != 0 && same && r.cfg.ID < m.From
}

// retrySoon: another one campaigns in the same term, so most likely neither has a quorum. That is no sign of slow disks, and the
// next campaign need not wait for as long as if it were: only for a round trip and as long as the own vote took, since votes of
// others may decide this one yet, and some ticks that are drawn. It is so a few times in a row; where that gives no leader,
// something else is wrong.
func (r *Raft) retrySoon() {
	if r.clock.soon || r.clock.collided >= mostSoon || !retriesSoon() {
		return
	}
	r.clock.soon = true
	r.clock.collided++
	r.clock.failed = max(r.clock.failed-1, 0)
	r.clock.within(2+min(r.clock.asked, r.cfg.ElectionTicks)+r.clock.ownVote, r.cfg.HeartbeatTicks+1)
}

// mostSoon is how many campaigns that collided are followed by another one soon.
const mostSoon = 4

// askTheSilent asks those who have acknowledged nothing of late whether they hear their leader at all: what they would
// acknowledge may wait for their disks, and that answer waits for none.
func (r *Raft) askTheSilent() {
	for k := range r.peers {
		p := &r.peers[k]
		if r.inForce.AllVoters().Has(p.id) && p.ticksSinceAnswer > r.cfg.HeartbeatTicks && asksTheSilent() {
			r.confirmTerm(p.id)
		}
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
	if !mayLead(r) {
		r.giveUp()
	}
}

func (r *Raft) giveUp() {
	if !r.resign() {
		return
	}
	r.leader, r.transfer = protocol.Nil, transfer{}
	r.clock.failed = min(r.clock.failed+1, mostDoublings)
	r.redraw() // others first
}

// answered reports whether a quorum, the leader included, has answered it in its term of late.
func (r *Raft) answered() bool {
	reached := protocol.Nodes(r.cfg.ID)
	for k := range r.peers {
		if p := &r.peers[k]; p.ticksSinceAnswer < r.patienceWith(p) {
			reached = reached.With(p.id)
		}
	}
	return decides(r, reached)
}

// heldUp reports whether the leader's disk stands still while a quorum of others has more of the log than it.
func (r *Raft) heldUp() bool {
	if r.stall.ticks < r.diskPatience() {
		return false
	}
	var ahead protocol.NodeSet
	for k := range r.peers {
		p := &r.peers[k]
		if r.node.MatchIndex(p.id) > r.node.DurableIndex() && p.ticksSinceAck < r.cfg.ElectionTicks {
			ahead = ahead.With(p.id)
		}
	}
	return decides(r, ahead)
}
