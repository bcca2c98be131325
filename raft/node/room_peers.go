package node

import "github.com/eventstreamcore/semel/raft/protocol"

// A leader with room whose followers have none could commit nothing, and its clients would wait and be told that nobody
// knows. So a follower says, with each acknowledgement or refusal of an append, which purposes it has room for, and a
// leader refuses what a majority has no room for, before it is in any log. It is news, not a promise: who says it late or
// never is found out by what is not committed.

// scarcity is the first purpose that this replica has room for; Begin: for all.
func (r *Replica) scarcity() Purpose {
	room := r.host.Room()
	for p := Begin; p < follow; p++ {
		if room.Coming || room.Sure >= keptBack(&r.cfg, p) {
			return p
		}
	}
	return follow
}

// attachScarcity is what goes with a message that has no entries.
func (r *Replica) attachScarcity(m *protocol.Message) []byte {
	if m.Type != protocol.AppendEntriesResponse {
		return nil
	}
	if p := r.scarcity(); p > Begin {
		return []byte{byte(p)}
	}
	return nil
}

// hearScarcity notes what came with a message, and returns what is left of that.
func (r *Replica) hearScarcity(m *protocol.Message, attached []byte) []byte {
	if m.Type != protocol.AppendEntriesResponse || !r.cfg.Raft.Servers.Has(m.From) {
		return attached
	}
	switch {
	case len(attached) == 0:
		r.scarce[m.From] = Begin
	case len(attached) == 1 && attached[0] > byte(Begin) && attached[0] <= byte(follow):
		r.scarce[m.From] = Purpose(attached[0])
		return nil
	}
	return attached
}

// majorityHasRoom reports whether this replica and those that have not said otherwise are a majority that has room for
// a purpose.
func (r *Replica) majorityHasRoom(p Purpose) bool {
	servers, have := r.cfg.Raft.Servers, 0
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		if id == r.cfg.Raft.ID || r.scarce[id] <= p {
			have++
		}
	}
	return majorityHas(have, servers.Len())
}
