package node

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// headBytes is room for the head of an entry of commands.
const headBytes = 32

// propose takes a local proposal into the queue, or refuses it.
func (r *Replica) propose(e *Event) {
	w := waiter{to: e.waiter, answers: e.answers, arrived: r.host.Now() - e.age, deadline: e.deadline}
	r.admit(proposal{commands: e.bytes, waiter: w})
}

// admit queues a proposal, or says why not.
func (r *Replica) admit(p proposal) {
	r.pending++
	if p.waiter.reads = r.machine.OnlyReads(p.commands); p.waiter.reads {
		r.reads.pending++
	}
	r.needs(&p)
	if err := r.refusal(&p); err != nil {
		r.verdict(&p.waiter, err)
		return
	}
	r.admitted++
	p.number = r.admitted
	r.hopped = r.hopped || p.waiter.isRemote()
	r.queueOf(&p).push(p, r.host.Now())
	r.earliest = min(r.earliest, p.waiter.deadline)
}

func (r *Replica) refusal(p *proposal) error {
	switch {
	case p.waiter.answers < 1 || p.waiter.answers > r.cfg.MaxEntryAnswers:
		return fmt.Errorf("%w: %d answers, one entry has 1 to %d", ErrInvalid, p.waiter.answers, r.cfg.MaxEntryAnswers)
	case len(p.commands) > r.cfg.MaxEntryBytes-headBytes:
		return fmt.Errorf("%w: %d bytes, one entry has room for %d", ErrInvalid, len(p.commands), r.cfg.MaxEntryBytes-headBytes)
	case r.loading():
		return ErrLoading
	case r.pending > r.cfg.MaxPending || r.waitingBytes()+len(p.commands) > r.cfg.MaxPendingBytes:
		return ErrOverloaded
	case p.waiter.reads && !r.roomForReads(len(p.commands)):
		return ErrOverloaded
	}
	if now := r.host.Now(); isOverdue(now-p.waiter.arrived, r.patience(r.queueOf(p), now)) {
		return ErrOverloaded
	}
	return nil
}

// roomForReads reports whether so many more bytes of reads may wait: they take half of what may be pending, so that however many
// ask, those who write find room. Those that a leader's core was given stay until it tells of them, their deadlines over or not, and count as long.
func (r *Replica) roomForReads(bytes int) bool {
	return isHalf(max(r.reads.pending, r.reads.len()+1), r.cfg.MaxPending) && isHalf(r.reads.bytes()+bytes, r.cfg.MaxPendingBytes)
}

// proposeWaiting appends what waits, unless a sync runs that is worth waiting for: then it waits on and becomes one entry with
// what joins it; and asks for what only reads. Who does not lead sends both to the leader.
func (r *Replica) proposeWaiting() error {
	r.takeBack()
	if r.queue.len()+r.reads.waiting.len() == 0 {
		return nil
	}
	r.refuseOverdue()
	if r.core.Role() != protocol.Leader {
		r.passOn()
		return nil
	}
	leaves := r.core.Transferring() != protocol.Nil
	if !leaves {
		r.endSearch()
	}
	r.refuseEarly()
	if err := r.askForReads(); err != nil || r.queue.len() == 0 {
		return err
	}
	if leaves {
		waitForSuccessor(&r.search)
		return nil
	}
	for r.mayAppend() && r.queue.len() > 0 {
		n := r.plan()
		if n == 0 {
			return nil
		}
		r.build(r.core.Term(), n) // before the step, which asks for the entries' bytes
		out := r.core.Step(raft.Proposed(n))
		assert(out.Proposed.Count == n && out.Proposed.First == r.source.first, "a leader appends what is proposed")
		if err := r.execute(out); err != nil {
			return err
		}
	}
	return nil
}

// plan returns how many entries to append at once.
func (r *Replica) plan() int {
	room := r.cfg.MaxUncommitted - int(r.lastIndex-r.settled())
	bytes := r.cfg.MaxUncommittedBytes - r.cache.bytesAfter(r.settled())
	n, from, left := 0, 0, r.spendable()-recordHeadBytes
	if flow := r.pace.room(r.outpacesOwnDisk()); flow > 0 || r.pace.inLog == 0 {
		r.queue.fill(flow, r.pace.inLog == 0)
	}
	for n < min(room, r.cfg.Raft.MaxEntriesPerMessage) && bytes > 0 && from < r.queue.line.len() {
		joined := r.queue.joined(from, headBytes, &r.cfg)
		if left -= r.queue.entryBytes(from, joined); !mayHandle(left >= 0) {
			return n
		}
		for k := range joined {
			bytes -= len(r.queue.live()[from+k].commands)
		}
		from += joined
		n++
	}
	return n
}

// build makes the payloads of the n entries that are appended next, in a term, and keeps who waits for them.
func (r *Replica) build(term protocol.Term, n int) {
	r.source.reset(r.lastIndex + 1)
	stamp := r.clock.next(r.host)
	for k := range n {
		entry := openEntry{index: r.lastIndex + 1 + protocol.Index(k), term: term, waiters: r.spareWaiters()}
		r.source.payloads = append(r.source.payloads, r.join(&entry, stamp))
		r.pace.appended(entry.bytes)
		entry.appended, entry.inFlight = r.host.Now(), r.pace.inLog
		r.open = append(r.open, entry)
	}
}

// join takes the proposals of one entry out of the queue and returns its payload.
func (r *Replica) join(entry *openEntry, stamp uint64) []byte {
	n := r.queue.joined(0, headBytes, &r.cfg)
	bytes := headBytes
	for k := range n {
		bytes += len(r.queue.live()[k].commands)
	}
	entry.bytes = bytes
	payload := r.machine.AppendHeader(make([]byte, 0, bytes), stamp)
	place := 0
	for range n {
		p, _ := r.queue.pop()
		payload = append(payload, p.commands...)
		r.keepRead(&p)
		p.waiter.place = place
		place += p.waiter.answers
		entry.waiters = append(entry.waiters, p.waiter)
	}
	return payload
}

func (r *Replica) spareWaiters() []waiter {
	n := len(r.spare)
	if n == 0 {
		return nil
	}
	w := r.spare[n-1]
	r.spare = r.spare[:n-1]
	return w
}
