package node

import (
	"errors"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// RefuseSnapshot is Host's.
func (h *realHost) RefuseSnapshot(id SnapshotID, why error) {
	n := (*Node)(h)
	n.options.Logger.Error("a snapshot that came is not loaded, and its file goes", "index", id.Index, "reason", why)
	n.letGo(id.Index, true)
}

// DropSnapshot is Host's.
func (h *realHost) DropSnapshot(index protocol.Index) { (*Node)(h).letGo(index, false) }

// letGo removes a snapshot that the replica was given and has no use for, whether it came or, where it is refused, lay here before. Nothing is got before
// that has ended: so nothing else is meant than what is there now.
func (n *Node) letGo(index protocol.Index, refused bool) {
	received, ok := n.store.Received()
	came := ok && received.Index == index
	if !n.receiving.leave(index, came, refused) {
		return
	}
	n.work(func() {
		defer n.receiving.left()
		if err := n.remove(index, came); err != nil {
			n.options.Logger.Warn("a snapshot that is of no use could not be removed; it is tried again, and not loaded meanwhile", "index", index, "reason", err)
		}
	})
}

// remove removes a snapshot that came, or lay here before, and is not to be loaded, unless the log begins behind it. Who calls it sees to it that none is got
// meanwhile. What can't be removed is tried again: what came before anything else comes, or when the log has it; others by the loop that forgets.
func (n *Node) remove(index protocol.Index, came bool) error {
	if base, _ := n.log.Base(); index == base {
		return nil
	}
	if came {
		return n.store.Discard()
	}
	dropSource(n.giving, index)
	err := n.store.Withdraw(index)
	switch {
	case errors.Is(err, snapshot.ErrNoSnapshot):
		return nil
	case err != nil:
		n.forgetSoon()
	}
	return err
}
