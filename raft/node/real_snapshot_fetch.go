package node

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// wish is a snapshot that the replica wants to have from others.
type wish struct {
	index protocol.Index
	term  protocol.Term
}

// receiving is which snapshot is being got.
type receiving struct {
	mu     sync.Mutex
	wish   wish // none: nothing is being got
	from   protocol.NodeID
	ctx    context.Context //nolint:containedctx // of the goroutine that gets it
	giveUp context.CancelCauseFunc
	said   int64 // Host.Now when it was said last that it is being got

	instead wish // what was wished for meanwhile, and how often in a row
	times   int

	failed wish  // what was not got last time, and is not tried before a time
	before int64 // of Host.Now
	pause  time.Duration
}

// insistence is how often in a row another snapshot is wished for before it takes the place of the one that is being got: a leader
// whose log begins elsewhere by now has no use for that, and two that take turns get nobody anywhere.
const insistence = 3

var errAnother = errors.New("the log of who leads begins behind another one")

// FetchSnapshot is Host's.
func (h *realHost) FetchSnapshot(from protocol.NodeID, index protocol.Index, term protocol.Term) {
	n, f, w := (*Node)(h), &h.receiving, wish{index, term}
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.wish == w:
		f.from, f.times = from, 0
		return
	case f.wish != wish{}:
		if f.insists(w) {
			f.giveUp(errAnother)
		}
		return
	case f.failed == w && h.Now() < f.before:
		return
	}
	f.ctx, f.giveUp = context.WithCancelCause(n.ending)
	f.wish, f.from, f.times = w, from, 0
	f.said = h.Now() - int64(holdEvery) // at once: the file may be here, and nothing else be asked for
	ctx := f.ctx
	n.work(func() { n.fetchOnce(ctx, w) })
}

// insists notes that another snapshot is wished for, and reports whether that was so for long enough. Holds mu.
func (f *receiving) insists(w wish) bool {
	if f.instead != w {
		f.instead, f.times = w, 0
	}
	f.times++
	return insists(f.times)
}

// first is whom to ask first.
func (f *receiving) first() protocol.NodeID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.from
}

// fetchOnce gets a snapshot, or ends when nobody gives it; it is asked for again.
func (n *Node) fetchOnce(ctx context.Context, w wish) {
	n.fetched.begin(w.index)
	got, err := n.fetch(ctx, w)
	n.fetched.end()
	switch {
	case ctx.Err() == nil:
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
	if errors.Is(err, snapshot.ErrNoRoom) {
		err = fmt.Errorf("%w: %w", ErrNoRoom, err)
	}
	return FetchFailed(w.index, err)
}

// end lets another one begin, after a failure of the same one later and later.
func (f *receiving) end(w wish, err error, now int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.giveUp(nil)
	f.wish, f.ctx, f.giveUp = wish{}, nil, nil
	if err == nil || f.failed != w {
		f.pause = 0
	}
	f.failed = wish{}
	if err != nil {
		f.pause = min(max(firstRetry, 2*f.pause), mostRetry)
		f.failed, f.before = w, now+int64(f.pause)
	}
}

// fetch gets a snapshot's file, where it is not here already, and loads it.
func (n *Node) fetch(ctx context.Context, w wish) (*Snapshot, error) {
	if !n.has(w) {
		d := download{n: n, ctx: ctx, wish: w}
		if err := d.run(); err != nil {
			return nil, err
		}
	}
	n.fetched.whole(n.bytesOf(w.index))
	began := n.options.Clock.Now()
	loaded, err := n.load(ctx, SnapshotID{Index: w.index})
	switch {
	case err != nil:
		return nil, err
	case loaded.Term != w.term:
		return nil, fmt.Errorf("the snapshot of entry %d here is of term %d, it should be of term %d", w.index, loaded.Term, w.term)
	}
	n.options.Logger.Info("a snapshot that was fetched is loaded", "index", w.index, "bytes", loaded.Bytes, "loaded_in", rounded(n.options.Clock.Now()-began))
	return loaded, nil
}

// has reports whether a snapshot is here that is not known to be damaged.
func (n *Node) has(w wish) bool {
	there, ok := n.listed(w.index)
	return ok && there.Term == w.term && there.Err == nil
}

// bytesOf is the length of a snapshot's file; 0: there is none.
func (n *Node) bytesOf(index protocol.Index) int64 {
	there, _ := n.listed(index)
	return there.Bytes
}

func (n *Node) listed(index protocol.Index) (snapshot.Snapshot, bool) {
	for _, there := range n.store.List() {
		if there.Index == index {
			return there, true
		}
	}
	return snapshot.Snapshot{}, false
}

// sayDiffers says loudly that two nodes that applied the same log came to different states.
func (n *Node) sayDiffers(index protocol.Index, err error) {
	n.options.Logger.Error("two snapshots of the same entry differ: one of the nodes has gone astray; compare the files of that index in the nodes' folders of "+
		"snapshots, and look at their digests (semel status)", "index", index, "reason", err)
}
