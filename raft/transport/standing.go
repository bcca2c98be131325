package transport

import (
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// PeerStatus is how this node stands with one peer. Each of the two dials for what it has to say itself, so that one may be
// heard and not hear: because of an address, a port or a wall that only one of them has.
type PeerStatus struct {
	Peer    protocol.NodeID
	Address string
	// Messages and Calls are the two connections that this node dials. Without the first the peer hears nothing of it.
	Messages, Calls LinkStatus
	// Bulk is the third, which stands only while it is used.
	Bulk LinkStatus
	// Heard is the connection that the peer dials for its messages. Without it this node hears nothing of the peer.
	Heard HeardStatus
}

// LinkStatus is the state of one dialled connection.
type LinkStatus struct {
	Connected bool
	// For is for how long it has been so, or not.
	For time.Duration
	// QueuedFrames and QueuedBytes are what waits here or is being written.
	QueuedFrames, QueuedBytes int
	// Dropped is how many frames were dropped since Start, or since it became a peer: no connection, no room, or lost with a
	// connection before they were written.
	Dropped uint64
	// LastError is why the last attempt or connection failed; empty while connected.
	LastError string
	// Version is the one of the protocol that is spoken; 0 while not connected.
	Version uint8
	// Cause is LastError in a word; empty while connected, and before the first attempt has ended.
	Cause Cause
}

// HeardStatus is the state of a connection that a peer dials.
type HeardStatus struct {
	Connected bool
	For       time.Duration // for how long it has been so, or not
	// Quiet is since when nothing has come by it, pulses counted; since Start where nothing ever did.
	Quiet time.Duration
}

// OneWay is for how long exactly one of the two has reached the other; 0 where both do, or neither.
func (s *PeerStatus) OneWay() time.Duration {
	if s.Messages.Connected == s.Heard.Connected {
		return 0
	}
	return max(1, min(s.Messages.For, s.Heard.For))
}

// Peers returns the state of all peers, ascending by id.
func (t *Transport) Peers() []PeerStatus {
	var all []PeerStatus
	for id := range t.peers {
		if p := t.peers[id].Load(); p != nil {
			all = append(all, PeerStatus{Peer: p.id, Address: p.address,
				Messages: p.messages.status(), Calls: p.calls.status(), Bulk: p.bulk.status(), Heard: t.heard(p.id)})
		}
	}
	return all
}

func (l *link) status() LinkStatus {
	l.mu.Lock()
	s := LinkStatus{Dropped: l.dropped.Load(), LastError: l.lastError, Cause: l.cause, For: time.Since(l.since)}
	l.mu.Unlock()
	if c := l.current.Load(); c != nil {
		s.Connected, s.Version = true, c.version
		s.QueuedFrames, s.QueuedBytes = c.out.size()
	}
	return s
}

func (t *Transport) heard(peer protocol.NodeID) HeardStatus {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := end{peer, kindMessages}
	since, ever := t.inSince[at]
	if !ever {
		since = t.began
	}
	return HeardStatus{Connected: t.incoming[at] != nil, For: time.Since(since), Quiet: t.quiet(at)}
}

// quiet is for how long nothing has come of a peer. Called with mu held.
func (t *Transport) quiet(at end) time.Duration {
	switch in, last := t.incoming[at], t.inLast[at]; {
	case in != nil:
		return time.Since(time.Unix(0, in.heard.Load()))
	case !last.IsZero():
		return time.Since(last)
	}
	return time.Since(t.began)
}
