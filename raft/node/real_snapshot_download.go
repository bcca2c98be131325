package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// download is a snapshot's file on its way here.
type download struct {
	n    *Node
	ctx  context.Context //nolint:containedctx // it is one call
	wish wish
	in   *snapshot.Receiver // nil: no header has come
	step int64              // how much is asked for at once
	took int                // bytes since the disk's room was looked at
	came int64              // bytes

	givers protocol.NodeSet            // who has given what is here
	early  bool                        // some of it was here before
	pace   map[protocol.NodeID]float64 // bytes a nanosecond, of those who gave for a turn and did not fail since
	failed map[protocol.NodeID]error   // since anything came
}

// turnTime is for how long one node gives before it is looked whether another one gives faster: the one that was asked may be on a slow link, or have been asked
// when a faster one did not answer.
const turnTime = 30 * time.Second

// run asks one node after another, until the file is whole, or none gives any of it.
func (d *download) run() error {
	defer func() {
		if d.in != nil {
			endPart(d.in)
		}
	}()
	d.pace, d.failed = map[protocol.NodeID]float64{}, map[protocol.NodeID]error{}
	for {
		peer := d.next()
		if peer == protocol.Nil {
			return d.nobody()
		}
		before, began := d.came, d.n.options.Clock.Now()
		err := d.from(peer)
		came := d.came - before
		if came > 0 {
			clear(d.failed)
		}
		var own *ownError
		switch {
		case err == nil:
			return nil
		case d.ctx.Err() != nil:
			return context.Cause(d.ctx)
		case errors.As(err, &own):
			return own.err
		case errors.Is(err, errTurnOver):
			d.pace[peer] = float64(came) / float64(d.n.options.Clock.Now()-began)
		default:
			d.failed[peer] = err
			delete(d.pace, peer)
		}
	}
}

// next is who gives next: of those who have not failed since anything came one whose turn it was not yet, in the order of order, or else the fastest.
func (d *download) next() (best protocol.NodeID) {
	for _, peer := range d.order() {
		if d.failed[peer] != nil {
			continue
		}
		pace, known := d.pace[peer]
		if !known {
			return peer
		}
		if best == protocol.Nil || pace > d.pace[best] {
			best = peer
		}
	}
	return best
}

// nobody says why none gives it.
func (d *download) nobody() error {
	var why []error
	for _, peer := range d.order() {
		why = append(why, fmt.Errorf("node %d: %w", peer, d.failed[peer]))
	}
	if len(why) == 0 {
		return errNobodyGives
	}
	return errors.Join(why...)
}

var (
	// errNobodyGives: all others are kept out, or there are none.
	errNobodyGives = errors.New("no other node of the cluster may be asked")
	// errTurnOver is no failure.
	errTurnOver = errors.New("it has given for long enough to look whether another node is faster")
)

// order is who is asked, the one that spoke of the snapshot first. What those have who are kept out is not to be trusted.
func (d *download) order() (peers []protocol.NodeID) {
	first, servers, own := d.n.receiving.first(), d.n.members.everybody(), d.n.options.Raft.ID
	if first != own && (servers.Has(first) || d.n.members.isDialled(first)) && d.n.mayGive(first) {
		peers = append(peers, first)
	}
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		if id != own && id != first && d.n.mayGive(id) {
			peers = append(peers, id)
		}
	}
	return peers
}

// ownError is what went wrong here: another node would not help.
type ownError struct{ err error }

func (e *ownError) Error() string { return e.err.Error() }

// from gets from one node what is still lacking. Nil: all of it is here, and durable.
func (d *download) from(peer protocol.NodeID) error {
	ctx, giveUp := context.WithCancel(d.ctx)
	defer giveUp()
	d.n.fetched.phase(PhaseFetching)
	until := d.n.options.Clock.Now() + int64(turnTime)
	header, err := d.n.askFor(ctx, peer, d.request(0))
	if err != nil {
		return err
	}
	if err := d.begin(peer, header); err != nil {
		return err
	}
	block := int64(d.in.Header().BlockBytes)
	d.step = pieceOfSnapshot / block * block
	for d.in.Offset() < d.in.Header().FileBytes() {
		if d.isOver(until) {
			return errTurnOver
		}
		if err := d.pieces(ctx, peer, until); err != nil {
			return err
		}
	}
	return d.commit()
}

// isOver reports whether a turn has ended.
func (d *download) isOver(until int64) bool { return isTurnOver(d.n.options.Clock.Now(), until) }

func (d *download) request(offset int64) pieceRequest {
	return pieceRequest{index: d.wish.index, term: d.wish.term, offset: offset}
}

// commit ends a file that is all here.
func (d *download) commit() error {
	d.n.fetched.phase(PhaseChecking)
	h, err := d.in.Header(), d.in.Commit()
	d.in = nil
	switch {
	case err == nil:
		d.n.fetchCommitted()
		return nil
	case errors.Is(err, snapshot.ErrRejected):
		d.spoiled(h)
		return err // all of it was of one header: another node may have a better one
	case errors.Is(err, snapshot.ErrDiffers):
		d.n.sayDiffers(d.wish.index, err)
	}
	return &ownError{err}
}

// spoiled notes who has sent a whole that was not what it should be, where that was one.
func (d *download) spoiled(h snapshot.Header) {
	if giver := d.givers.Next(protocol.Nil); !d.early && d.givers.Len() == 1 {
		d.n.receiving.spoil(giver, h)
	}
}
