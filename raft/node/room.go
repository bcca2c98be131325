package node

import (
	"github.com/eventstreamcore/semel/raft/protocol"
)

// A record is given to the host only where it is known to fit: what the core has appended has to be written, and a log
// that can't take it has failed. So what would write more than the log has room for never reaches the core. A
// message is dropped, as if the network had lost it; a tick is left out, as if the clock were late; a proposal is
// refused. The last of the room is kept for what may not be refused: see keptBack.

// Room is what the log of a replica can still take. Bytes are counted as RecordBytes counts them.
type Room struct {
	Sure   int64 // records of so many bytes in all fit, in any order
	Coming bool  // more is being made: what does not fit now may wait for it
}

// Purpose is what the commands of a proposal want room for. What comes last here is refused last.
type Purpose uint8

// The purposes.
const (
	Begin  Purpose = iota // new work
	Look                  // reads, which are entries of the log as well
	Finish                // the end of work that was begun, or of what is kept of it
	follow                // what a leader sends
)

const (
	recordHeadBytes = 96
	entryHeadBytes  = 24

	// vitalBytes has room for a vote or a term, and for the first entry of the leader that it may make of this replica.
	vitalBytes = 512
)

// RecordBytes is the most that a host's log takes for a record of so many entries, with payloads of so many bytes in all.
func RecordBytes(entries, payloads int) int64 {
	return recordHeadBytes + entryHeadBytes*int64(entries) + int64(payloads)
}

// takes reports whether whatever the core may write for a message fits.
func (r *Replica) takes(m *protocol.Message, payloads int) bool {
	sure, n := r.host.Room().Sure, int(m.Entries.Len())
	if n > 0 {
		return sure-RecordBytes(n, payloads) >= keptBack(&r.cfg, follow)
	}
	return sure >= vitalBytes || m.Term == r.core.Term() && writesNothing(m)
}

// writesNothing: of what a replica may hear in its own term, votes alone change what is on disk; and what has it campaign.
func writesNothing(m *protocol.Message) bool {
	switch m.Type {
	case protocol.AppendEntries, protocol.AppendEntriesResponse, protocol.ConfirmTerm, protocol.ConfirmTermResponse:
		return true
	}
	return false
}

// mayTick reports whether what a tick may do fits: only who does not lead writes for one, when it campaigns.
func (r *Replica) mayTick() bool {
	return r.host.Room().Sure >= vitalBytes || r.core.Role() == protocol.Leader
}

// lack notes that something was dropped for want of room. For a while then the leader is not told again and again that
// this replica agrees with it: each time it would send what it may, to be dropped.
func (r *Replica) lack() {
	r.dropped++
	r.quietTicks = quietTicks
}

// quietTicks are how many ticks an acknowledgement with no news is kept back for.
const quietTicks = 25

// isOldNews reports whether a message tells a leader nothing but that it may send more than there is room for.
func (r *Replica) isOldNews(m *protocol.Message) bool {
	if m.Type != protocol.AppendEntriesResponse || !m.Success {
		return false
	}
	old := m.Term == r.toldLeader.term && m.Match <= r.toldLeader.match
	r.toldLeader = acknowledged{m.Term, m.Match}
	return old && keepsQuiet(r.quietTicks)
}

// acknowledged is what a leader was told last.
type acknowledged struct {
	term  protocol.Term
	match protocol.Index
}

// proposalBytes is the most that a proposal adds to the log.
func proposalBytes(p *proposal) int64 { return RecordBytes(1, headBytes+len(p.commands)) }

// spendable returns how many bytes of entries may be proposed now. Where no more room is coming, it refuses first what
// there is none for, the oldest last.
func (r *Replica) spendable() int64 {
	room, most := r.host.Room(), RecordBytes(r.queue.len(), r.queue.bytes)+(recordHeadBytes+headBytes)*int64(r.queue.len())
	plenty := room.Sure-most >= keptBack(&r.cfg, Begin)
	if !r.majorityHasRoom(Begin) {
		r.refuseWhat(func(p *proposal) bool { return !r.majorityHasRoom(r.machine.Purpose(p.commands)) })
	}
	switch {
	case plenty:
		return room.Sure
	case room.Coming:
		return room.Sure - keptBack(&r.cfg, Begin)
	case r.awaitsNews():
		r.relief.wanted = true
		return room.Sure - keptBack(&r.cfg, Begin)
	case r.mayRelieve():
		r.relief.due = true // what does not fit waits for another leader
		return room.Sure - keptBack(&r.cfg, Begin)
	}
	left := room.Sure
	r.refuseWhat(func(p *proposal) (refused bool) {
		after := left - proposalBytes(p)
		if after >= keptBack(&r.cfg, r.machine.Purpose(p.commands)) {
			left = after
			return false
		}
		return true
	})
	return room.Sure
}

// refuseWhat refuses the proposals that wait and for which there is no room.
func (r *Replica) refuseWhat(isRefused func(*proposal) bool) {
	r.queue.each(func(p *proposal) {
		if isRefused(p) {
			r.refused++
			r.verdict(&p.waiter, ErrNoRoom)
		}
	})
	r.queue.remove(isTold, func(*waiter) {})
}

// entryBytes is the most that the log takes for the entry of n proposals, from the one at from.
func (q *queue) entryBytes(from, n int) int64 {
	bytes := int64(entryHeadBytes + headBytes)
	for _, p := range q.live()[from : from+n] {
		bytes += int64(len(p.commands))
	}
	return bytes
}
