package cluster

import (
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/proptest/workload"
)

// SlowSnapshot is of workload.Cluster.
func (s *stage) SlowSnapshot(node int, by time.Duration) workload.Effect {
	shelf := s.at(node).Disk.Shelf
	shelf.Slow(by)
	return s.counted(func() int { return shelf.Counts().Slowed }, fmt.Sprintf("blocks of snapshots of node %d took up to %v more", node, by))
}

// FailSnapshot is of workload.Cluster.
func (s *stage) FailSnapshot(node int, fail bool) workload.Effect {
	shelf := s.at(node).Disk.Shelf
	shelf.Fail(fail)
	return s.counted(func() int { return shelf.Counts().Failed }, fmt.Sprintf("writes of snapshots of node %d failed", node))
}

// LosePieces is of workload.Cluster: pieces that are lost on their way break the connection.
func (s *stage) LosePieces(node int, lost bool) workload.Effect {
	s.Network.Ruin(uint8(node), lost)
	return s.counted(func() int { return s.Network.Total().Ruined }, fmt.Sprintf("pieces of snapshots were cut off or damaged, to and from node %d", node))
}

// Rot is of workload.Cluster.
func (s *stage) Rot(node int) workload.Effect {
	n := s.at(node)
	if s.Kill(node) == nil {
		return nil
	}
	name := n.Rot()
	if name == "" {
		return nil
	}
	return said("snapshot %s of node %d, its newest, was not readable any more", name, node)
}

// Rot makes the newest snapshot of a node that is down unreadable, unless it has no other way back: an older one that reaches its log.
// It returns the name of the file; "" for none.
func (n *Node) Rot() (name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running() != nil {
		return ""
	}
	return n.Disk.rot(uint64(n.cluster.ledger.standing(n.Slot()).base))
}
