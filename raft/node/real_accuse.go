package node

import (
	"errors"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
	"github.com/eventstreamcore/semel/raft/wal"
)

// keptOut are the nodes that the disk says are condemned.
func (n *Node) keptOut() (all []Accusation) {
	servers := n.options.Raft.Servers
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		if reason, ok := n.log.Condemned(id); ok {
			all = append(all, Accusation{Node: id, Reason: Reason(reason)})
		}
	}
	return all
}

// mayGive reports whether a node may be asked for a snapshot.
func (n *Node) mayGive(id protocol.NodeID) bool {
	_, condemned := n.log.Condemned(id)
	return mayGive(condemned)
}

// SendDigest is Host's.
func (h *realHost) SendDigest(to protocol.NodeID, d Digest) {
	h.transport.SendDigest(to, transport.Digest{Version: digestVersion, Index: d.Index, Sum: d.Sum})
}

// Accuse is Host's. What is accused is a folder, so that a node that comes back with another one is not guilty.
func (h *realHost) Accuse(to protocol.NodeID, a Accusation) {
	h.transport.Accuse(to, transport.Accusation{Node: a.Node, Reason: uint8(a.Reason), Incarnation: h.folderOf(a.Node)})
}

// folderOf is the incarnation of a node's folder, this one's too; 0 where it was never met.
func (h *realHost) folderOf(id protocol.NodeID) uint64 {
	if id == h.options.Raft.ID {
		return h.log.Lineage().Incarnation
	}
	return h.log.Peer(id)
}

// Condemn is Host's. The log is closed after all workers have ended, and so not before this is on disk.
func (h *realHost) Condemn(a Accusation) {
	h.begin(func() {
		if h.store(a) && a.Node != h.options.Raft.ID {
			why := transport.RolledBack
			if a.Reason == Diverged {
				why = transport.Diverged
			}
			h.transport.Condemn(a.Node, why)
			h.inbox.put(Condemned(a))
		}
	})
}

// condemnAgain is the pause after a disk had no room to condemn a node. There is nearly always: the file is changed in place.
const condemnAgain = time.Second

// store keeps an accusation on disk; false where that can't be.
func (h *realHost) store(a Accusation) bool {
	for {
		err := h.log.Condemn(a.Node, wal.Reason(a.Reason))
		switch {
		case err == nil:
			h.options.Logger.Error("a node is kept out from now on: no vote, acknowledgement or entry of it counts any more; the others go on without it; "+
				"put no copy of its folder back", "node", a.Node, "it", a.Reason.String(), "seen", a.Why)
			return true
		case !errors.Is(err, wal.ErrNoRoom):
			h.inbox.put(Failed(err))
			return false
		}
		h.options.Logger.Error("a node is to be kept out, and there is no room to store that; will try again", "node", a.Node, "reason", err)
		select {
		case <-h.stopping:
			return false
		case <-time.After(condemnAgain):
		}
	}
}

// Doubt is Host's.
func (h *realHost) Doubt(peer protocol.NodeID, after protocol.Index) {
	h.options.Logger.Error("the states of two nodes differ, and no majority is there that says whose is wrong: bring the other nodes up; "+
		"until then what each of the two answers may be wrong", "node", peer, "after_entry", after)
}

// Digested is transport.Handler's. One of another version says nothing about this node's state.
func (h *realHost) Digested(from protocol.NodeID, d transport.Digest) {
	if d.Version == digestVersion {
		h.inbox.putWord(Digested(from, Digest{d.Index, d.Sum}))
	}
}

// Accused is transport.Handler's. Who is condemned is not listened to, and neither is who speaks of another folder than this node knows.
func (h *realHost) Accused(by protocol.NodeID, a transport.Accusation) {
	if _, out := h.log.Condemned(by); out {
		return
	}
	if known := h.folderOf(a.Node); known != 0 && known != a.Incarnation {
		return
	}
	h.inbox.putWord(Accused(by, Accusation{Node: a.Node, Reason: Reason(a.Reason)}))
}
