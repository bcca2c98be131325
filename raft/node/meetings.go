package node

import (
	"sync"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// meetings is whom a node has met, which decides what it may take part in.
//
// In each start a majority of those who decide, by the node's own log, must have this start on its disk before the node votes, campaigns
// or acknowledges anything. So somebody else has looked at its folder, and who starts with an older copy of that folder
// later meets, in any majority, at least one that may know better. Those who decided by its log may be gone for ever, replaced while it was away:
// so who has a slot that was given later than it knows counts as one of them, but for a voter with an empty log: such a one may have been wiped, and nobody that it knows of has said
// that it was not.
//
// Beyond that a voter with an empty log neither votes nor campaigns before it has met, in this start or an earlier one,
// every other voter: whether it never held anything is known to the others only. Two wiped nodes of three begin no new cluster,
// since the third does not accept them. A folder that joined is no voter before its log says so: its slot is its own, and nobody's before.
//
// Its methods may be called by several goroutines at once.
type meetings struct {
	own     protocol.NodeID
	mu      sync.Mutex
	decide  protocol.Configuration // in force, as far as the node knows
	met     protocol.NodeSet       // this node, and those that have its present start on their disk
	later   protocol.NodeSet       // those of met whose slots were given later than this node knew when it met them
	known   protocol.NodeSet       // this node, and those whose folder it has on its own disk
	refused protocol.NodeSet       // those that met another folder of this node before, and refused this one
	part    bool                   // it has met enough, in this start, of those who decided then
	out     bool                   // this node takes part in nothing any more
}

func newMeetings(own protocol.NodeID, decide protocol.Configuration) meetings {
	return meetings{own: own, decide: decide, met: protocol.Nodes(own), known: protocol.Nodes(own)}
}

// follow takes in that others decide. Who has met enough of those before has been looked at.
func (m *meetings) follow(decide protocol.Configuration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.hasMetEnough()
	m.decide = decide
}

// hasMetEnough reports whether a majority has this node's start on its disk. Holds mu.
func (m *meetings) hasMetEnough() bool {
	m.part = m.part || isMajority(m.met, m.later, m.decide)
	return m.part
}

// isMajorityOf reports whether those of voters that were met, and those whose slots were given later, are as many as a majority of voters.
func isMajorityOf(voters, met, later protocol.NodeSet) bool {
	return 2*met.Intersect(voters).Union(later).Len() > voters.Len()
}

// meet notes that a peer has this start on its disk, later that its slot was given later than this node knows, whose log is empty or not; it reports whether that is news.
func (m *meetings) meet(peer protocol.NodeID, later, empty bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	news := !m.met.Has(peer)
	m.met, m.refused = m.met.With(peer), m.refused.Without(peer)
	if later && mayLook(empty, m.toMeet()) {
		m.later = m.later.With(peer)
	}
	return news
}

// know notes that a peer's folder is on this node's disk; it reports whether that is news.
func (m *meetings) know(peer protocol.NodeID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	news := !m.known.Has(peer)
	m.known = m.known.With(peer)
	return news
}

// refuse notes that a peer refused this node's folder; it reports whether that is news.
func (m *meetings) refuse(peer protocol.NodeID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	news := !m.refused.Has(peer)
	m.refused = m.refused.With(peer)
	return news
}

// leave has the node take part in nothing any more.
func (m *meetings) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.out = true
}

// takesPart reports whether messages are handled and time passes for elections.
func (m *meetings) takesPart() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.out && m.hasMetEnough()
}

// elects reports whether this node may vote and campaign, with a log that is empty or not.
func (m *meetings) elects(empty bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return !m.out && m.hasMetEnough() && mayElect(empty, m.known, m.toMeet())
}

// toMeet are the voters, this node among them, which is none of them where it has joined and is not level. Holds mu.
func (m *meetings) toMeet() protocol.NodeSet {
	if voters := m.decide.AllVoters(); voters.Has(m.own) {
		return voters
	}
	return 0
}

// Standing is what a node waits for before it takes part in its cluster; nothing where all is empty.
type Standing struct {
	// Unmet are the nodes that it has to meet for the first time, because its log is empty.
	Unmet []protocol.NodeID
	// RefusedBy are those that refuse its folder, because they met it with another one.
	RefusedBy []protocol.NodeID
}

func (m *meetings) standing(empty bool) (s Standing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	voters, first := m.decide.AllVoters(), m.toMeet()
	for id := voters.Next(protocol.Nil); id != protocol.Nil; id = voters.Next(id) {
		if empty && first.Has(id) && !m.known.Has(id) {
			s.Unmet = append(s.Unmet, id)
		}
		if m.refused.Has(id) {
			s.RefusedBy = append(s.RefusedBy, id)
		}
	}
	return s
}
