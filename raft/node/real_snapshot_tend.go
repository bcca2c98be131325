package node

import (
	"context"
	"errors"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// tendLoop tends snapshots. It is apart from the replica's loop: who opens a file for others holds up who closes one, for as long as a disk
// takes, and to close a large file that was removed takes long.
func (n *Node) tendLoop() {
	ticker := time.NewTicker(n.options.TickInterval)
	defer ticker.Stop()
	for {
		select {
		case <-n.stopping:
			return
		case <-ticker.C:
			n.tendSnapshots(n.options.Clock.Now())
		}
	}
}

// tendSnapshots does what is to be done now and then, for what this node gets and for what it gives.
func (n *Node) tendSnapshots(now int64) {
	n.askToHold(now)
	n.dropNeedless(now)
	n.giving.expire(now)
	n.releaseTaken()
}

// holdEvery is how often a node that gets a snapshot says that it still does, where it asks for no piece: while it reads again what it has, and
// while it loads the whole, which may take much longer than sourceIdle. The file, and the log behind it, stay until the state is made of it.
const holdEvery = sourceIdle / 3

// askToHold asks for the header of the snapshot that is being got, if it is time. What who leads answers the fetch has to know, whoever gives it the file.
func (n *Node) askToHold(now int64) {
	ctx, w, leader := n.receiving.toHold(now)
	if ctx == nil {
		return
	}
	p, _ := n.Fetching()
	for _, peer := range holders(leader, p.From) {
		if own := n.options.Raft.ID; peer == own || !n.members.everybody().Has(peer) && !n.members.isDialled(peer) {
			continue
		}
		n.work(func() {
			ctx, giveUp := context.WithTimeout(ctx, holdEvery)
			defer giveUp()
			encoded, err := n.askFor(ctx, peer, pieceRequest{index: w.index, term: w.term})
			if err != nil {
				return
			}
			if h, err := snapshot.ParseHeader(encoded); err == nil && w.isOf(h) {
				n.receiving.says(peer, w, h)
			}
		})
	}
}

// toHold returns what is being got, and who spoke of it, if that is to be said again; no ctx: it is not.
func (f *receiving) toHold(now int64) (ctx context.Context, w wish, leader protocol.NodeID) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ctx == nil || !isToBeHeld(now-f.said) {
		return nil, wish{}, protocol.Nil
	}
	f.said = now
	return f.ctx, f.wish, f.from
}

var errHasEntries = errors.New("the log has what it stands for by now")

// dropNeedless gives up the snapshot that is being got if the log has brought what it stands for, and removes what came of one like that, and is nobody's.
func (n *Node) dropNeedless(now int64) {
	committed := protocol.Index(n.committed.Load())
	if n.receiving.endNeedless(committed) {
		return // once that has ended
	}
	index, ok := n.leftover()
	if !ok || !isPartNeedless(index, committed) || n.unremoved != 0 && now-n.unremoved < int64(mostRetry) || !n.receiving.leaveIdle(committed) {
		return
	}
	defer n.receiving.left()
	n.unremoved = 0
	if err := n.store.Discard(); err != nil && !errors.Is(err, snapshot.ErrBusy) {
		n.unremoved = now
		n.options.Logger.Warn("what came of a snapshot that is of no use any more could not be removed; it is tried again", "index", index, "reason", err)
	}
}

// leftover is the index of what came of a snapshot, in part or whole, and is not what the log begins behind.
func (n *Node) leftover() (index protocol.Index, ok bool) {
	base, _ := n.log.Base()
	if received, whole := n.store.Received(); whole {
		return received.Index, received.Index != base
	}
	part, ok := n.store.Partial()
	return part.Index, ok
}

// endNeedless gives up what is being got if the log has that, and reports whether anything is being got.
func (f *receiving) endNeedless(committed protocol.Index) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ctx != nil && isNeedless(f.wish.index, committed) {
		f.giveUp(errHasEntries)
	}
	return f.ctx != nil
}
