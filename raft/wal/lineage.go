package wal

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// RecentStarts is how many starts a folder knows by their ids, the present one included.
const RecentStarts = 256

// Lineage is what a folder says of itself: which one it is, and which starts it has had. Each start draws an id and adds
// it, durably, before Open returns. So a copy that was taken before a start does not know that start's id, whatever it
// does later, and of two folders that were one each has an id that the other has not.
type Lineage struct {
	Incarnation uint64   // drawn when the folder was made, not 0
	Starts      uint64   // how many there were, the present one included
	Recent      []uint64 // the ids of the last of them, at most RecentStarts; the present one's is the last
}

// start is one start of a folder; the number 0 is none.
type start struct{ number, id uint64 }

func (l *Lineage) present() start { return start{l.Starts, l.Recent[len(l.Recent)-1]} }

// validate returns an error for what no folder says.
func (l *Lineage) validate() error {
	if l.Incarnation == 0 || l.Starts == 0 || uint64(len(l.Recent)) != min(l.Starts, RecentStarts) {
		return fmt.Errorf("a folder of incarnation %x with %d starts and %d ids of them: expected an incarnation that is not 0, a start, and its last %d ids",
			l.Incarnation, l.Starts, len(l.Recent), RecentStarts)
	}
	return nil
}

// Lineage returns what this folder says of itself. It does not change while the log is open, and is not to be changed.
func (l *Log) Lineage() Lineage {
	l.peersMu.Lock()
	defer l.peersMu.Unlock()
	return l.peers.own
}

// VerifyPeer returns nil if the folder that a peer shows may take part, as far as this one knows; it stores nothing. An
// error wraps ErrCondemned, ErrIncarnation if the peer was met with another folder, or ErrRolledBack if the folder does
// not know a start with which it was met.
func (l *Log) VerifyPeer(id protocol.NodeID, theirs Lineage) error {
	if err := theirs.validate(); err != nil {
		return fmt.Errorf("peer %d: %w", id, err)
	}
	l.peersMu.Lock()
	defer l.peersMu.Unlock()
	return l.peers.verify(id, theirs)
}

func (p *peers) verify(id protocol.NodeID, theirs Lineage) error {
	known := p.known[id]
	switch {
	case known.condemned != 0:
		return p.condemnedError(id)
	case known.incarnation != 0 && known.incarnation != theirs.Incarnation:
		return fmt.Errorf("%w: node %d was met with folder %x, and this is folder %x: the other was lost, or this one is left over from another cluster; %s",
			ErrIncarnation, id, known.incarnation, theirs.Incarnation, wayOutOfWiped)
	case forgotStart(known.start, theirs):
		return fmt.Errorf("%w: node %d was met in its start %d with id %x, and this folder, in its start %d, does not know that: it is an older copy, or one of two copies; %s",
			ErrRolledBack, id, known.number, known.id, theirs.Starts, wayOutOfRolledBack)
	}
	return nil
}

// What whoever reads of it can do.
const (
	wayOutOfWiped = "start that node with the folder that it had; if the folder is gone the node stays out, and the others go on without it; " +
		"where the cluster was to be a new one, stop the node whose folder is old and give it an empty one"
	wayOutOfRolledBack = "stop that node; if the folder that it last ran with is still there, start it with that one; " +
		"if there is none, or that one is refused too, the node stays out, and the others go on without it"
)

// Reason is why a folder must not take part any more. The numbers are on disk and on the wire.
type Reason uint8

// The reasons.
const (
	RolledBack Reason = 1 // it lost what it had acknowledged, or a start that others have met
	Diverged   Reason = 2 // its state is not that of the majority at the same index
)

// String says it in words that fit behind "it".
func (r Reason) String() string {
	switch r {
	case RolledBack:
		return "has lost what others saw it have"
	case Diverged:
		return "has another state than the majority has at the same place"
	}
	return fmt.Sprintf("is condemned for reason %d", uint8(r))
}

func (r Reason) err() error {
	if r == Diverged {
		return ErrDiverged
	}
	return ErrRolledBack
}

// condemnedError says why a node's folder must not take part any more. Of another node all that has its incarnation is meant; of this
// one it is this copy, and a later one may be sound.
func (p *peers) condemnedError(id protocol.NodeID) error {
	r, wayOut := p.known[id].condemned, "it stays out for good, and the others go on without it: stop that node, and put no copy in its place"
	if id == p.node {
		wayOut = "if this is an older copy and the folder that it last ran with is still there, start it with that one; otherwise it stays out, and the others go on without it"
	}
	return fmt.Errorf("%w: the folder of node %d %v; %s", r.err(), id, r, wayOut)
}

// Condemned returns why a node's folder must not take part any more; ok is false if nothing is known against it. The node
// may be this one.
func (l *Log) Condemned(id protocol.NodeID) (r Reason, ok bool) {
	l.peersMu.Lock()
	defer l.peersMu.Unlock()
	if id > protocol.MaxNodeID {
		return 0, false
	}
	r = l.peers.known[id].condemned
	return r, r != 0
}

// CondemnedError returns the error that says so, with the way out; it wraps ErrCondemned. Nil where nothing is known
// against the node.
func (l *Log) CondemnedError(id protocol.NodeID) error {
	l.peersMu.Lock()
	defer l.peersMu.Unlock()
	if id > protocol.MaxNodeID || l.peers.known[id].condemned == 0 {
		return nil
	}
	return l.peers.condemnedError(id)
}

// Condemn keeps, durably when it returns, that a node's folder must not take part any more: the one it was met with, or the
// first that it comes with. The node may be this one. The first reason stays; again it costs nothing. Errors as of StorePeer.
func (l *Log) Condemn(id protocol.NodeID, reason Reason) error {
	if id == protocol.Nil || id > protocol.MaxNodeID || reason == 0 {
		return fmt.Errorf("condemn node %d for reason %d: ids are 1 to %d, a reason is not 0", id, reason, protocol.MaxNodeID)
	}
	l.changingPeers.Lock()
	defer l.changingPeers.Unlock()
	if l.peers.known[id].condemned != 0 {
		return nil
	}
	return l.changePeers(func(p *peers) { p.known[id].condemned = reason })
}
