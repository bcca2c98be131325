package node

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/snapshot"
)

// roomLookedAt is how much is written of a snapshot before the disk's room is looked at again.
const roomLookedAt = 8 << 20

// leavesRoom returns an error that wraps snapshot.ErrFull where so many bytes of a snapshot would take the room that the log's next
// file needs: new work would be refused for it. Where there is less than that the log has no use for it, and a snapshot
// may be what gives it room again.
func (n *Node) leavesRoom(bytes int64) error {
	n.log.Measure()
	free, segment := n.log.Room().Free, n.options.SegmentBytes
	if free < 0 || leavesSegment(free, bytes, segment) {
		return nil
	}
	return fmt.Errorf("%w: of %d bytes that are free the log's next file needs %d, and this needs %d", snapshot.ErrFull, free, segment, bytes)
}

// newestBytes is about how long the next snapshot's file will be.
func (n *Node) newestBytes() int64 {
	for _, there := range n.store.List() {
		if there.Err == nil {
			return there.Bytes
		}
	}
	return 0
}
