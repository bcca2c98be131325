package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Status is a replica's view of itself and of its cluster at one moment.
type Status struct {
	ID      protocol.NodeID
	Members protocol.NodeSet // of the configuration in force
	Role    protocol.Role
	Term    protocol.Term
	Leader  protocol.NodeID // who leads Term, as far as is known; else Nil

	// Healthy: a leader is known, and a majority, itself included, has acknowledged what a leader
	// sent of late; one that is not so resigns. A follower notices the loss of its leader, and a
	// leader that of its followers, only so late.
	Healthy bool

	LastIndex     protocol.Index // of the log, durable or not
	DurableIndex  protocol.Index // of the log on disk
	CommitIndex   protocol.Index
	AppliedIndex  protocol.Index // up to here Output.Committed has named the entries
	PendingWrites int            // writes not yet acknowledged, before merging
	LastMark      Mark           // of the last write that was given out

	Configuration          protocol.Configuration // in force
	ConfigurationIndex     protocol.Index         // where it stands; 0: it is of the log's beginning
	ConfigurationCommitted bool
	Removed                bool // see Raft.Removed

	Peers []PeerStatus // all other members, ids ascending; a leader's also those that leave
}

// PeerStatus is what a replica knows of another. Any but a leader knows only
// TicksSinceHeard; the rest is then 0.
type PeerStatus struct {
	ID               protocol.NodeID
	Voter            bool
	Learner          bool
	Leaving          bool           // it is no member any more, and is told so
	Level            bool           // see Raft.Level
	NextIndex        protocol.Index // where to resume sending
	MatchIndex       protocol.Index // up to here the peer's disk agrees
	InflightEntries  uint64         // sent, not yet acknowledged
	InflightMessages int            // the messages that hold them
	InflightBytes    int            // and their bytes, as Config.Fit counted them
	Probing          bool           // entries wait until the logs are known to agree
	TicksSinceHeard  int            // since any message of it came, or since the start
}

// Status returns the replica's present status. It shares nothing with the replica.
func (r *Raft) Status() Status {
	s := Status{
		ID:            r.cfg.ID,
		Members:       r.inForce.members(),
		Role:          r.node.Role(),
		Term:          r.node.CurrentTerm(),
		Leader:        r.leader,
		Healthy:       r.healthy(),
		LastIndex:     r.node.LastIndex(),
		DurableIndex:  r.node.DurableIndex(),
		CommitIndex:   r.node.CommitIndex(),
		AppliedIndex:  r.appliedIndex,
		PendingWrites: r.node.Pending(),
		LastMark:      r.lastMark,
		Removed:       r.Removed(),
		Peers:         make([]PeerStatus, len(r.peers)),
	}
	s.Configuration, s.ConfigurationIndex = r.InForce()
	s.ConfigurationCommitted = r.InForceCommitted()
	for k := range r.peers {
		s.Peers[k] = r.peerStatus(&r.peers[k])
	}
	return s
}

func (r *Raft) peerStatus(p *peer) PeerStatus {
	s := PeerStatus{
		ID: p.id, TicksSinceHeard: p.ticksSinceHeard, Level: r.Level(p.id), Leaving: r.leaving.Has(p.id),
		Voter: r.inForce.AllVoters().Has(p.id), Learner: r.inForce.Learners.Has(p.id),
	}
	if r.node.Role() == protocol.Leader {
		s.NextIndex, s.MatchIndex = r.node.NextIndex(p.id), r.node.MatchIndex(p.id)
		s.InflightEntries, s.InflightMessages, s.InflightBytes = r.inflightEntries(p), p.flight.count, p.flight.bytes
		s.Probing = p.probing
	}
	return s
}

// healthy is Status.Healthy.
func (r *Raft) healthy() bool {
	if r.node.Role() != protocol.Leader {
		return r.leader != protocol.Nil
	}
	return r.answered()
}

// HearsQuorum reports whether messages of a majority, this replica included, came within so many ticks, or its start did.
func (r *Raft) HearsQuorum(within int) bool {
	heard := protocol.Nodes(r.cfg.ID)
	for k := range r.peers {
		if p := &r.peers[k]; p.ticksSinceHeard < within {
			heard = heard.With(p.id)
		}
	}
	return decides(r, heard)
}

// TicksSinceHeard returns how many ticks ago a message of peer j came, or it became a peer, or this replica started. Of who is no peer nothing
// was ever heard, but for a leader: who is behind may not know yet that it is a member.
func (r *Raft) TicksSinceHeard(j protocol.NodeID) int {
	if p := r.peer(j); p != nil {
		return p.ticksSinceHeard
	}
	if j == r.leader && j != r.cfg.ID {
		return r.ticksSinceLeader
	}
	return most
}
