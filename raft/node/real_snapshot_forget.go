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
	select {
	case h.forgets <- struct{}{}:
	default:
	}
}

// forgetLoop gives back what is older than the base: of the log, and of the snapshots. It is apart from the loop that makes the log's
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

// forgetSnapshots removes those that are older than base, and what could not be removed before.
func (n *Node) forgetSnapshots(base protocol.Index) error {
	for _, there := range slices.Backward(n.store.List()) {
		if !isForgotten(there.Index, base) {
			break
		}
		if err := n.store.Remove(there.Index); err != nil && !errors.Is(err, snapshot.ErrNewest) {
			return err
		}
	}
	return forgetAgain(n.store)
}
