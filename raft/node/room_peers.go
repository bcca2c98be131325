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
	switch p, room := r.scarcity(), r.host.Room(); {
	case p > Begin:
		return []byte{byte(p)}
	case !room.Coming && room.Sure < roomToLead*keptBack(&r.cfg, Begin):
		return []byte{byte(tight)}
	}
	return nil
}

// tight is said by who has room for all, and not for much more of it: a leader without room need not hand over to it. Who
// leads hands over when it has less than it keeps back, so that two with little don't take turns.
const (
	tight      = follow + 1
	roomToLead = 2 // times what is kept back for new work
)

// hearScarcity notes what came with a message, and returns what is left of that.
func (r *Replica) hearScarcity(m *protocol.Message, attached []byte) []byte {
	if m.Type != protocol.AppendEntriesResponse || !r.everybody().Has(m.From) {
		return attached
	}
	r.tight = r.tight.Without(m.From)
	switch {
	case len(attached) == 0:
		r.scarce[m.From] = Begin
	case len(attached) == 1 && attached[0] == byte(tight):
		r.scarce[m.From], r.tight = Begin, r.tight.With(m.From)
		return nil
	case len(attached) == 1 && attached[0] > byte(Begin) && attached[0] <= byte(follow):
		r.scarce[m.From] = Purpose(attached[0])
		return nil
	}
	return attached
}

// majorityHasRoom reports whether this replica and those that have not said otherwise are a majority that has room for
// a purpose.
func (r *Replica) majorityHasRoom(p Purpose) bool {
	servers, have := r.voters(), 0
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		if id == r.cfg.Raft.ID || r.scarce[id] <= p {
			have++
		}
	}
	return majorityHas(have, servers.Len())
}
