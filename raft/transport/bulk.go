package transport

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Bulk calls: calls that carry much, by a connection of their own, so that nothing that is urgent ever stands behind them. It is
// dialled when the first one is made, and given up when none was for a while.

const (
	// MaxBulkBytes bounds a request and a response of CallBulk. Pieces of a quarter of that are as good, and less late.
	MaxBulkBytes = 4 << 20

	// OpenBulkCalls bounds the bulk calls to a peer. It reads no more from us than that whose responses it has not
	// written: so much, times MaxBulkBytes, is all that a peer makes this node hold, however slowly it reads.
	OpenBulkCalls = 4

	// bulkBufferBytes is what the system may hold of a bulk connection: what stands there stands before other connections too.
	bulkBufferBytes = 256 << 10
)

// CallBulk is Call by the connection for bulk calls, whose requests go to the peer's Handler.Bulk. Where there is no connection it waits
// for one attempt to make it. An error wraps ErrNotSent or ErrUnknown as Call's does: ErrNotSent as well where no connection came
// up by the deadline, or until ctx was cancelled, and, with ErrFull, where OpenBulkCalls are made already.
func (t *Transport) CallBulk(ctx context.Context, to protocol.NodeID, request []byte, deadline time.Time) ([]byte, error) {
	p, err := t.callable(to)
	var response []byte
	if err == nil {
		response, err = p.bulk.callOnDemand(ctx, request, deadline)
	}
	if err != nil {
		return nil, fmt.Errorf("bulk call to node %d: %w", to, err)
	}
	return response, nil
}

func (l *link) callOnDemand(ctx context.Context, request []byte, deadline time.Time) ([]byte, error) {
	if !l.demand.enter() {
		return nil, fmt.Errorf("%w: %w: %d bulk calls are made", ErrNotSent, ErrFull, OpenBulkCalls)
	}
	defer l.demand.leave(l.t.cfg.BulkIdle)
	if err := l.awaitConnection(ctx, deadline); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	return l.call(ctx, request, deadline)
}

// awaitConnection returns when there is a connection, or an attempt to make it has failed. An error says that neither came in time.
func (l *link) awaitConnection(ctx context.Context, deadline time.Time) error {
	tried := l.demand.want(l)
	if tried == nil {
		return nil
	}
	left := time.Until(deadline)
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-tried:
		return nil
	case <-timer.C:
		return fmt.Errorf("not connected within %v: %s", left.Round(time.Millisecond), l.status().LastError)
	case <-ctx.Done():
		return fmt.Errorf("it was given up: %w", context.Cause(ctx))
	case <-l.running.Done():
		return l.over()
	}
}

// share is what a node may have open here of bulk calls, by however many connections one after the other.
func (t *Transport) share(peer protocol.NodeID) chan struct{} { return shareOf(t.shares[peer]) }

// narrow bounds what the system holds of a connection.
func narrow(c net.Conn) {
	if buffered, ok := c.(interface{ SetWriteBuffer(int) error }); ok {
		_ = buffered.SetWriteBuffer(bulkBufferBytes) // without it things go on, less well
	}
}
