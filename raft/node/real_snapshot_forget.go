package node

import (
	"errors"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Forget is Host's.
func (h *realHost) Forget(base protocol.Index) {
	h.forgotten.Store(uint64(base))
	(*Node)(h).forgetSoon()
}

// forgetSoon has the loop go through what is to be forgotten, soon.
func (n *Node) forgetSoon() {
	select {
	case n.forgets <- struct{}{}:
	default:
	}
}

// forgetLoop has the snapshot that the log begins behind be this node's, if it came from another one, and gives back what is older: of the log, and of the
// snapshots. It is apart from the loop that makes the log's
// next file, which must not wait for files to be removed. What fails is tried again, now and then: it is in nobody's way.
func (n *Node) forgetLoop() {
	var retry <-chan time.Time
	wait := firstRetry
	for {
		select {
		case <-n.stopping:
			return
		case <-n.forgets:
		case <-retry:
		}
		switch err := n.forget(); {
		case errors.Is(err, wal.ErrFailed):
			return
		case err != nil:
			retry = time.After(wait)
			wait = min(2*wait, mostRetry)
		default:
			retry, wait = nil, firstRetry
		}
	}
}

// forget gives back what it can, and tells how that went.
func (n *Node) forget() error {
	err := n.forgetBelow(protocol.Index(n.forgotten.Load()))
	switch {
	case errors.Is(err, wal.ErrFailed):
		n.inbox.put(Failed(err))
		return err
	case err != nil:
		n.options.Logger.Warn("what is older than the newest snapshots could not be removed; it is tried again", "reason", err)
	}
	select {
	case n.givenBack <- struct{}{}:
	default:
	}
	return err
}

// forgetBelow removes what nobody needs who has a snapshot of base, or a newer one, oldest first. Log and snapshots are apart: where one
// can't be removed the others are, and make room.
func (n *Node) forgetBelow(base protocol.Index) error {
	err := n.log.Reclaim()
	if !goesOnForgetting(err) {
		return err
	}
	return errors.Join(err, n.forgetSnapshots(base))
}

// forgetSnapshots removes those that are older than base, and what could not be removed before. What came of the base, and has no name yet, is given one first.
func (n *Node) forgetSnapshots(base protocol.Index) error {
	adopted := n.adopt(base)
	for _, there := range slices.Backward(n.store.List()) {
		if !isForgotten(there.Index, base) {
			break
		}
		if err := n.store.Remove(there.Index); err != nil && !errors.Is(err, snapshot.ErrNewest) {
			return errors.Join(adopted, err)
		}
	}
	return errors.Join(adopted, forgetAgain(n.store))
}

// adopt has what was received be one of this node's snapshots, where the log begins behind it, durably. Until then it counts for nothing.
func (n *Node) adopt(base protocol.Index) error {
	received, ok := n.store.Received()
	if !ok || !isNamed(received.Index, base) {
		return nil
	}
	dropSource(n.giving, received.Index) // of a damaged one, in whose place it comes
	return n.store.Adopt(received.Index)
}
