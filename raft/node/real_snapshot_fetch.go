package node

import (
	"context"
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// fetchOnce gets a snapshot, or ends when nobody gives it; it is asked for again.
func (n *Node) fetchOnce(ctx context.Context, w wish) {
	n.fetched.begin(w.index)
	got, err := n.fetch(ctx, w)
	n.fetched.end()
	switch {
	case err == nil, ctx.Err() == nil:
		n.inbox.put(n.fetchEnded(w, got, err)) // before it is wished for again, which would have it loaded twice
	case n.ending.Err() == nil:
		n.options.Logger.Info("a snapshot is not got any further", "index", w.index, "reason", context.Cause(ctx))
	}
	n.receiving.end(w, err, n.options.Clock.Now())
}

// fetchEnded logs what became of a fetch, and puts that into the replica's words.
func (n *Node) fetchEnded(w wish, got *Snapshot, err error) Event {
	if err == nil {
		return SnapshotFetched(got)
	}
	n.options.Logger.Warn("a snapshot that this node lacks could not be had; it is tried again", "index", w.index, "reason", err)
	if isFull(err) {
		err = fmt.Errorf("%w: %w", ErrNoRoom, err)
	}
	return FetchFailed(w.index, err)
}

// fetch gets a snapshot's file, where it is not here already, loads it, and has it be the replica's.
func (n *Node) fetch(ctx context.Context, w wish) (*Snapshot, error) {
	if !n.has(w) {
		if _, whole := n.store.Received(); whole {
			if err := n.store.Discard(); err != nil { // nobody's, or damaged: see FetchSnapshot
				return nil, err
			}
		}
		d := download{n: n, ctx: ctx, wish: w}
		if err := d.run(); err != nil {
			return nil, err
		}
	}
	loaded, err := n.loadFetched(ctx, w)
	if err == nil && !n.receiving.hand(w) {
		err = context.Cause(ctx)
	}
	if err != nil {
		n.clearAway(ctx, w, err)
		return nil, err
	}
	return loaded, nil
}

// has reports whether a snapshot is here that is not known to be damaged.
func (n *Node) has(w wish) bool {
	there, err := n.store.Lookup(w.index)
	return err == nil && there.Term == w.term && there.Err == nil
}

// loadFetched makes a state of what came, if that is what who leads has.
func (n *Node) loadFetched(ctx context.Context, w wish) (*Snapshot, error) {
	there, err := n.store.Lookup(w.index)
	if err != nil {
		return nil, err
	}
	if err := n.isLeaders(there.Header); err != nil {
		return nil, err
	}
	n.fetched.whole(there.Bytes)
	began := n.options.Clock.Now()
	loaded, err := n.load(ctx, SnapshotID{Index: w.index})
	if err != nil {
		if ctx.Err() == nil && isOfBody(err) {
			n.receiving.refuse(there.Header)
		}
		return nil, err
	}
	if err := n.isLeaders(there.Header); err != nil { // it may have been heard meanwhile
		return nil, err
	}
	n.options.Logger.Info("a snapshot that was fetched is loaded", "index", w.index, "bytes", loaded.Bytes, "loaded_in", rounded(n.options.Clock.Now()-began))
	return loaded, nil
}

// isLeaders returns an error where who leads has another snapshot of that entry.
func (n *Node) isLeaders(h snapshot.Header) error {
	err := n.receiving.denied(h)
	if err != nil {
		n.sayDiffers(h.Index, err)
	}
	return err
}

// isOfBody reports whether a state can't be made of what a file holds, whoever has it and however often it is tried.
func isOfBody(err error) bool {
	for _, other := range []error{snapshot.ErrDisk, snapshot.ErrNoRoom, snapshot.ErrDamaged, snapshot.ErrNoSnapshot} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}

// clearAway removes what came and is of no use, because of an error: another one is wanted, or none any more, or no state can be made of it, or who leads has
// another. What a disk would not read, and what a node that ends would have loaded, is loaded by the next attempt.
func (n *Node) clearAway(ctx context.Context, w wish, err error) {
	received, ok := n.store.Received()
	came := ok && received.Index == w.index
	switch {
	case n.ending.Err() != nil, errors.Is(err, snapshot.ErrDisk), errors.Is(err, snapshot.ErrNoRoom):
		return
	case !came && ctx.Err() != nil: // it lay here before, and may be of use yet
		return
	}
	if err := removeUnused(n, w.index, came); err != nil {
		n.options.Logger.Warn("a snapshot that is of no use could not be removed; it is tried again", "index", w.index, "reason", err)
	}
}

// sayDiffers says loudly that two nodes that applied the same log came to different states.
func (n *Node) sayDiffers(index protocol.Index, err error) {
	n.options.Logger.Error("two snapshots of the same entry differ: one of the nodes has gone astray; `semel status` says which nodes doubt one another: find out whose "+
		"state is wrong, and stop that one, with its folder kept", "index", index, "reason", err)
}
