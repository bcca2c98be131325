package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// peer is what policy knows of another replica. All but ticksSinceHeard is a leader's.
type peer struct {
	id protocol.NodeID
	// cursor is where sending stands. Invariant: nextIndex-1 <= cursor <= LastIndex;
	// what lies between is sent and not yet acknowledged.
	cursor protocol.Index
	flight flight
	// probing: entries wait until the peer agreed with what stands before the cursor.
	probing  bool
	probeDue bool           // a probe is to be sent now
	told     protocol.Index // what the peer may know to be committed, if nothing got lost
	newsLeft int            // messages for the sake of a commit index alone that it may have before the next tick

	ticksSinceHeard int
}

func newPeers(cfg *Config) []peer {
	var peers []peer
	for j := cfg.Servers.Next(protocol.Nil); j != protocol.Nil; j = cfg.Servers.Next(j) {
		if j != cfg.ID {
			peers = append(peers, peer{id: j, flight: newFlight(cfg.MaxInflightMessages)})
		}
	}
	return peers
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

// start begins a term of leading behind cursor, in the hope that the peer has all before.
func (p *peer) start(cursor protocol.Index) {
	p.rewind(cursor)
	p.probing, p.newsLeft = false, newsATick
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
}

// flight is the messages with entries that are on their way, a ring of their last indexes.
type flight struct {
	ends  []protocol.Index
	first int
	count int
}

func newFlight(most int) flight { return flight{ends: make([]protocol.Index, most)} }

func (f *flight) full() bool { return f.count == len(f.ends) }

func (f *flight) clear() { f.first, f.count = 0, 0 }

func (f *flight) push(end protocol.Index) {
	at := f.first + f.count
	if at >= len(f.ends) {
		at -= len(f.ends)
	}
	f.ends[at] = end
	f.count++
}

// acknowledge takes out what ends at match or before.
func (f *flight) acknowledge(match protocol.Index) {
	for f.count > 0 && f.ends[f.first] <= match {
		f.first++
		if f.first == len(f.ends) {
			f.first = 0
		}
		f.count--
	}
}
