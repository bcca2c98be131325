package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Status is a replica's view of itself and of its cluster at one moment.
type Status struct {
	ID      protocol.NodeID
	Members protocol.NodeSet
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

	Peers []PeerStatus // all other members, ids ascending
}

// PeerStatus is what a replica knows of another. Any but a leader knows only
// TicksSinceHeard; the rest is then 0.
type PeerStatus struct {
	ID               protocol.NodeID
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
		Members:       r.cfg.Servers,
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
		Peers:         make([]PeerStatus, len(r.peers)),
	}
	for k := range r.peers {
		s.Peers[k] = r.peerStatus(&r.peers[k])
	}
	return s
}

func (r *Raft) peerStatus(p *peer) PeerStatus {
	s := PeerStatus{ID: p.id, TicksSinceHeard: p.ticksSinceHeard}
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
	return r.node.IsQuorum(heard)
}

// TicksSinceHeard returns how many ticks ago a message of peer j came, or this replica started.
func (r *Raft) TicksSinceHeard(j protocol.NodeID) int { return r.peer(j).ticksSinceHeard }
