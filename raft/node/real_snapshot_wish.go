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

// isOf reports whether a header is that of what is wished for.
func (w wish) isOf(h snapshot.Header) bool { return h.Index == w.index && h.Term == w.term }

// receiving is which snapshot is being got, and what becomes of it. There is one file at most: what came stays received.tmp until the log begins behind it.
// While it is got, and until the replica was given it, it is the fetch's; then it is the replica's, who installs it, drops or refuses it; otherwise it is
// nobody's, and goes when another one is got, or when the log has what it stands for. A start has it as one that nobody chose.
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

	told    wish // the replica was given it, and has not said what becomes of it
	heard   bool // and has handled that: if it wishes for any now, it has no use for that one
	leaving int  // removals that have not ended

	leads   *snapshot.Header                        // what who leads says of the wish; nil: nothing yet
	refused snapshot.Header                         // of a file of which no state can be made
	spoilt  [protocol.MaxNodeID + 1]snapshot.Header // of each node: it has sent all of a file, and that was not its header's
}

// insistence is how often in a row another snapshot is wished for before it takes the place of the one that is being got: a leader
// whose log begins elsewhere by now has no use for that, and two that take turns get nobody anywhere.
const insistence = 3

var errAnother = errors.New("the log of who leads begins behind another one")

// FetchSnapshot is Host's.
func (h *realHost) FetchSnapshot(from protocol.NodeID, index protocol.Index, term protocol.Term) {
	n, f, w := (*Node)(h), &h.receiving, wish{index, term}
	base, _ := h.log.Base()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.heard || f.told.index <= base {
		f.told, f.heard = wish{}, false
	}
	switch {
	case f.wish == w:
		f.hear(from)
		return
	case f.wish != wish{}:
		if f.insists(w) {
			f.giveUp(errAnother)
		}
		return
	case !mayGet(f.told != wish{}, f.leaving > 0), n.isToBeAdopted(base): // one comes after the other
		return
	case f.failed == w && h.Now() < f.before:
		return
	}
	f.ctx, f.giveUp = context.WithCancelCause(n.ending)
	f.wish, f.from, f.times, f.leads = w, from, 0, nil
	f.said = h.Now() - int64(holdEvery) // at once: the file may be here, and nothing else be asked for
	ctx := f.ctx
	n.work(func() { n.fetchOnce(ctx, w) })
}

// isToBeAdopted reports whether what came last is what the log begins behind, and has no name yet.
func (n *Node) isToBeAdopted(base protocol.Index) bool {
	received, ok := n.store.Received()
	return ok && received.Index == base
}

// insists notes that another snapshot is wished for, and reports whether that was so for long enough. Holds mu.
func (f *receiving) insists(w wish) bool {
	if f.instead != w {
		f.instead, f.times = w, 0
	}
	f.times++
	return insists(f.times)
}

// hear notes who speaks of the wish. Holds mu.
func (f *receiving) hear(from protocol.NodeID) {
	if f.from != from {
		f.from, f.leads = from, nil
	}
	f.times = 0
}

// first is whom to ask first.
func (f *receiving) first() protocol.NodeID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.from
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

// hand notes that the replica is given what was wished for, unless that was given up.
func (f *receiving) hand(w wish) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ctx.Err() != nil {
		return false
	}
	f.told, f.heard = w, false
	return true
}

// noteHeard notes which of what was given to the replica it has handled.
func (n *Node) noteHeard(round []Event) {
	for k := range round {
		if round[k].kind == snapshotFetched {
			f := &n.receiving
			f.mu.Lock()
			f.heard = f.told != wish{}
			f.mu.Unlock()
		}
	}
}

// leave begins a removal, until which has ended nothing is got: of what came of an index and was given to the replica, or of what is refused. False: there
// is nothing to be removed.
func (f *receiving) leave(index protocol.Index, came, refused bool) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	given := f.told.index == index
	if given {
		f.told, f.heard = wish{}, false
	}
	if used := given && came; !used && !refused {
		return false
	}
	f.leaving++
	return true
}

// leaveIdle begins a removal of what is nobody's, and the log has what it stands for; false where there may be no such thing.
func (f *receiving) leaveIdle(committed protocol.Index) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.heard && f.told.index <= committed {
		f.told, f.heard = wish{}, false
	}
	if f.ctx != nil || f.told != (wish{}) {
		return false
	}
	f.leaving++
	return true
}

// left ends a removal.
func (f *receiving) left() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.leaving--
}

// says notes what a node says that the wish's file begins with: what who leads has is what counts.
func (f *receiving) says(peer protocol.NodeID, w wish, h snapshot.Header) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wish == w && f.from == peer {
		f.leads = &h
	}
}

// isSaid reports whether who leads has said that the wish's file begins so.
func (f *receiving) isSaid(h snapshot.Header) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.leads != nil && isSameSnapshot(*f.leads, h)
}

// denied returns an error where who leads says that the wish is another snapshot, and what it says is worth anything.
func (f *receiving) denied(h snapshot.Header) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.leads == nil || isLeaders(*f.leads, h) || f.isUseless(f.from, *f.leads) {
		return nil
	}
	return fmt.Errorf("%w: that of who leads, node %d, has %d bytes and digest %x, this one %d bytes and digest %x",
		snapshot.ErrDiffers, f.from, f.leads.BodyBytes, f.leads.Digest, h.BodyBytes, h.Digest)
}

// refuse notes that no state can be made of what has this header.
func (f *receiving) refuse(h snapshot.Header) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.refused = h
}

// spoil notes that all that a node has sent was not what its header says.
func (f *receiving) spoil(peer protocol.NodeID, h snapshot.Header) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.spoilt[peer] = h
}

// useless reports whether it is known that the file of a node with this header is of no use.
func (f *receiving) useless(peer protocol.NodeID, h snapshot.Header) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.isUseless(peer, h)
}

// isUseless holds mu.
func (f *receiving) isUseless(peer protocol.NodeID, h snapshot.Header) bool {
	return isUseless(isSameSnapshot(f.refused, h), f.spoilt[peer] == h)
}

// isSameSnapshot reports whether two headers are of the same snapshot, in blocks of whatever length.
func isSameSnapshot(a, b snapshot.Header) bool {
	a.BlockBytes = b.BlockBytes
	return a == b
}
