package node

import (
	"errors"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Verify is transport.Handler's. It stores nothing: a contact that comes to nothing must not bind this node.
func (h *realHost) Verify(peer protocol.NodeID, incarnation uint64) error {
	return h.log.VerifyPeer(peer, onlyStart(incarnation))
}

// Remember is transport.Handler's: a peer's incarnation is on disk before its first message is handled.
func (h *realHost) Remember(peer protocol.NodeID, incarnation uint64) error {
	err := h.log.StorePeer(peer, onlyStart(incarnation))
	if errors.Is(err, wal.ErrFailed) {
		h.inbox.put(Failed(err))
	}
	return err
}

// onlyStart is what is known of a peer's folder as long as hellos do not tell of its starts.
func onlyStart(incarnation uint64) wal.Lineage {
	return wal.Lineage{Incarnation: incarnation, Starts: 1, Recent: []uint64{incarnation}}
}
