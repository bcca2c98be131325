package simulator

import (
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// handOver has a leader asked, now and then, to have another member lead: any, itself, one that is down or that there is not.
func (m *Member) handOver() {
	w := m.world
	if w.cfg.HandOver == 0 || m.replica == nil || m.replica.Status().Role != protocol.Leader || w.deaths.Float64() >= w.cfg.HandOver {
		return
	}
	to := protocol.NodeID(w.deaths.IntN(len(w.Members) + 2))
	m.put(node.Transfer(to, func([]byte, error) {}))
}
