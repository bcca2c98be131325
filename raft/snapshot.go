package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Logs that end (§7). The host takes snapshots, and says when one is durable; the log then begins behind it. A peer that lacks
// what a leader has forgotten is told of its snapshot with each heartbeat until it has it: how the bytes come is the hosts'.

// sendSnapshots tells of the snapshot those who need it, and probes them behind it meanwhile: the probes are heartbeats.
func (r *Raft) sendSnapshots() {
	for k := range r.peers {
		p := &r.peers[k]
		if base := r.node.SnapshotIndex(); p.cursor < base {
			p.probe(base)
		}
		if lacks(r, p) && (r.heartbeatDue || p.probeDue) {
			r.sendSnapshot(p.id)
		}
	}
}

// receiveInstallSnapshot hears a leader. Its host brings the message when it has the bytes.
func (r *Raft) receiveInstallSnapshot(m *protocol.Message) {
	if r.handleInstallSnapshot(m) {
		r.hearLeader(m)
	}
}
