package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
)

// Forward is Host's. Pending proposals are bounded, and so are these goroutines: what is abandoned ends.
func (h *realHost) Forward(to protocol.NodeID, call uint64, request []byte, deadline int64) (abandon func()) {
	n := (*Node)(h)
	ctx, abandon := context.WithCancel(context.Background())
	n.work(func() {
		defer abandon()
		response, err := h.transport.Call(ctx, to, request, time.Now().Add(time.Duration(deadline-h.Now())))
		h.inbox.put(Answered(call, response, forwardError(err, h.Now() >= deadline)))
	})
	return abandon
}

// forwardError is the verdict on a request of which the transport says err, late where its deadline has passed. Only where the leader
// could not be reached is that said: who lacks time, or asks for too much at once, says nothing of the leader.
func forwardError(err error, late bool) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, transport.ErrFull):
		return fmt.Errorf("%w: %w", ErrOverloaded, err)
	case errors.Is(err, transport.ErrNotSent) && late:
		return fmt.Errorf("%w: %w", ErrDeadline, err)
	case errors.Is(err, transport.ErrNotSent):
		return fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	return fmt.Errorf("%w: %w", ErrBroken, err)
}
