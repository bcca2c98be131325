package node

import "github.com/eventstreamcore/semel/raft/protocol"

// A node that gets a snapshot of another one needs the log behind it from there, too. So while one is being got that would be needless
// by the next one, the replica hears late that the next one is durable: until then its log begins where it does, however
// long the transfer takes. What that costs is bounded: the log grows by no more than mostHeld intervals, and no longer than there is room;
// and who has not asked for sourceIdle is waited for no more.

// mostHeld is how many intervals of log are kept for those who get a snapshot.
const mostHeld = 4

// takenSnapshot is one of which the replica has not heard yet.
type takenSnapshot struct {
	index protocol.Index // 0: there is none
	bytes int64
}

// HeldSnapshot returns up to where this node has a snapshot durable behind which its log does not begin yet, nor behind the one before, since another
// node gets an older one here; and the length of its file. Until that is over Status says that it is being taken, and no other one is. Index 0:
// there is none. It waits for nothing.
func (n *Node) HeldSnapshot() (index protocol.Index, bytes int64) {
	if t := n.held.Load(); t != nil {
		return t.index, t.bytes
	}
	return 0, 0
}

// tellTaken tells the replica that a snapshot is durable, now or later.
func (n *Node) tellTaken(t takenSnapshot) {
	n.held.Store(&t)
	n.releaseTaken()
}

// releaseTaken tells the replica of the snapshot that it has not heard of, if it is time.
func (n *Node) releaseTaken() {
	t := n.held.Load()
	if t == nil || n.isHeld(t) || !n.held.CompareAndSwap(t, nil) {
		return
	}
	n.inbox.put(SnapshotTaken(t.index, t.bytes))
}

func (n *Node) isHeld(t *takenSnapshot) bool {
	room, interval := n.log.Room(), max(int64(n.options.SnapshotBytes), t.bytes)
	long := room.Used-room.Covered > mostHeld*interval+2*n.options.SegmentBytes
	return isHeld(n.giving.isBehind(n.previous(t.index)), long || room.Lacking != nil)
}

// previous is the newest snapshot here that is older than one.
func (n *Node) previous(index protocol.Index) protocol.Index {
	for _, there := range n.store.List() {
		if there.Index < index {
			return there.Index
		}
	}
	return 0
}

// isBehind reports whether somebody is getting a snapshot that is older than one.
func (g *giving) isBehind(index protocol.Index) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for k := range g.open {
		if k < index {
			return true
		}
	}
	return false
}
