package transport

import (
	"errors"
	"syscall"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The death of a process is news. Its system closes what it had open, and answers for it: a connection to it breaks, and
// where it listened nobody does. This node looks at once after a break (link.wait), for the address that it was
// given; what others do at its own port says nothing. Who is told so is told once for each connection that broke, when nothing
// that the process has sent is still to be read.
//
// It is evidence, not proof. A wall that rejects what it does not let through looks alike, and so does a node that closes its
// port and lives on. And where somebody else answers at the port of a dead process (a container's proxy, a balancer), where the
// machine is gone too, or where a new process listens already, there is no news: then time decides.

// isDeath reports whether an attempt to dial says that nobody listens there: not that nothing answered in time, nor that
// whoever answered broke off or refused this node.
func isDeath(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }

// mourning is what is known of a peer's process.
type mourning struct {
	broke   bool // a connection to it did, and none has come up since
	refused bool // and then nobody listened
}

// lost notes that a dialled connection to a peer broke.
func (t *Transport) lost(l *link) { t.note(l, mourning{broke: true}) }

// reached notes that a peer was dialled, or has dialled: whatever broke was replaced in peace.
func (t *Transport) reached(l *link) { t.note(l, mourning{}) }

// note keeps what a link has seen, if it is still its peer's.
func (t *Transport) note(l *link, m mourning) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if mournsFor(l) {
		t.mourned[l.peer] = m
	}
}

// unanswered notes why a peer could not be dialled.
func (t *Transport) unanswered(l *link, err error) {
	if !provesDeath(err) {
		return
	}
	t.mu.Lock()
	if mournsFor(l) {
		t.mourned[l.peer].refused = t.mourned[l.peer].broke
	}
	t.mu.Unlock()
	t.tellDeath(l.peer)
}

// tellDeath tells the host of a peer's death, once, and not before what the peer sent was read.
func (t *Transport) tellDeath(peer protocol.NodeID) {
	t.mu.Lock()
	gone := t.mourned[peer].refused && t.incoming[end{peer, kindMessages}] == nil
	if gone {
		t.mourned[peer] = mourning{}
	}
	t.mu.Unlock()
	if gone && t.running.Err() == nil {
		t.cfg.Handler.Gone(peer)
	}
}
