package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// electionClock counts the ticks without a leader (§5.2).
type electionClock struct {
	ticks   int // since the last sign of a leader, or of an election that may give one
	timeout int

	shortest int
	failed   int // campaigns since a leader was heard of, up to mostDoublings
	campaign int // ticks since the last one began
	random   random
}

// mostDoublings: a campaign that gave no leader has the next one wait for twice as long, up to 2^3 times. Disks
// slower than the timeout elect nobody else: a vote is on two of them before it counts.
const mostDoublings = 3

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
func (c *electionClock) redraw() { c.within(c.shortest << backOff(c.failed)) }

// within begins a time drawn from [least, 2·least).
func (c *electionClock) within(least int) {
	c.ticks = 0
	c.timeout = least + c.random.below(least)
}

// runsOut counts a tick and reports whether it was the last.
func (c *electionClock) runsOut() bool {
	c.ticks++
	return c.ticks >= c.timeout
}

// lengthen has it wait for a tick more.
func (c *electionClock) lengthen() {
	if c.timeout < 2*c.shortest<<mostDoublings {
		c.timeout++
	}
}

// tick lets a unit of time pass.
func (r *Raft) tick() {
	for k := range r.peers {
		r.peers[k].tick()
	}
	r.ticksSinceLeader++
	r.clock.campaign++
	r.stall.tick(r.node.Pending() > 0, r.durableMark())
	switch {
	case r.node.Role() == protocol.Leader:
		r.ticksSinceBeat++
		r.first.ticks++
		r.heartbeatDue = r.ticksSinceBeat >= r.cfg.HeartbeatTicks
		r.transfer.tick()
		r.repeatRound()
		r.resignIfUseless()
	case r.timeStands():
		if r.node.Role() == protocol.Candidate {
			r.clock.lengthen()
		}
	case r.clock.runsOut():
		r.askForPreVotes()
	}
}

// campaign asks for the votes of the next term.
func (r *Raft) campaign() {
	r.timeout()
	r.enterTerm()
	r.campaigned()
}

// campaigned: it has asked for votes, and waits for longer than the last time if that gives no leader.
func (r *Raft) campaigned() {
	r.clock.redraw()
	r.clock.campaign = 0
	r.clock.failed = min(r.clock.failed+1, mostDoublings)
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
	r.leader = r.cfg.ID
	r.ticksSinceBeat = 0
	for r.clock.failed < mostDoublings && r.patience() < 2*r.clock.campaign {
		r.clock.failed++ // its votes took long, and so will acknowledgements
	}
	for k := range r.peers {
		r.peers[k].start(r.node.NextIndex(r.peers[k].id) - 1)
	}
	r.clientRequest(protocol.NoOp)
	r.out.NoOp = r.node.LastIndex()
	r.first = firstEntry{index: r.out.NoOp}
}

// firstEntry is a leader's first of its term.
type firstEntry struct {
	index protocol.Index // 0: it is committed
	ticks int            // since it was appended
}

// learnFromFirst: where the first entry was soon on a majority's disks, disks were not why campaigns failed, and the leader
// need not be the more patient for them.
func (r *Raft) learnFromFirst() {
	if r.first.index == 0 || r.node.CommitIndex() < r.first.index {
		return
	}
	if r.first.ticks < r.cfg.ElectionTicks {
		r.clock.failed = 0
	}
	r.first.index = 0
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
	r.stopAsking()
	r.transfer = transfer{}
	r.term, r.leader = r.node.CurrentTerm(), protocol.Nil
}

// receiveRequestVote: who gave its vote waits for what becomes of it (§5.2).
func (r *Raft) receiveRequestVote(m *protocol.Message) {
	if r.sticks(m) {
		return
	}
	if r.handleRequestVote(m) && m.Term == r.node.CurrentTerm() && r.node.VotedFor() == m.From {
		r.stopAsking()
		r.clock.restart()
	}
}

// receiveAppendEntries: an append of the present term, refused or not, comes from the
// term's leader.
func (r *Raft) receiveAppendEntries(m *protocol.Message) {
	if r.handleAppendEntries(m) && m.Term == r.node.CurrentTerm() {
		r.enterTerm()
		r.stopAsking()
		if r.leader == protocol.Nil { // the time may have been a short one
			r.clock.redraw()
		}
		r.leader, r.ticksSinceLeader, r.clock.failed = m.From, 0, 0
		r.clock.restart()
	}
}
