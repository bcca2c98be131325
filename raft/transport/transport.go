package transport

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Transport connects one replica with its peers. Its methods may be called by any goroutines at
// the same time.
type Transport struct {
	cfg       Config
	listener  net.Listener
	messages  [protocol.MaxNodeID + 1]*link // nil where there is no such peer
	calls     [protocol.MaxNodeID + 1]*link
	verifying sync.Mutex
	strangers news

	running   context.Context // until Close
	stop      context.CancelFunc
	goroutine sync.WaitGroup

	mu       sync.Mutex
	open     map[net.Conn]struct{} // all connections, before and after their hello
	incoming map[end]*conn         // the newest accepted connection of each peer and kind
	greeting int                   // accepted connections whose hello is not over
}

// end is what a peer has one accepted connection of.
type end struct {
	peer protocol.NodeID
	kind kind
}

// mostGreeting bounds the accepted connections that have not said who they are.
const mostGreeting = 64

// Start listens and begins to reach all peers. It returns a *ConfigError for a configuration that
// can't work, and the listener's error where the address can't be had.
func Start(cfg Config) (*Transport, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	t := &Transport{cfg: cfg, listener: cfg.Listener, open: map[net.Conn]struct{}{}, incoming: map[end]*conn{}}
	if t.listener == nil {
		listener, err := net.Listen("tcp", cfg.Listen)
		if err != nil {
			return nil, fmt.Errorf("listen for peers: %w", err)
		}
		t.listener = listener
	}
	t.running, t.stop = context.WithCancel(context.Background())
	for _, id := range cfg.peerIDs() {
		t.messages[id] = t.newLink(id, kindMessages)
		t.calls[id] = t.newLink(id, kindCalls)
		t.goroutine.Go(t.messages[id].run)
		t.goroutine.Go(t.calls[id].run)
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

// hold keeps c among the connections that Close closes; false says that it is closed already.
func (t *Transport) hold(c net.Conn) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.running.Err() != nil {
		c.Close()
		return false
	}
	t.open[c] = struct{}{}
	return true
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
	pause := backOff{least: t.cfg.BackOffMin, most: t.cfg.BackOffMax, random: t.random(t.cfg.Node, 0)}
	for t.running.Err() == nil {
		c, err := t.listener.Accept()
		switch {
		case err == nil:
			pause.succeeded()
			t.goroutine.Go(func() { t.serve(c) })
		case t.running.Err() == nil:
			t.sayOnce("cannot accept connections", err)
			t.pause(pause.next(), nil)
		}
	}
}

// pause waits for d, or until the transport closes or hurry is closed or sent to.
func (t *Transport) pause(d time.Duration, hurry <-chan struct{}) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-hurry:
	case <-t.running.Done():
	}
}

// sayOnce logs what is wrong with a connection that is no peer's, or none yet.
func (t *Transport) sayOnce(what string, err error, args ...any) {
	if text := reason(err); t.strangers.first(fmt.Sprint(what, text, args)) {
		t.cfg.Logger.Warn(what, append(args, "reason", text)...)
	}
}

// serve is the life of an accepted connection.
func (t *Transport) serve(c net.Conn) {
	if !t.hold(c) {
		return
	}
	defer t.drop(c)
	theirs, err := t.greet(c)
	if err != nil {
		if t.running.Err() == nil {
			t.sayOnce("refused a connection", err, "from", host(c.RemoteAddr()))
		}
		return
	}
	in := t.newConn(c, theirs.from, theirs.kind)
	t.hurry(theirs.from)
	t.supersede(in)
	err = in.run(t.accepted(in))
	if errors.Is(err, ErrFrame) {
		t.cfg.Logger.Error("closed a connection", "peer", in.peer, "kind", in.kind.String(), "reason", err)
	}
}

// greet is the hello of an accepted connection.
func (t *Transport) greet(c net.Conn) (hello, error) {
	if !t.beginGreeting() {
		return hello{}, fmt.Errorf("%d connections have not said who they are", mostGreeting)
	}
	defer t.endGreeting()
	if err := c.SetDeadline(time.Now().Add(t.cfg.DialTimeout)); err != nil {
		return hello{}, err
	}
	theirs, err := t.answer(c)
	if err != nil {
		return hello{}, err
	}
	return theirs, c.SetDeadline(time.Time{})
}

func (t *Transport) beginGreeting() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.greeting == mostGreeting {
		return false
	}
	t.greeting++
	return true
}

func (t *Transport) endGreeting() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.greeting--
}

// supersede ends the connection that the same peer had for the same, and returns when nothing of it
// is handled any more: a peer that dials anew knows that the old one is dead before we do.
func (t *Transport) supersede(in *conn) {
	t.mu.Lock()
	at := end{in.peer, in.kind}
	old := t.incoming[at]
	t.incoming[at] = in
	t.mu.Unlock()
	if old != nil {
		old.end(errSuperseded)
		<-old.done
	}
}

// hurry has the links to a peer that was just heard of try at once.
func (t *Transport) hurry(peer protocol.NodeID) {
	t.messages[peer].hurry()
	t.calls[peer].hurry()
}

// accepted returns what is done with the frames of an accepted connection.
func (t *Transport) accepted(in *conn) func(frameType, []byte) error {
	if in.kind == kindCalls {
		return t.newAnswerer(in).handle
	}
	return t.newReceiver(in).handle
}

func host(address net.Addr) string {
	if tcp, ok := address.(*net.TCPAddr); ok {
		return tcp.IP.String()
	}
	return address.String()
}
