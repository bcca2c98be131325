package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// electionClock counts the ticks without a leader (§5.2).
type electionClock struct {
	ticks   int // since the last sign of a leader, or of an election that may give one
	timeout int // drawn from [shortest, 2·shortest)

	shortest int
	random   random
}

// newElectionClock mixes the id in, so that replicas of one seed don't time out together.
func newElectionClock(cfg *Config) electionClock {
	mixed := random(cfg.Seed ^ uint64(cfg.ID)*golden)
	c := electionClock{shortest: cfg.ElectionTicks, random: random(mixed.next())}
	c.redraw()
	return c
}

// restart begins the time anew.
func (c *electionClock) restart() { c.ticks = 0 }

// redraw begins a new time: two that timed out together don't do so again.
func (c *electionClock) redraw() {
	c.ticks = 0
	c.timeout = c.shortest + c.random.below(c.shortest)
}

// runsOut counts a tick and reports whether it was the last.
func (c *electionClock) runsOut() bool {
	c.ticks++
	return c.ticks >= c.timeout
}

// tick lets a unit of time pass.
func (r *Raft) tick() {
	for k := range r.peers {
		r.peers[k].ticksSinceHeard++
		r.peers[k].newsLeft = newsATick
	}
	switch {
	case r.node.Role() == protocol.Leader:
		r.ticksSinceBeat++
		r.heartbeatDue = r.ticksSinceBeat >= r.cfg.HeartbeatTicks
	case r.campaignStands():
	case r.clock.runsOut():
		r.campaign()
	}
}

// campaign asks for the votes of the next term.
func (r *Raft) campaign() {
	r.timeout()
	r.enterTerm()
	r.clock.redraw()
}

// campaignStands: a candidate's time does not run before its requests have left, which
// is when its own vote is durable. Otherwise a disk slower than the timeout would have
// every request leave in a term that is over, and nobody could win.
func (r *Raft) campaignStands() bool {
	return r.node.Role() == protocol.Candidate && r.node.Pending() > 0
}

// lead makes a candidate with the votes of a quorum the leader, and has it append an entry
// of its own term at once: nothing earlier can commit before (§5.4.2, §8). On an empty log
// that is the bootstrap entry.
func (r *Raft) lead() {
	if !r.becomeLeader() {
		return
	}
	r.leader = r.cfg.ID
	r.ticksSinceBeat = 0
	for k := range r.peers {
		r.peers[k].start(r.node.NextIndex(r.peers[k].id) - 1)
	}
	r.clientRequest(protocol.NoOp)
	r.out.NoOp = r.node.LastIndex()
}

// enterTerm forgets what held in an earlier term. Who led it waits as long as anybody for
// the next one.
func (r *Raft) enterTerm() {
	if r.node.CurrentTerm() == r.term {
		return
	}
	if r.leader == r.cfg.ID {
		r.clock.redraw()
	}
	r.term, r.leader = r.node.CurrentTerm(), protocol.Nil
}

// receiveRequestVote: who gave its vote waits for what becomes of it (§5.2).
func (r *Raft) receiveRequestVote(m *protocol.Message) {
	if r.handleRequestVote(m) && m.Term == r.node.CurrentTerm() && r.node.VotedFor() == m.From {
		r.clock.restart()
	}
}

// receiveAppendEntries: an append of the present term, refused or not, comes from the
// term's leader.
func (r *Raft) receiveAppendEntries(m *protocol.Message) {
	if r.handleAppendEntries(m) && m.Term == r.node.CurrentTerm() {
		r.enterTerm()
		r.leader = m.From
		r.clock.restart()
	}
}
