package raft

// Timeouts are sized from what is measured. Config.ElectionTicks, the shortest, is how long a process in health may stand
// still on a machine that has other things to do too; no measurement of calm times can tell that, so nothing goes below it.
// Above it each time is twice the longest that it was needed of late, and bounded: a peer that is slow on purpose buys
// itself no more than that.
//
//	how long a leader may be silent    twice the longest silence of late that it broke, up to 2 election timeouts
//	how far apart campaigns are drawn  twice the longest sync of late, from a quarter of an election timeout to a whole one
//	how long a peer may answer nothing twice the longest that it did of late, up to 4 election timeouts
//	how long the own disk may stand    twice the longest sync of late, from 4 election timeouts to 16
//
// Who hears of a leader votes for nobody else for as long as the shortest election timeout, whatever was measured: so it
// never holds off one that was right to ask.

// decay is in how many ticks one tick of what was slow is forgotten.
const decay = 32

// slowest is the longest that something took of late.
type slowest struct{ parts int } // of a tick, decay of them

func (s *slowest) tick() { s.parts = max(0, s.parts-1) }

func (s *slowest) took(ticks int) { s.parts = max(s.parts, ticks*decay) }

func (s *slowest) ticks() int { return (s.parts + decay - 1) / decay }

// silence is how long a leader may be silent before this replica asks for pre-votes, at least.
func (r *Raft) silence() int {
	return min(max(allowed(r.silences.ticks()), r.cfg.ElectionTicks), 2*r.cfg.ElectionTicks)
}

// spread is how much longer that may be as drawn. Two that ask at the same time give way to one another, so it need not keep
// them apart; it has the second vote on the disk of the first before a third one asks.
func (r *Raft) spread() int {
	return min(max(allowed(r.stall.slowest.ticks()), 2, r.cfg.ElectionTicks/4), r.cfg.ElectionTicks)
}

// patienceWith is how long a leader waits for any answer of a peer. The first of a term may take as long as the votes did.
func (r *Raft) patienceWith(p *peer) int {
	return max(allowed(p.slowest.ticks()), r.cfg.ElectionTicks)
}

// noteAnswer notes that the peer answered in this term.
func (r *Raft) noteAnswer(p *peer) {
	if !p.answered { // until now that was how long its vote took
		p.answered, p.slowest = true, slowest{}
	}
	p.slowest.took(min(p.ticksSinceAnswer, 2*r.cfg.ElectionTicks))
	p.ticksSinceAnswer = 0
}

// diskPatience is how long a leader's disk may stand still while others go on.
func (r *Raft) diskPatience() int {
	return min(max(allowed(r.stall.slowest.ticks()), 4*r.cfg.ElectionTicks), 16*r.cfg.ElectionTicks)
}

// stall counts for how long a disk that has something to do has done nothing.
type stall struct {
	ticks   int
	mark    Mark
	slowest slowest // that has ended
}

// tick counts one, and remembers no more than `most` of them.
func (s *stall) tick(busy bool, durable Mark, most int) {
	s.slowest.tick()
	if busy && durable == s.mark {
		s.ticks++
		return
	}
	s.slowest.took(min(s.ticks, most))
	s.ticks, s.mark = 0, durable
}
