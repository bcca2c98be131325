package node

import (
	"context"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Transfer has another node lead in this one's place, Nil: whichever is fit for it, and returns once that one is known to
// lead. What is proposed meanwhile waits, and goes there. It ends within some election timeouts; errors are those of the
// event Transfer, and one that wraps ErrUnknown where ctx has ended before.
func (n *Node) Transfer(ctx context.Context, to protocol.NodeID) error {
	ended := make(chan error, 1)
	if !n.inbox.put(Transfer(to, func(_ []byte, err error) { ended <- err })) {
		return errStoppedBefore
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: who will lead: %w", ErrUnknown, context.Cause(ctx))
	}
}

// Ticks is how long so many ticks are, of which Status counts some.
func (n *Node) Ticks(ticks int) time.Duration { return time.Duration(ticks) * n.options.TickInterval }

// ElectionTimeout is the shortest time without a leader after which a node campaigns.
func (n *Node) ElectionTimeout() time.Duration {
	return n.Ticks(n.options.Raft.ElectionTicks)
}
