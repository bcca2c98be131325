package node

import "github.com/eventstreamcore/semel/raft/protocol"

// DamagedSnapshot is one that is in the node's folder and can't be loaded.
type DamagedSnapshot struct {
	Index protocol.Index
	Err   error // why, as far as it was read
}

// IsDamaged is Host's.
func (h *realHost) IsDamaged(index protocol.Index) bool {
	there, err := (*Node)(h).store.Lookup(index)
	return err == nil && there.Err != nil
}

// DamagedSnapshots are those that are known to be damaged, newest first. Nobody reads one to find out: a start does, who loads one, and who
// gives one to another node.
func (n *Node) DamagedSnapshots() (damaged []DamagedSnapshot) {
	for _, there := range n.store.List() {
		if there.Err != nil {
			damaged = append(damaged, DamagedSnapshot{there.Index, there.Err})
		}
	}
	return damaged
}
