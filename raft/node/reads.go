package node

import (
	"errors"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// What only reads takes no entry and waits for no disk. A leader's core asks whether anybody knows of a later term; when a quorum
// has said that it does not, the read may be answered from what is applied, up to the index that the core names. Those
// that wait are asked for together.
//
// Nothing that reads is ever uncertain: it changed nothing. So what a leader dropped, or did not answer, goes to the next
// one, until its deadline.
//
// It is answered at log time, which entries alone move on. What an entry of now would answer otherwise, since a window is over or what
// is left of it is told, takes one after all: so whatever is told to be over is so for every later leader.

// reads are the proposals that only read and are in no log.
type reads struct {
	waiting queue // for a leader
	asked   fifo  // given to the core; told or not, they stay until it has told of them
	ready   queue // confirmed: answered in turn, once enough is applied
	inLog   bool  // some that needed an entry may wait for it
	pending int   // without a verdict, in the log too
}

// len is how many are in no log, those among them that were told already.
func (r *reads) len() int { return r.waiting.len() + r.asked.len() + r.ready.len() }

// bytes are of all that wait and are in no log.
func (r *reads) bytes() int { return r.waiting.bytes + r.asked.bytes + r.ready.bytes }

// answersARound bounds what is made of answers to reads in one round, in bytes; the one that reaches it may exceed it.
const answersARound = 1 << 20

// queueOf returns where a proposal waits to be taken.
func (r *Replica) queueOf(p *proposal) *queue {
	if takesNoEntry(p.waiter.reads, p.logged) {
		return &r.reads.waiting
	}
	return &r.queue
}

// untaken are the queues of what no leader has taken.
func (r *Replica) untaken() [2]*queue { return [...]*queue{&r.queue, &r.reads.waiting} }

// queues are all of them.
func (r *Replica) queues() [3]*queue { return [...]*queue{&r.queue, &r.reads.waiting, &r.reads.ready} }

// waitingBytes is of all that is in no log.
func (r *Replica) waitingBytes() int { return r.queue.bytes + r.reads.bytes() }

// waitingCount is how many are in no log.
func (r *Replica) waitingCount() int { return r.queue.len() + r.reads.len() }

// askForReads gives all that waits to the leader's core.
func (r *Replica) askForReads() error {
	n := r.reads.waiting.len()
	if n == 0 {
		return nil
	}
	for p, ok := r.reads.waiting.pop(); ok; p, ok = r.reads.waiting.pop() {
		r.reads.asked.push(p)
	}
	return r.step(raft.Read(n))
}

// noteReads takes what the core tells of what it was given.
func (r *Replica) noteReads(told raft.Reads) {
	if told.Confirmed+told.Dropped == 0 {
		return
	}
	now := r.host.Now()
	for range told.Confirmed {
		p, _ := r.reads.asked.pop()
		if to, asks := p.waiter.to.(*probe); asks { // of the index alone
			r.endProbe(to, told.Index, nil)
			r.told(&p.waiter)
			continue
		}
		p.index, p.waiter.arrived = told.Index, now // from now on it waits for nothing but its turn
		r.reads.ready.push(p, now)
	}
	for range told.Dropped {
		p, _ := r.reads.asked.pop()
		if dropped(r, &p) {
			r.giveBack(p)
		}
	}
}

// giveBack has a read wait for a leader again, where it was. What it has waited for so far was no room.
func (r *Replica) giveBack(p proposal) {
	if p.waiter.to != nil {
		p.waiter.arrived = restarted(p.waiter.arrived, r.host.Now())
		r.hopped = r.hopped || p.waiter.isRemote()
		r.returned = append(r.returned, p)
	}
}

// answerReads answers what is confirmed and applied, as far as a round goes, and reports whether there is more to do.
func (r *Replica) answerReads() (more bool) {
	q := &r.reads.ready
	for bytes := 0; q.len() > 0; {
		if isEnough(bytes) {
			return true
		}
		q.fill(0, true)
		if !isReadable(r.applied, q.live()[0].index) {
			return more
		}
		p, _ := q.pop()
		answered, carried := r.answerRead(&p)
		bytes, more = bytes+answered, more || carried
	}
	return more
}

// answerRead answers a read, or has it take an entry: then there is something to propose or to send.
func (r *Replica) answerRead(p *proposal) (bytes int, carried bool) {
	if p.waiter.to == nil {
		return 0, false
	}
	answers, apart, same := r.machine.AppendRead(r.payload[:0], p.commands, r.clock.next(r.host))
	if r.payload = answers; same {
		r.tell(&p.waiter, apart)
		return len(answers), false
	}
	if p.waiter.isRemote() {
		r.verdict(&p.waiter, errNeedsEntry)
	} else {
		p.logged = true
		r.giveBack(*p)
	}
	return len(p.commands), true
}

// keepRead keeps what a read that goes into the log is asked again with.
func (r *Replica) keepRead(p *proposal) {
	if p.waiter.reads {
		again := *p
		p.waiter.again, r.reads.inLog = &again, true
	}
}

// askAgain has a read that is in the log wait for a leader again. Should its entry be applied yet, nobody waits for that.
func (r *Replica) askAgain(w *waiter) {
	p := *w.again
	p.waiter.to = w.to
	r.giveBack(p)
	w.to, w.again = nil, nil
}

// returnReadsInLog takes back the reads that wait for entries of this replica's, where it leads no more.
func (r *Replica) returnReadsInLog() {
	if !r.reads.inLog || r.core.Role() == protocol.Leader {
		return
	}
	r.reads.inLog = false
	for k := range r.open {
		for j := range r.open[k].waiters {
			if w := &r.open[k].waiters[j]; asksAgain(w) {
				r.askAgain(w)
			}
		}
	}
}

// readAgain reports whether a leader's verdict on a read, or none, leaves it to be asked for again.
func readAgain(p *proposal, err error) bool {
	return p.waiter.reads && (!errors.Is(err, ErrNotApplied) || errors.Is(err, ErrReplaced))
}

// returnReads takes back what was sent to a leader that another one has followed.
func (r *Replica) returnReads(call *forwardedCall) {
	for k := range call.proposals {
		r.returnOrTell(call.to, &call.proposals[k], ErrBroken)
	}
}

// stopReads tells all that wait that the replica has stopped.
func (r *Replica) stopReads() {
	for _, q := range []*queue{&r.reads.waiting, &r.reads.ready} {
		q.each(func(p *proposal) { r.verdict(&p.waiter, errStoppedBefore) })
	}
	r.eachAsked(func(w *waiter) { r.verdict(w, errStoppedBefore) })
	r.reads = reads{}
}

// eachAsked gives all that wait for the core.
func (r *Replica) eachAsked(do func(*waiter)) {
	live := r.reads.asked.live()
	for k := range live {
		do(&live[k].waiter)
	}
}
