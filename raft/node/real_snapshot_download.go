package node

import (
	"context"
	"errors"
	"fmt"

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

	givers protocol.NodeSet // who has given what is here
	early  bool             // some of it was here before
}

// run asks one node after another, until the file is whole, or none gives any of it.
func (d *download) run() error {
	defer func() {
		if d.in != nil {
			endPart(d.in)
		}
	}()
	var why []error
	for len(why) < len(d.n.options.Peers) {
		peers := d.order()
		if len(peers) == 0 {
			return errNobodyGives
		}
		for _, peer := range peers {
			before := d.offset()
			err := d.from(peer)
			var own *ownError
			switch {
			case err == nil:
				return nil
			case d.ctx.Err() != nil:
				return context.Cause(d.ctx)
			case errors.As(err, &own):
				return own.err
			case d.offset() > before:
				why = nil
			}
			why = append(why, fmt.Errorf("node %d: %w", peer, err))
		}
	}
	return errors.Join(why[max(0, len(why)-len(d.n.options.Peers)):]...)
}

// errNobodyGives: all others are kept out, or there are none.
var errNobodyGives = errors.New("no other node of the cluster may be asked")

// order is who is asked, the one that spoke of the snapshot first. What those have who are kept out is not to be trusted.
func (d *download) order() (peers []protocol.NodeID) {
	first, servers, own := d.n.receiving.first(), d.n.options.Raft.Servers, d.n.options.Raft.ID
	if first != own && servers.Has(first) && d.n.mayGive(first) {
		peers = append(peers, first)
	}
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		if id != own && id != first && d.n.mayGive(id) {
			peers = append(peers, id)
		}
	}
	return peers
}

// offset is how much of the file is here.
func (d *download) offset() int64 {
	if d.in == nil {
		return 0
	}
	return d.in.Offset()
}

// ownError is what went wrong here: another node would not help.
type ownError struct{ err error }

func (e *ownError) Error() string { return e.err.Error() }

// from gets from one node what is still lacking. Nil: all of it is here, and durable.
func (d *download) from(peer protocol.NodeID) error {
	ctx, giveUp := context.WithCancel(d.ctx)
	defer giveUp()
	d.n.fetched.phase(PhaseFetching)
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
		if err := d.pieces(ctx, peer); err != nil {
			return err
		}
	}
	return d.commit()
}

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
