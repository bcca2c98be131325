package transport

import (
	"fmt"
	"sync/atomic"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// counts are what happened at the port since Start.
type counts struct {
	accepted, refused, acceptErrors, rejected atomic.Uint64
}

// PortStatus is what happened at the port for peers since Start. Those that greet now, and did not prove themselves, are
// strangers for all that is known.
type PortStatus struct {
	Greeting     int    // connections that have not proved themselves yet
	Accepted     uint64 // connections that came
	Refused      uint64 // of them, those that were not let in
	Displaced    uint64 // of them, those that had to make room for others
	AcceptErrors uint64 // times that the listener failed, such as for want of descriptors
	Rejected     uint64 // messages of peers that no correct peer sends
}

// Port returns what happened at the port.
func (t *Transport) Port() PortStatus {
	greeting, displaced := t.lobby.counts()
	return PortStatus{
		Greeting: greeting, Accepted: t.counted.accepted.Load(), Refused: t.counted.refused.Load(), Displaced: displaced,
		AcceptErrors: t.counted.acceptErrors.Load(), Rejected: t.counted.rejected.Load(),
	}
}

// Condemn ends all connections with a node, and refuses it from then on: RolledBack, Diverged or Removed. It returns at once. Keeping
// that over a start is the host's.
func (t *Transport) Condemn(peer protocol.NodeID, why Refusal) {
	t.condemned[peer].Store(uint32(why))
	t.mu.Lock()
	open := t.incomingOf(peer)
	t.mu.Unlock()
	for _, l := range t.linksTo(peer) {
		if c := l.current.Load(); c != nil {
			open = append(open, c)
		}
	}
	for _, c := range open {
		c.end(errCondemned)
	}
}

// Reject closes the connection on which a peer sends its messages, because of one that no correct peer sends. It is
// counted, and logged at a bounded rate. It returns at once; the peer may dial anew.
func (t *Transport) Reject(peer protocol.NodeID, why error) {
	t.counted.rejected.Add(1)
	t.mu.Lock()
	in := t.incoming[end{peer, kindMessages}]
	t.mu.Unlock()
	if in != nil {
		in.end(fmt.Errorf("%w: %w", ErrImpossible, why))
	}
}
