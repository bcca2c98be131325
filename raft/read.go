package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Reads that put nothing in the log (thesis, §6.4). All that wait take the leader's next id together, and the peers are asked
// whether they know of a later term. When a quorum has said that they don't, whoever has applied the index of that id
// may answer. What comes meanwhile waits for the next round: an answer to a question that was asked before
// it came says nothing of it.

// reads are a leader's that are not confirmed, in the order in which they came.
type reads struct {
	asked   int // of the newest id
	waiting int // for the next one
}

// read takes n reads. Who does not lead drops them at the end of the step, as all that a leader had when it leads no more.
func (r *Raft) read(n int) {
	assert(n > 0, "at least one read is asked for")
	r.reads.waiting += n
}

// serveReads tells which reads are confirmed, and asks for those that wait.
func (r *Raft) serveReads() {
	r.endRound()
	if r.reads.asked > 0 || r.reads.waiting == 0 || !r.readRequest() {
		return
	}
	r.reads.asked, r.reads.waiting = r.reads.waiting, 0
	r.askWhoLeads()
	r.endRound() // one node is a quorum
}

// endRound tells of the reads of the newest id, once a quorum has confirmed it.
func (r *Raft) endRound() {
	if r.reads.asked == 0 || !readsConfirmed(r) {
		return
	}
	r.out.Reads.Confirmed += r.reads.asked
	_, r.out.Reads.Index = r.node.ReadID()
	r.reads.asked = 0
}

// askWhoLeads asks those who have not confirmed the newest id.
func (r *Raft) askWhoLeads() {
	id, _ := r.node.ReadID()
	for k := range r.peers {
		p := r.peers[k].id
		if r.inForce.AllVoters().Has(p) && r.node.ReadAcked(p) < id {
			r.confirmTerm(p)
		}
	}
}

// repeatRound asks again, once a tick: questions and answers may be lost.
func (r *Raft) repeatRound() {
	if r.reads.asked > 0 {
		r.askWhoLeads()
	}
}

// dropReads gives up what nobody confirms any more.
func (r *Raft) dropReads() {
	r.out.Reads.Dropped = r.reads.asked + r.reads.waiting
	r.reads = reads{}
}

// receiveConfirmTermResponse counts who confirms, and hears its leader; or learns of a later term.
func (r *Raft) receiveConfirmTermResponse(m *protocol.Message) {
	if !r.handleConfirmTermResponse(m) {
		r.stepDown(m)
		return
	}
	if p := r.peer(m.From); p != nil {
		r.noteAnswer(p)
	}
}
