package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

const (
	// piecesAhead is how many pieces are asked for at once: one comes while another one is written.
	piecesAhead = 2
	// pieceTime is how long an answer may take, and how long a node may put off in a row before another one is asked.
	pieceTime = 10 * time.Second
)

// pieceOnItsWay is a piece that was asked for.
type pieceOnItsWay struct {
	offset int64
	came   chan cameAs
}

type cameAs struct {
	bytes []byte
	err   error
}

// pieces gets what is lacking from a node, in order, until a piece is shorter than it should be, its turn is over, or an error.
func (d *download) pieces(ctx context.Context, peer protocol.NodeID, until int64) error {
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var window []pieceOnItsWay
	end := d.in.Header().FileBytes()
	for next := d.in.Offset(); d.in.Offset() < end && !d.isOver(until); window = window[1:] {
		for len(window) < piecesAhead && next < end {
			window = append(window, d.ask(ctx, peer, next))
			next += d.step
		}
		one := window[0]
		came := <-one.came
		if came.err != nil {
			return came.err
		}
		if err := d.take(came.bytes, one.offset); err != nil {
			return err
		}
		d.givers, d.came = d.givers.With(peer), d.came+int64(len(came.bytes))
		if d.in.Offset() != min(one.offset+d.step, end) {
			d.step = d.in.Offset() - one.offset // as much as the node gives at once
			return nil
		}
	}
	return nil
}

// ask asks for a piece and returns at once.
func (d *download) ask(ctx context.Context, peer protocol.NodeID, offset int64) pieceOnItsWay {
	p := pieceOnItsWay{offset, make(chan cameAs, 1)}
	d.n.work(func() {
		bytes, err := d.n.askFor(ctx, peer, d.request(offset))
		p.came <- cameAs{bytes, err}
	})
	return p
}

// take writes a piece. Blocks that are not what the header's snapshot has are the sender's fault, all else is this node's.
func (d *download) take(piece []byte, offset int64) error {
	h, end := d.in.Header(), offset+int64(len(piece))
	if end != h.FileBytes() && (end-snapshot.HeaderBytes)%int64(h.BlockBytes) != 0 {
		return fmt.Errorf("%w: %d bytes, which end within a block", errRubbish, len(piece))
	}
	err := d.in.Append(piece, offset)
	switch {
	case err == nil:
		d.n.fetchCame(d.in.Offset())
		if d.took += len(piece); d.took >= roomLookedAt {
			d.took = 0
			return d.room(roomLookedAt)
		}
		return nil
	case errors.Is(err, snapshot.ErrRejected), errors.Is(err, snapshot.ErrOrder):
		return err
	}
	d.in = nil
	return &ownError{err}
}

// askFor asks a node for a piece, as often as it says that it can't give it yet, for pieceTime at most.
func (n *Node) askFor(ctx context.Context, peer protocol.NodeID, r pieceRequest) ([]byte, error) {
	request, until := r.encode(), time.Now().Add(pieceTime)
	for {
		answer, err := n.transport.CallBulk(ctx, peer, request, time.Now().Add(pieceTime))
		if err != nil {
			return nil, err
		}
		piece, again, err := parsePiece(answer)
		if again == 0 {
			return piece, err
		}
		if time.Now().Add(again).After(until) {
			return nil, fmt.Errorf("%w: it put off for %v", errNotGiven, pieceTime)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(again):
		}
	}
}
