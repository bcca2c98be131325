package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// electionClock counts the ticks without a leader (§5.2).
type electionClock struct {
	ticks   int // since the last sign of a leader, or of an election that may give one
	timeout int

	failed   int  // campaigns since a leader was heard of, up to mostDoublings
	collided int  // of them, those in which another one campaigned too, up to mostSoon
	soon     bool // the last one did
	campaign int  // ticks since the last one began
	ownVote  int  // of them, those in which its own vote was on the way to the disk
	asked    int  // ticks before it, from the first asking on, until pre-votes were granted: a round trip at least
	random   random
}

// mostDoublings: a campaign that gave no leader has the next one wait for twice as long, up to 2^3 times. Disks
// slower than the timeout elect nobody else: a vote is on two of them before it counts.
const mostDoublings = 3

// newElectionClock mixes the id in, so that replicas of one seed don't time out together.
func newElectionClock(cfg *Config) electionClock {
	mixed := random(cfg.Seed ^ uint64(cfg.ID)*golden)
	return electionClock{random: random(mixed.next())}
}

// restart begins the time anew.
func (c *electionClock) restart() { c.ticks = 0 }

// within begins a time drawn from [least, least+spread).
func (c *electionClock) within(least, spread int) {
	c.ticks = 0
	c.timeout = least + c.random.below(spread)
}

// atLeast has it wait for so many ticks more.
func (c *electionClock) atLeast(ticks int) {
	if c.timeout-c.ticks < ticks {
		c.ticks, c.timeout = 0, ticks
	}
}

// runsOut counts a tick and reports whether it was the last.
func (c *electionClock) runsOut() bool {
	c.ticks++
	return c.ticks >= c.timeout
}

// tick lets a unit of time pass.
func (r *Raft) tick() {
	for k := range r.peers {
		r.peers[k].tick()
	}
	r.tellLeaving()
	r.ticksSinceLeader++
	r.doubts = max(0, r.doubts-1)
	r.silences.tick()
	r.clock.campaign++
	if r.askings > 0 {
		r.asked++
	}
	r.stall.tick(r.node.Pending() > 0, r.durableMark(), 8*r.cfg.ElectionTicks)
	switch {
	case r.node.Role() == protocol.Leader:
		r.ticksSinceBeat++
		r.heartbeatDue = r.ticksSinceBeat >= r.cfg.HeartbeatTicks
		r.transfer.tick()
		r.measureRounds()
		r.repeatRound()
		r.askTheSilent()
		r.resignIfUseless()
	case r.timeStands():
		if r.node.Role() == protocol.Candidate {
			r.waitForOwnVote()
		}
	case r.clock.runsOut():
		r.askForPreVotes()
	}
}

// campaign asks for the votes of the next term.
func (r *Raft) campaign() {
	asked := r.asked
	r.timeout()
	r.enterTerm()
	r.campaigned()
	r.clock.asked = asked
}

// campaigned: it has asked for votes, and waits for longer than the last time if that gives no leader.
func (r *Raft) campaigned() {
	r.redraw()
	r.clock.campaign, r.clock.ownVote, r.clock.asked, r.clock.soon = 0, 0, 0, false
	r.clock.failed = min(r.clock.failed+1, mostDoublings)
}

// redraw begins a new time: two that timed out together don't do so again.
func (r *Raft) redraw() {
	least, spread := r.silence(), r.spread()
	if n := backOff(r.clock.failed); n > 0 {
		least <<= n
		spread = least
	}
	r.clock.within(least, spread)
}

// waitForOwnVote has a candidate wait for a tick more.
func (r *Raft) waitForOwnVote() {
	if r.clock.timeout < 2*r.cfg.ElectionTicks<<mostDoublings {
		r.clock.timeout++
		r.clock.ownVote++
	}
}

// timeStands: time does not run while anything is on its way to the disk. A candidate's requests have not left before
// its own vote is durable, and who has given a vote, durable or not, waits for what becomes of it: with a disk
// slower than the timeout every vote would otherwise be of a term that is over. A disk that stands still does not
// campaign: it could not vote for itself. As long as a candidate's own vote took it waits for those of others, beside its
// timeout: their disks may be as slow.
func (r *Raft) timeStands() bool { return r.node.Pending() > 0 }

// lead makes a candidate with the votes of a quorum the leader, and has it append an entry
// of its own term at once: nothing earlier can commit before (§5.4.2, §8). On an empty log
// that is the bootstrap entry.
func (r *Raft) lead() {
	if !r.becomeLeader() {
		return
	}
	r.stopAsking()
	r.leader = r.cfg.ID
	r.ticksSinceBeat, r.goes = 0, false
	r.bidThoseBefore()
	for k := range r.peers {
		p := &r.peers[k]
		p.start(r.node.NextIndex(p.id)-1, r.node.NextIndex(p.id))
		p.slowest.took(min(r.clock.campaign, r.cfg.ElectionTicks<<mostDoublings))
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
		r.redraw()
	}
	r.stopAsking()
	r.transfer = transfer{}
	r.term, r.leader, r.led, r.doubts = r.node.CurrentTerm(), protocol.Nil, false, 0
}

// receiveRequestVote: who gave its vote waits for what becomes of it (§5.2).
func (r *Raft) receiveRequestVote(m *protocol.Message) {
	if r.sticks(m) {
		return
	}
	collides := r.node.Role() == protocol.Candidate && m.Term == r.node.CurrentTerm()
	if !r.handleRequestVote(m) {
		return
	}
	if collides {
		r.retrySoon()
	}
	if m.Term == r.node.CurrentTerm() && r.node.VotedFor() == m.From {
		r.stopAsking()
		r.clock.restart()
	}
}

// receiveAppendEntries: an append of the present term, refused or not, comes from the
// term's leader.
func (r *Raft) receiveAppendEntries(m *protocol.Message) {
	if answersLeader(r, m) {
		r.hearLeader(m)
	}
}

// hearLeader: what came of a leader is a sign of its life, unless its term is over.
func (r *Raft) hearLeader(m *protocol.Message) {
	if m.Term != r.node.CurrentTerm() {
		return
	}
	r.enterTerm()
	if r.doubts > 0 {
		return // it may have left before its sender ended
	}
	r.stopAsking()
	if r.led { // by the same one: a term has no other
		r.silences.took(min(r.ticksSinceLeader, r.cfg.ElectionTicks))
	}
	r.leader, r.led, r.ticksSinceLeader = m.From, true, 0
	r.clock.failed, r.clock.collided = 0, 0
	r.redraw()
}
