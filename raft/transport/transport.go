package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Transport connects one replica with its peers. Its methods may be called by any goroutines at
// the same time.
type Transport struct {
	cfg      Config
	listener net.Listener
	peers    [protocol.MaxNodeID + 1]atomic.Pointer[peer] // whom this node dials; written with mu held
	shares   [protocol.MaxNodeID + 1]chan struct{}        // of each node: of bulk calls that it may have open here
	asked    chan struct{}                                // holds one for each that asks
	proof    *proof
	lobby    lobby

	remembering sync.Mutex
	condemned   [protocol.MaxNodeID + 1]atomic.Uint32 // a Refusal; 0: not
	news        news                                  // what was said of peers and of the listener
	strangers   news                                  // and of connections that are no peer's, or none yet: they get nobody else's word
	counted     counts

	running   context.Context // until Close
	stop      context.CancelFunc
	goroutine sync.WaitGroup

	began time.Time

	mu       sync.Mutex
	open     map[net.Conn]struct{} // all connections, before and after their hello
	incoming map[end]*conn         // the newest accepted connection of each peer and kind, while it is up
	inSince  map[end]time.Time     // since when it has been up, or down
	inLast   map[end]time.Time     // when something came by the last one that is not up any more
	mourned  [protocol.MaxNodeID + 1]mourning
	ticks    uint64                         // numbers connections as they are accepted, and removals
	removed  [protocol.MaxNodeID + 1]uint64 // when a node was last removed, in these
}

// end is what a node has one accepted connection of.
type end struct {
	peer protocol.NodeID
	kind kind
}

// Start listens and begins to reach all peers. It returns a *ConfigError for a configuration that
// can't work, and the listener's error where the address can't be had.
func Start(cfg Config) (*Transport, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	t := &Transport{cfg: cfg, listener: cfg.Listener, began: time.Now(), open: map[net.Conn]struct{}{}, incoming: map[end]*conn{}, inSince: map[end]time.Time{}, inLast: map[end]time.Time{}}
	t.asked = make(chan struct{}, mostAsks())
	t.lobby.places = placesFor(descriptors())
	var err error
	if t.proof, err = newProof(cfg.Secret); err != nil {
		return nil, err
	}
	if t.listener == nil {
		listener, err := net.Listen("tcp", cfg.Listen)
		if err != nil {
			return nil, fmt.Errorf("listen for peers: %w", err)
		}
		t.listener = listener
	}
	t.running, t.stop = context.WithCancel(context.Background())
	for id := range t.shares {
		t.shares[id] = make(chan struct{}, OpenBulkCalls)
	}
	for _, id := range cfg.peerIDs() {
		t.SetPeer(id, cfg.Peers[id])
	}
	t.goroutine.Go(t.accept)
	return t, nil
}

// Addr returns the address that is listened on.
func (t *Transport) Addr() net.Addr { return t.listener.Addr() }

// Close ends all connections and returns when no method of the handler runs any more. What was queued
// is dropped; open calls return. Close again does nothing.
func (t *Transport) Close() {
	t.mu.Lock()
	t.stop()
	for c := range t.open {
		c.Close()
	}
	t.mu.Unlock()
	t.listener.Close()
	t.goroutine.Wait()
}

// hold keeps c among the connections that Close closes, and numbers it; 0 says that it is closed already.
func (t *Transport) hold(c net.Conn) (number uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running.Err() != nil {
		c.Close()
		return 0
	}
	t.open[c] = struct{}{}
	return t.tick()
}

func (t *Transport) drop(c net.Conn) {
	c.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.open, c)
}

// accept takes connections until Close. A listener that fails is tried again: what it lacks, such as
// file descriptors, may come back.
func (t *Transport) accept() {
	next := backOff{least: t.cfg.BackOffMin, most: t.cfg.BackOffMax, random: t.random(t.cfg.Node, 0)}
	var failing news
	for t.running.Err() == nil {
		c, err := t.listener.Accept()
		switch {
		case err == nil:
			next.succeeded()
			failing.forget()
			t.welcome(c)
		case t.running.Err() == nil:
			t.counted.acceptErrors.Add(1)
			t.sayOnce(&failing, "cannot accept connections, will try again", err)
			if !acceptsAgain(err) {
				return
			}
			pause(t.running, next.next(), nil)
		}
	}
}

// welcome begins the life of an accepted connection. It has its place before the next one is accepted, so that no
// more of them, and of the goroutines that serve them, are there than places.
func (t *Transport) welcome(c net.Conn) {
	t.counted.accepted.Add(1)
	number := t.hold(c)
	if number == 0 {
		return
	}
	t.lobby.enter(c, source(c.RemoteAddr()))
	t.goroutine.Go(func() { t.serve(c, number) })
}

