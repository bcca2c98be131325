package node

import (
	"errors"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// DropSnapshot is Host's.
func (h *realHost) DropSnapshot(index protocol.Index) {
	n := (*Node)(h)
	n.work(func() { _ = n.store.Withdraw(index) })
}

// RefuseSnapshot is Host's. Until the file is gone it may be loaded again, and is refused again.
func (h *realHost) RefuseSnapshot(id SnapshotID, why error) {
	n := (*Node)(h)
	n.sayDiffers(id.Index, why)
	n.work(func() {
		if err := n.store.Withdraw(id.Index); err != nil && !errors.Is(err, snapshot.ErrNoSnapshot) {
			n.options.Logger.Error("a snapshot that was refused could not be removed: remove its file before the next start", "index", id.Index, "reason", err)
		}
	})
}
