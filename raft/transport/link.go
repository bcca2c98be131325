package transport

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// link keeps one dialled connection to a peer up, or dials it when it is wanted.
type link struct {
	t       *Transport
	peer    protocol.NodeID
	kind    kind
	address string
	running context.Context      // the peer's
	current atomic.Pointer[conn] // nil while there is none
	dropped *atomic.Uint64       // frames that were refused or lost here
	hurried chan struct{}        // holds a token when the peer was heard of
	demand  *demand              // of what is dialled only while it is used; nil: it is kept up

	said      news
	mu        sync.Mutex
	lastError string
	cause     Cause     // of lastError
	since     time.Time // when it was connected last, or ceased to be; Start
}

func (t *Transport) newLink(p *peer, k kind) *link {
	l := &link{t: t, peer: p.id, kind: k, address: p.address, running: p.running, dropped: &p.dropped[k-1], hurried: make(chan struct{}, 1), since: time.Now()}
	if k == kindBulk {
		l.demand = newDemand(l.giveUpIdle)
	}
	return l
}

// random returns the generator of one series of pauses.
func (t *Transport) random(peer protocol.NodeID, k kind) *rand.Rand {
	return rand.New(rand.NewPCG(t.cfg.Seed, uint64(t.cfg.Node)<<16|uint64(peer)<<8|uint64(k)))
}

// run dials, once that is wanted, uses the connection until it ends, and dials again, until its peer is none any more, or Close.
func (l *link) run() {
	cfg := &l.t.cfg
	next := backOff{least: cfg.BackOffMin, most: cfg.BackOffMax, random: l.t.random(l.peer, l.kind)}
	for l.isWanted() {
		lasted, err := l.once()
		if l.isOver() {
			return
		}
		l.disconnected(err, lasted > 0)
		if errors.Is(err, errIdle) {
			continue
		}
		if lasted >= cfg.BackOffMax {
			next.succeeded()
		}
		l.wait(l.pause(&next, lasted, err))
	}
}

// once is the life of one connection; it returns how long it was up, and why it is not any more.
func (l *link) once() (lasted time.Duration, err error) {
	nc, version, err := l.dial()
	if err != nil {
		if l.kind == kindMessages {
			l.t.unanswered(l, err)
		}
		return 0, err
	}
	defer l.t.drop(nc.below)
	up, c := time.Now(), l.t.newConn(nc, l.peer, l.kind, version)
	handle := l.dialled(c)
	l.connected(c)
	err = c.run(handle)
	l.current.Store(nil)
	if l.kind == kindMessages {
		l.t.lost(l)
	}
	l.dropped.Add(uint64(c.dropped))
	if c.caller != nil {
		c.caller.fail(err)
	}
	return max(1, time.Since(up)), err
}

// dial returns a connection whose hellos are over, and the version that is spoken there.
func (l *link) dial() (c *secured, version uint8, err error) {
	deadline := time.Now().Add(l.t.cfg.DialTimeout)
	ctx, cancel := context.WithDeadline(l.running, deadline)
	defer cancel()
	below, err := l.t.cfg.Dial(ctx, "tcp", l.address)
	if err != nil {
		return nil, 0, err
	}
	if l.t.hold(below) == 0 {
		return nil, 0, ErrClosed
	}
	unwatch := context.AfterFunc(l.running, func() { below.Close() })
	defer unwatch()
	c = l.t.proof.dialler(below)
	if version, err = l.introduce(c, deadline); err != nil {
		l.t.drop(below)
		return nil, 0, err
	}
	return c, version, nil
}

// introduce is the beginning of a connection, up to the deadline.
func (l *link) introduce(c *secured, deadline time.Time) (version uint8, err error) {
	if err := c.SetDeadline(deadline); err != nil {
		return 0, err
	}
	if err := c.prove(); err != nil {
		return 0, err
	}
	if version, err = l.t.introduce(c, l.kind, l.peer); err != nil {
		return 0, err
	}
	return version, c.SetDeadline(time.Time{})
}

// dialled returns what is done with the frames of a dialled connection. One for messages hears only
// pulses.
func (l *link) dialled(c *conn) func(frameType, []byte) error {
	if l.kind == kindMessages {
		return func(t frameType, _ []byte) error { return strayFrame(t, l.kind) }
	}
	c.caller = l.t.newCaller(c)
	return c.caller.handle
}

func (l *link) connected(c *conn) {
	l.mu.Lock()
	l.lastError, l.cause, l.since = "", "", time.Now()
	l.mu.Unlock()
	l.said.forget()
	if l.kind == kindMessages {
		l.t.reached(l)
	}
	l.current.Store(c)
	l.tried()
	if l.t.condemned[l.peer].Load() != 0 {
		c.end(errCondemned)
	}
	if l.isOver() {
		c.end(l.over())
		return
	}
	l.t.cfg.Logger.Info("connected to a peer", "peer", l.peer, "kind", l.kind.String(), "address", l.address)
}

// disconnected keeps why there is no connection, and logs it if that is news.
func (l *link) disconnected(err error, was bool) {
	text := reason(err)
	l.mu.Lock()
	if l.lastError, l.cause = text, causeOfBreak(err); was {
		l.since = time.Now()
	}
	l.mu.Unlock()
	what := "cannot reach a peer"
	switch {
	case errors.Is(err, errIdle):
		l.t.cfg.Logger.Info("gave up a connection that nobody uses", "peer", l.peer, "kind", l.kind.String())
		return
	case was:
		what = "lost the connection to a peer"
	default:
		l.tried()
	}
	if first, _ := l.said.first(text); first {
		l.t.cfg.Logger.Warn(what, "peer", l.peer, "kind", l.kind.String(), "address", l.address, "reason", text)
	}
}

// pause returns how long to wait after an attempt, or a connection that lasted. After a break it looks at once whether anybody
// is there (see death.go), but where connections break again and again no more often than in the longest pause. An attempt that
// was cut off then says neither: a process that ends closes one thing after the other, and took it just before its port
// was closed. So it looks again soon, a few times.
func (l *link) pause(pause *backOff, lasted time.Duration, err error) time.Duration {
	switch {
	case lasted > 0 && !isForLong(err) && pause.mayLook(time.Now()):
		return 0
	case lasted == 0 && isCutOff(err) && pause.mayLookAgain():
		return pause.shortened(pause.least)
	}
	return pause.after(err)
}

// wait pauses before the next attempt. A peer that is heard of cuts the pause short, but for its first
// part: two nodes that lose one another at once would hurry each other on without end.
func (l *link) wait(d time.Duration) {
	least := min(d, l.t.cfg.BackOffMin)
	pause(l.running, least, nil)
	pause(l.running, d-least, l.hurried)
}

func (l *link) hurry() {
	select {
	case l.hurried <- struct{}{}:
	default:
	}
}

func strayFrame(t frameType, k kind) error {
	return badFrame("a frame of type %d on a connection for %v", t, k)
}