// pause waits for d, or until running is over or hurry is closed or sent to.
func pause(running context.Context, d time.Duration, hurry <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-hurry:
	case <-running.Done():
	}
}

// sayOnce logs what is wrong where it is news.
func (t *Transport) sayOnce(n *news, what string, err error, args ...any) {
	text := reason(err)
	first, unsaid := n.first(fmt.Sprint(what, text, args))
	if !first {
		return
	}
	args = append(args, "reason", text)
	if unsaid > 0 {
		args = append(args, "not_logged_before", unsaid)
	}
	t.cfg.Logger.Warn(what, args...)
}

// serve is the life of an accepted connection.
func (t *Transport) serve(below net.Conn, number uint64) {
	defer t.drop(below)
	c := t.proof.acceptor(below)
	theirs, err := t.greet(c)
	if left := t.lobby.leave(below); !left && err != nil {
		err = errDisplaced
	}
	if err != nil {
		t.counted.refused.Add(1)
		if t.running.Err() == nil {
			t.sayOnce(&t.strangers, "refused a connection", err, "from", source(below.RemoteAddr()))
		}
		return
	}
	own := t.hello(theirs.kind, theirs.from)
	if theirs.kind == kindAsk {
		t.hear(c, below.RemoteAddr(), spoken(&own, &theirs))
		return
	}
	in := t.newConn(c, theirs.from, theirs.kind, spoken(&own, &theirs))
	in.number = number
	if in.kind == kindBulk {
		narrow(below)
	}
	t.hurry(theirs.from)
	t.supersede(in)
	err = in.run(t.accepted(in))
	t.forget(in)
	t.tellDeath(in.peer)
	if errors.Is(err, ErrFrame) || errors.Is(err, ErrImpossible) {
		t.sayOnce(&t.news, "closed a connection: a peer said what no peer says", err, "peer", in.peer, "kind", in.kind.String())
	}
}

// greet is the beginning of an accepted connection: the proof, and then the hellos, by one deadline.
func (t *Transport) greet(c *secured) (hello, error) {
	if err := c.SetDeadline(time.Now().Add(t.cfg.DialTimeout)); err != nil {
		return hello{}, err
	}
	if !provesFirst() {
		return t.answer(c.below)
	}
	if err := c.prove(); err != nil {
		return hello{}, err
	}
	theirs, err := t.answer(c)
	if err != nil {
		return hello{}, err
	}
	if theirs.kind == kindAsk {
		return theirs, nil // it has a time of its own
	}
	return theirs, c.SetDeadline(time.Time{})
}

// supersede ends the connection that the same peer had for the same, and returns when nothing of it
// is handled any more: a peer that dials anew knows that the old one is dead before we do. Where the old one is the
// newer of the two, or the peer was removed since this one came, it ends this one.
func (t *Transport) supersede(in *conn) {
	t.mu.Lock()
	at := end{in.peer, in.kind}
	old := t.incoming[at]
	if err := t.outdated(in, old); err != nil {
		t.mu.Unlock()
		in.end(err)
		return
	}
	t.incoming[at] = in
	if in.kind == kindMessages {
		t.mourned[in.peer].refused = false // somebody is there
	}
	if old == nil {
		t.inSince[at] = time.Now()
	}
	t.mu.Unlock()
	if t.condemned[in.peer].Load() != 0 {
		in.end(errCondemned)
	}
	if old != nil {
		old.end(errSuperseded)
		<-old.done
	}
}

// forget takes an accepted connection that has ended out of those that are up.
func (t *Transport) forget(in *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at := (end{in.peer, in.kind}); t.incoming[at] == in && forgetsEnded() {
		delete(t.incoming, at)
		t.inSince[at], t.inLast[at] = time.Now(), time.Unix(0, in.heard.Load())
	}
}

// hurry has the links to a peer that was just heard of try at once.
func (t *Transport) hurry(peer protocol.NodeID) {
	for _, l := range t.linksTo(peer) {
		l.hurry()
	}
}

// outdated returns why an accepted connection comes too late. t.mu is held.
func (t *Transport) outdated(in, old *conn) error {
	switch {
	case isBefore(in.number, t.removed[in.peer]):
		return errRemoved
	case old != nil && isOlder(in.number, old.number):
		return errOlder
	}
	return nil
}

// linksTo are all dialled connections to a peer; none where there is no such peer.
func (t *Transport) linksTo(id protocol.NodeID) []*link {
	if p := t.peer(id); p != nil {
		return p.links()
	}
	return nil
}

// accepted returns what is done with the frames of an accepted connection.
func (t *Transport) accepted(in *conn) func(frameType, []byte) error {
	if in.kind == kindMessages {
		return t.newReceiver(in).handle
	}
	return t.newAnswerer(in).handle
}
