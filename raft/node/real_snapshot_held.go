package node

import "github.com/eventstreamcore/semel/raft/protocol"

// HeldSnapshot returns up to where this node has a snapshot durable behind which its log does not begin yet, nor behind the one before, since another
// node gets an older one here; and the length of its file. Until that is over Status says that it is being taken, and no other one is. Index 0:
// there is none. It waits for nothing.
func (n *Node) HeldSnapshot() (index protocol.Index, bytes int64) {
	if t := n.held.Load(); t != nil {
		return t.index, t.bytes
	}
	return 0, 0
}
