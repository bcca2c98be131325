package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// peer is what policy knows of another replica. All but ticksSinceHeard is a leader's.
type peer struct {
	id       protocol.NodeID
	round    round
	farewell farewell // of one that leaves
	// cursor is where sending stands. Invariant: nextIndex-1 <= cursor <= LastIndex;
	// what lies between is sent and not yet acknowledged.
	cursor protocol.Index
	flight flight
	// allowed is how many messages with entries may be on their way: one after a refusal, and with each that is
	// acknowledged one more, up to the window. Who loses what it is sent is not sent a window full of it again
	// and again.
	allowed int
	// probing: entries wait until the peer agreed with what stands before the cursor.
	probing  bool
	probeDue bool           // a probe is to be sent now
	told     protocol.Index // what the peer may know to be committed, if nothing got lost
	newsLeft int            // messages for the sake of a commit index alone that it may have before the next tick

	ticksSinceHeard  int
	ticksSinceAck    int // since an acknowledgement of this term, refusals among them
	ticksSinceAnswer int // since that, or since it confirmed the term
	answered         bool
	slowest          slowest // answer of this term; before the first one, how long the votes took
}

func (p *peer) tick() {
	p.ticksSinceHeard++
	p.ticksSinceAck++
	p.ticksSinceAnswer++
	p.slowest.tick()
	p.newsLeft = newsATick
}

// peer returns the peer of that id, or nil. Clusters are small: a scan beats a table.
func (r *Raft) peer(id protocol.NodeID) *peer {
	for k := range r.peers {
		if r.peers[k].id == id {
			return &r.peers[k]
		}
	}
	return nil
}

// heard notes that a message of the peer came.
func (r *Raft) heard(m *protocol.Message) {
	if p := r.peer(m.From); p != nil {
		p.ticksSinceHeard = 0
	}
}

// start begins a term of leading behind cursor, in the hope that the peer has all before; last is how much there is.
func (p *peer) start(cursor, last protocol.Index) {
	p.round = round{goal: last}
	p.rewind(cursor)
	p.probing, p.newsLeft = false, newsATick
	p.ticksSinceAck, p.ticksSinceAnswer = 0, 0
	p.answered, p.slowest = false, slowest{}
	p.allowed = len(p.flight.sent)
}

// mayReceive reports whether one more message with entries may be on its way to the peer.
func (p *peer) mayReceive() bool { return !p.probing && p.flight.count < p.allowed }

// acknowledged takes out of the window what ends at match or before.
func (p *peer) acknowledged(match protocol.Index) {
	before := p.flight.count
	p.flight.acknowledge(match)
	p.allowed = min(p.allowed+before-p.flight.count, len(p.flight.sent))
}

// rewind takes back what was sent after cursor.
func (p *peer) rewind(cursor protocol.Index) {
	p.cursor = cursor
	p.flight.clear()
}

// probe asks whether the peer agrees up to cursor before anything more is sent.
func (p *peer) probe(cursor protocol.Index) {
	p.rewind(cursor)
	p.probing, p.probeDue = true, true
	p.allowed = 1
}

// flight is the messages with entries that are on their way, a ring.
type flight struct {
	sent  []sent
	first int
	count int
	bytes int // of all of them
}

// sent is a message with entries: the index of the last one, and their bytes.
type sent struct {
	end   protocol.Index
	bytes int
}

func newFlight(most int) flight { return flight{sent: make([]sent, most)} }

func (f *flight) clear() { f.first, f.count, f.bytes = 0, 0, 0 }

func (f *flight) push(end protocol.Index, bytes int) {
	at := f.first + f.count
	if at >= len(f.sent) {
		at -= len(f.sent)
	}
	f.sent[at] = sent{end, bytes}
	f.count++
	f.bytes += bytes
}

// acknowledge takes out what ends at match or before.
func (f *flight) acknowledge(match protocol.Index) {
	for f.count > 0 && f.sent[f.first].end <= match {
		f.bytes -= f.sent[f.first].bytes
		f.first++
		if f.first == len(f.sent) {
			f.first = 0
		}
		f.count--
	}
}
