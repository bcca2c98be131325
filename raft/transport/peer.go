package transport

import (
	"context"
	"sync/atomic"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// peer is a node that this one dials, at one address. At another address it is another one: what was queued for the old one goes
// nowhere any more.
type peer struct {
	id                    protocol.NodeID
	address               string
	messages, calls, bulk *link
	dropped               *[len(kinds)]atomic.Uint64 // by kind; goes on at another address
	running               context.Context            // until it is removed, or has moved, or Close
	stop                  context.CancelCauseFunc
}

func (p *peer) links() []*link { return []*link{p.messages, p.calls, p.bulk} }

// end has nothing queued for the peer any more, and nothing written, once it has returned. Its goroutines end soon, by themselves: whoever
// calls may be one of them.
func (p *peer) end(why error) {
	p.stop(why)
	for _, l := range p.links() {
		if c := l.current.Load(); c != nil {
			c.end(why)
		}
	}
}

// peer returns the peer of an id; nil where there is none.
func (t *Transport) peer(id protocol.NodeID) *peer {
	if !validID(id) {
		return nil
	}
	return t.peers[id].Load()
}

// SetPeer has this node dial a peer at an address, from now on. Where it has dialled another one, that ends as RemovePeer ends it, but that
// what the peer has dialled stays. It returns at once, may be called from within the handler's methods, and does nothing where the
// peer has that address already, or after Close. An id that is no peer's, this node's own among them, and no address are logged, and nothing else.
func (t *Transport) SetPeer(id protocol.NodeID, address string) {
	if !validID(id) || id == t.cfg.Node || address == "" {
		t.cfg.Logger.Warn("not taken as a peer: expected an id of 1 to 63, not this node's own, and an address", "peer", int(id), "address", address)
		return
	}
	if old := t.replace(id, address); old != nil {
		old.end(errMoved)
	}
}

// replace puts a new peer in the place of the one that is there, which it returns.
func (t *Transport) replace(id protocol.NodeID, address string) (old *peer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old = t.peers[id].Load()
	if t.running.Err() != nil || (old != nil && staysAt(old.address, address)) {
		return nil
	}
	p := t.newPeer(id, address, old)
	t.peers[id].Store(p)
	t.mourned[id] = mourning{}
	for _, l := range p.links() {
		t.goroutine.Go(l.run)
	}
	return old
}

func (t *Transport) newPeer(id protocol.NodeID, address string, old *peer) *peer {
	p := &peer{id: id, address: address, dropped: new([len(kinds)]atomic.Uint64)}
	if old != nil {
		p.dropped = old.dropped
	}
	p.running, p.stop = context.WithCancelCause(t.running)
	p.messages, p.calls, p.bulk = t.newLink(p, kindMessages), t.newLink(p, kindCalls), t.newLink(p, kindBulk)
	return p
}

// RemovePeer has this node dial a peer no more, drops what is queued for it, ends open calls to it, and all connections with it, also those
// that it has dialled: it may dial anew, and is judged anew (Handler.Verify). What was sent when it returns may still arrive; nothing
// that is sent then is taken. It returns at once, and may be called from within the handler's methods.
func (t *Transport) RemovePeer(id protocol.NodeID) {
	if !validID(id) {
		return
	}
	t.mu.Lock()
	old := t.peers[id].Load()
	if old != nil && forgetsRemoved() {
		t.peers[id].Store(nil)
		t.mourned[id] = mourning{}
	}
	t.removed[id] = t.tick()
	incoming := t.incomingOf(id)
	t.mu.Unlock()
	if old != nil && endsRemoved() {
		old.end(errRemoved)
	}
	for _, c := range incoming {
		c.end(errRemoved)
	}
}

// tick numbers what happens to connections, in its order. t.mu is held.
func (t *Transport) tick() uint64 {
	t.ticks++
	return t.ticks
}

// incomingOf are the accepted connections of a node that are up. t.mu is held.
func (t *Transport) incomingOf(id protocol.NodeID) (all []*conn) {
	for _, k := range kinds {
		if c := t.incoming[end{id, k}]; c != nil {
			all = append(all, c)
		}
	}
	return all
}

// isOver reports whether a link is never dialled any more.
func (l *link) isOver() bool { return l.running.Err() != nil }

// over is why a link is never dialled any more.
func (l *link) over() error {
	if l.t.running.Err() != nil {
		return ErrClosed
	}
	return context.Cause(l.running)
}
