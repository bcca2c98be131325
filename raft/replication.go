package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Flow control. A peer is sent entries ahead of its acknowledgements as far as its window
// allows. An empty append at the cursor is heartbeat, probe and news of a commit index in
// one: a peer that lacks what stands before the cursor refuses it, so lost entries are
// found; a peer that has it acknowledges it, so lost acknowledgements are made good. On a
// refusal the cursor goes back to nextIndex and the peer is probed, until it agrees; then it is
// sent one message, and as it acknowledges more at a time. Windows are bounded in messages,
// entries and bytes.

// replicate sends each peer what it may be sent.
func (r *Raft) replicate() {
	for k := range r.peers {
		p := &r.peers[k]
		r.sendEntries(p)
		news := r.hasNews(p)
		if news {
			p.newsLeft--
		}
		if r.heartbeatDue || p.probeDue || news {
			r.send(p, 0, 0)
		}
	}
	if r.heartbeatDue {
		r.ticksSinceBeat, r.heartbeatDue = 0, false
	}
}

// sendEntries sends p what it has not been sent, within its window.
func (r *Raft) sendEntries(p *peer) {
	for p.mayReceive() {
		n := min(uint64(r.node.LastIndex()-p.cursor), uint64(r.cfg.MaxEntriesPerMessage), r.room(p))
		if n == 0 {
			return
		}
		n, bytes := r.fit(p, n)
		if n == 0 {
			return
		}
		r.send(p, n, bytes)
	}
}

// fit is how many of the n entries after the cursor p may be sent in one message, within the
// bytes of its window, and their bytes. With nothing on its way one entry may have any size.
func (r *Raft) fit(p *peer, n uint64) (count uint64, bytes int) {
	if r.cfg.Fit == nil {
		return n, 0
	}
	room := r.cfg.MaxInflightBytes - p.flight.bytes
	if room <= 0 {
		return 0, 0
	}
	count, bytes = r.cfg.Fit(p.id, p.cursor, n, min(room, r.cfg.MaxBytesPerMessage))
	assert(count <= n, "of n entries at most n fit")
	if bytes > room && p.flight.count > 0 {
		return 0, 0
	}
	return count, bytes
}

// inflightEntries is how many entries p was sent and has not acknowledged: nextIndex
// moves with acknowledgements only, the cursor with sending.
func (r *Raft) inflightEntries(p *peer) uint64 {
	return uint64(p.cursor - r.resumes(p))
}

// resumes is behind where p would be sent entries again: nextIndex, or what is forgotten.
func (r *Raft) resumes(p *peer) protocol.Index {
	return max(r.node.NextIndex(p.id)-1, r.node.SnapshotIndex())
}

// room is how many entries more p may be sent.
func (r *Raft) room(p *peer) uint64 {
	most := uint64(r.cfg.MaxInflightEntries)
	return most - min(most, r.inflightEntries(p))
}

// send sends p the n entries after the cursor, of so many bytes; none is a heartbeat.
func (r *Raft) send(p *peer, n uint64, bytes int) {
	sent := r.appendEntries(p.id, p.cursor, n)
	assert(sent, "a cursor stays between nextIndex, or the log's base, and its end")
	p.cursor += protocol.Index(n)
	if n > 0 {
		p.flight.push(p.cursor, bytes)
	}
	p.probeDue = false
	p.told = min(r.node.CommitIndex(), p.cursor)
}

// newsATick is how many empty messages a tick a peer is sent for the sake of news.
const newsATick = 4

// hasNews: an idle peer is told of a new commit index at once. Where more entries are on
// their way the next append will tell it, at no cost; where none are it would wait for
// a heartbeat, and apply that much later. A few empty messages a tick are the better
// price. One a commit would not be: a lone client that asks again as soon as it is
// answered makes every commit look like the last, and each then costs twice the messages.
func (r *Raft) hasNews(p *peer) bool {
	idle := !p.probing && p.flight.count == 0 && p.cursor == r.node.LastIndex()
	return idle && p.newsLeft > 0 && p.told < r.node.CommitIndex()
}

// receiveAppendEntriesResponse moves the peer's window by what the mechanism learnt.
func (r *Raft) receiveAppendEntriesResponse(m *protocol.Message) {
	next := r.node.NextIndex(m.From)
	if !r.handleAppendEntriesResponse(m) {
		r.stepDown(m)
		return
	}
	p := r.peer(m.From)
	if p == nil { // it was removed
		return
	}
	p.ticksSinceAck = 0
	r.noteAnswer(p)
	if m.Success {
		r.accepted(p)
		return
	}
	r.refused(p, m, r.node.NextIndex(m.From) < next)
}

// accepted takes what is acknowledged out of the window. A success proves that the peer
// agrees up to matchIndex, and nextIndex stands right behind that: no need to probe.
func (r *Raft) accepted(p *peer) {
	p.cursor = max(p.cursor, r.node.NextIndex(p.id)-1)
	p.acknowledged(r.node.MatchIndex(p.id))
	p.probing = false
	r.noteFarewell(p)
}

// refused goes back to where the mechanism would resume, and asks there. Of the many
// refusals that a full window brings, one does so: while a probe is out only a refusal
// that lowered nextIndex is news.
//
// A peer that agreed up to matchIndex when it refused would have hinted at that or more,
// since terms never fall along a log; a lower hint is from before, and says nothing now.
func (r *Raft) refused(p *peer, m *protocol.Message, lowered bool) {
	late := m.Hint < r.node.MatchIndex(p.id)
	if late || (p.probing && !lowered) {
		return
	}
	p.probe(r.resumes(p))
}
