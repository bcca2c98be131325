package node

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// beginMeetings takes up what the disk says of earlier meetings.
func (n *Node) beginMeetings() {
	decide, _ := n.replica.known()
	servers := decide.AllVoters()
	n.meetings = newMeetings(n.options.Raft.ID, decide)
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		if n.log.Peer(id) != 0 {
			n.meetings.know(id)
		}
	}
	if s := n.Standing(); len(s.Unmet) > 0 {
		n.options.Logger.Info("waiting to meet nodes for the first time: a new cluster begins once all of its nodes have met", "nodes", asNumbers(s.Unmet))
	}
}

// asNumbers are ids as a log shows them: a slice of bytes would stand there as text.
func asNumbers(ids []protocol.NodeID) []int {
	told := make([]int, len(ids))
	for i, id := range ids {
		told[i] = int(id)
	}
	return told
}

// Standing returns what the node waits for before it takes part.
func (n *Node) Standing() Standing { return n.meetings.standing(n.isNew()) }

// Verify is transport.Handler's. It stores nothing: a contact that comes to nothing must not bind this node.
func (h *realHost) Verify(peer protocol.NodeID, folder transport.Folder, said []byte) (transport.Refusal, error) {
	if refusal, err := (*Node)(h).verifyMember(peer, folder); refusal != 0 {
		return refusal, err
	}
	if refusal, err := refusalFor(h.log.VerifyPeer(peer, wal.Lineage(folder))); refusal != 0 {
		return refusal, err
	}
	return (*Node)(h).verifyVersion(peer, said)
}

// Remember is transport.Handler's: a peer's folder and start are on disk before its first message is handled.
func (h *realHost) Remember(peer protocol.NodeID, folder transport.Folder, said []byte) (transport.Refusal, error) {
	before := h.log.PeerStarts(peer)
	err := h.log.StorePeer(peer, wal.Lineage(folder))
	if err == nil {
		(*Node)(h).heardFrom(peer, said)
	}
	switch {
	case errors.Is(err, wal.ErrFailed):
		h.inbox.put(Failed(err))
	case err != nil:
	case h.meetings.know(peer):
		h.options.Logger.Info("met a node for the first time", "node", peer, "still_to_meet", asNumbers((*Node)(h).Standing().Unmet))
	case folder.Starts-before >= wal.RecentStarts:
		h.options.Logger.Warn("a node has started too often since it was met to tell that its folder is the same one, and no older copy", "node", peer,
			"met_in_start", before, "now_in_start", folder.Starts)
	}
	return refusalFor(err)
}

func refusalFor(err error) (transport.Refusal, error) {
	switch {
	case err == nil:
		return 0, nil
	case errors.Is(err, wal.ErrDiverged):
		return transport.Diverged, err
	case errors.Is(err, wal.ErrCondemned):
		return transport.RolledBack, err
	case errors.Is(err, wal.ErrIncarnation):
		return transport.OtherIncarnation, err
	}
	return transport.NotNow, err
}

// Met is transport.Handler's.
func (h *realHost) Met(peer protocol.NodeID) {
	h.meetings.meet(peer, h.members.isLater(peer), (*Node)(h).isNew())
}

// Gone is transport.Handler's.
func (h *realHost) Gone(peer protocol.NodeID) {
	h.options.Logger.Info("a peer's process has ended: where it listened nobody does", "peer", peer)
	h.inbox.putWord(Gone(peer))
}

// Refused is transport.Handler's. A folder that was rolled back takes part nowhere any more, also where nobody knows it. One that was
// wiped, or that meets the leftovers of an older cluster, may yet be what is right.
func (h *realHost) Refused(peer protocol.NodeID, refusal transport.Refusal) {
	switch refusal {
	case transport.RolledBack:
		h.endCondemned(peer, wal.RolledBack)
	case transport.Diverged:
		h.endCondemned(peer, wal.Diverged)
	case transport.Removed:
		h.meetings.leave()
		h.inbox.put(Failed(fmt.Errorf("node %d refuses this node: %w", peer, ErrRemoved)))
	case transport.NotSpoken:
		h.meetings.leave()
		h.inbox.put(Failed(fmt.Errorf("node %d refuses this node: %w", peer, ErrUpgrade)))
	default:
		h.meetings.refuse(peer)
	}
}

// endCondemned keeps that this node's folder is not to be used, and stops. It says nothing more meanwhile, however long its
// disk takes.
func (h *realHost) endCondemned(by protocol.NodeID, why wal.Reason) {
	h.meetings.leave()
	own := h.options.Raft.ID
	err := h.log.Condemn(own, why)
	if err == nil {
		err = h.log.CondemnedError(own)
	}
	h.inbox.put(Failed(fmt.Errorf("node %d refuses this node: %w", by, err)))
}

// tick is what a unit of time is to the replica.
func (h *realHost) tick() Event {
	if h.meetings.elects((*Node)(h).isNew()) {
		return Tick()
	}
	return Idle()
}

// isLost reports whether a message is not handled, as if it had been lost: who has not met the others yet is not there.
func (h *realHost) isLost(m *protocol.Message) bool {
	if m.Type == protocol.RequestVote || m.Type == protocol.RequestPreVote {
		return !h.meetings.elects((*Node)(h).isNew())
	}
	return !h.meetings.takesPart()
}
