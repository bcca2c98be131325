package node

import (
	"context"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// tenure is the time for which one node is known to lead. What lies on its shelf is fetched afterwards too, as long as the
// pieces come: a leader that hangs must not keep those who wait until their deadline, nor the places of those whom the next one answers.
// The loop's.
type tenure struct {
	leader protocol.NodeID
	lasts  context.Context
	over   context.CancelFunc
}

// lastPiece is how long a piece may take once another node leads.
const lastPiece = 300 * time.Millisecond

// note ends the tenure where another node leads.
func (t *tenure) note(leader protocol.NodeID) {
	if leader == protocol.Nil || leader == t.leader {
		return
	}
	if t.over != nil {
		endTenure(t)
	}
	t.leader = leader
	t.lasts, t.over = context.WithCancel(context.Background())
}

// of is done when another node leads than id; at once where that is so.
func (t *tenure) of(id protocol.NodeID) context.Context {
	if id != t.leader || t.lasts == nil {
		return overBefore
	}
	return t.lasts
}

var overBefore = func() context.Context {
	ctx, over := context.WithCancel(context.Background())
	over()
	return ctx
}()

// patientWith returns a context that is done lastPiece after tenure is, or when it is given up.
func patientWith(tenure context.Context) (ctx context.Context, giveUp context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	stop := context.AfterFunc(tenure, func() {
		select {
		case <-time.After(lastPiece):
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() { stop(); cancel() }
}
