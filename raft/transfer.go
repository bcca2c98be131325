package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// transfer is a leader's try to have a peer lead (thesis, §3.10).
type transfer struct {
	to    protocol.NodeID // Nil: none is under way
	ticks int             // that are left for it
	sent  bool            // since the last tick
}

func (t *transfer) tick() {
	t.sent = false
	if t.ticks--; t.ticks <= 0 {
		*t = transfer{}
	}
}

// beginTransfer tries for as long as an election may take; then the leader goes on.
func (r *Raft) beginTransfer(to protocol.NodeID) {
	if r.node.Role() != protocol.Leader || r.transfer.to != protocol.Nil {
		return
	}
	if p := r.peer(to); p == nil || !r.mayTakeOver(p) {
		return
	}
	r.transfer = transfer{to: to, ticks: r.cfg.ElectionTicks}
}

// handOver has the peer campaign once its disk has the whole log, and again each tick: a message may be lost.
func (r *Raft) handOver() {
	if t := &r.transfer; t.to != protocol.Nil && !t.sent {
		t.sent = r.transferLeadership(t.to)
	}
}

// Transferring returns the peer that this leader tries to hand over to, or Nil. Meanwhile it appends nothing that is
// proposed.
func (r *Raft) Transferring() protocol.NodeID { return r.transfer.to }

// receiveTimeoutNow campaigns at once, as its leader wants: it is asked for no pre-vote, and others hear from that
// leader, so the request says so.
func (r *Raft) receiveTimeoutNow(m *protocol.Message) {
	if mayCampaign(r) && r.handleTimeoutNow(m) {
		r.enterTerm()
		r.campaigned()
	}
}
