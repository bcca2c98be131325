package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Calls: requests with a response, for what must not be lost in silence. Many are open at once on one
// connection; a number ties a response to its request.

const callNumberBytes = 8

// caller is the dialler's side of one connection for calls.
type caller struct {
	out   *outbox
	kind  kind
	most  int    // calls that are open
	limit bounds // of requests that wait

	mu    sync.Mutex
	open  map[uint64]*call
	last  uint64 // the number of the last request
	ended bool   // nothing is opened any more
}

// call is one request that waits for its response.
type call struct {
	place   uint64 // of its frame in the stream
	outcome chan outcome
	timer   *time.Timer
}

type outcome struct {
	response []byte
	err      error
}

// idle are calls to use again.
var idle = sync.Pool{New: func() any {
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	return &call{outcome: make(chan outcome, 1), timer: timer}
}}

// Call sends a request to a peer and returns what its handler replied; the response is the caller's
// own. It keeps nothing of request. An error wraps ErrNotSent, at once where there is no
// connection or no room, or ErrUnknown, if the connection broke, the peer was removed, the deadline passed or ctx was cancelled after
// the request was queued. What is queued may still be sent then. A deadline of ctx is not looked at.
func (t *Transport) Call(ctx context.Context, to protocol.NodeID, request []byte, deadline time.Time) ([]byte, error) {
	p, err := t.callable(to)
	var response []byte
	if err == nil {
		response, err = p.calls.call(ctx, request, deadline)
	}
	if err != nil {
		return nil, fmt.Errorf("call node %d: %w", to, err)
	}
	return response, nil
}

// callable returns a peer that may be called.
func (t *Transport) callable(to protocol.NodeID) (*peer, error) {
	if t.running.Err() != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, ErrClosed)
	}
	p := t.peer(to)
	if p == nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, ErrNotPeer)
	}
	return p, nil
}

// call sends a request by the connection that there is.
func (l *link) call(ctx context.Context, request []byte, deadline time.Time) ([]byte, error) {
	c, left := l.current.Load(), time.Until(deadline)
	switch {
	case c == nil:
		return nil, fmt.Errorf("%w: not connected: %s", ErrNotSent, l.status().LastError)
	case left <= 0:
		return nil, fmt.Errorf("%w: the deadline has passed", ErrNotSent)
	}
	return c.caller.call(ctx, request, left)
}

func (c *caller) call(ctx context.Context, request []byte, left time.Duration) ([]byte, error) {
	one := idle.Get().(*call)
	defer idle.Put(one)
	number, err := c.begin(one, request)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotSent, err)
	}
	one.timer.Reset(left)
	defer one.timer.Stop()
	select {
	case o := <-one.outcome:
		return o.response, o.err
	case <-one.timer.C:
		err = fmt.Errorf("%w: no response within %v", ErrUnknown, left.Round(time.Millisecond))
	case <-ctx.Done():
		err = fmt.Errorf("%w: no response before it was given up: %w", ErrUnknown, context.Cause(ctx))
	}
	if c.take(number) != nil {
		return nil, err
	}
	o := <-one.outcome // it came just now
	return o.response, o.err
}

// begin queues the request and opens its call.
func (c *caller) begin(one *call, request []byte) (number uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.ended:
		return 0, errBroken
	case len(c.open) >= c.most:
		return 0, fmt.Errorf("%w: %d calls are open", ErrFull, len(c.open))
	}
	c.last++
	var head [callNumberBytes]byte
	order.PutUint64(head[:], c.last)
	one.place, err = c.out.put(frameRequest, head[:], request, c.limit)
	if err != nil {
		return 0, err
	}
	c.open[c.last] = one
	return c.last, nil
}

// take closes the call of a number and returns it; nil where none is open. Whoever takes a call,
// and nobody else, sends its outcome.
func (c *caller) take(number uint64) *call {
	c.mu.Lock()
	defer c.mu.Unlock()
	one := c.open[number]
	delete(c.open, number)
	return one
}

func (t *Transport) newCaller(c *conn) *caller {
	most, waiting := t.cfg.OpenCalls, t.cfg.OpenCalls
	if c.kind == kindBulk {
		most, waiting = OpenBulkCalls, 2*OpenBulkCalls // what was given up waits as well
	}
	return &caller{out: c.out, kind: c.kind, open: map[uint64]*call{}, most: most, limit: bounds{frames: waiting, bytes: t.cfg.QueueBytes}}
}

func (c *caller) handle(t frameType, body []byte) error {
	if t != frameResponse || len(body) < callNumberBytes {
		return strayFrame(t, c.kind)
	}
	if one := c.take(order.Uint64(body)); one != nil {
		one.outcome <- outcome{response: bytes.Clone(body[callNumberBytes:])}
	}
	return nil
}

// fail ends all open calls, for when nothing is written any more: of a request that begins behind
// what was written no byte left.
func (c *caller) fail(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	sent := c.out.sent()
	for number, one := range c.open {
		kind := ErrUnknown
		if one.place >= sent {
			kind = ErrNotSent
		}
		delete(c.open, number)
		one.outcome <- outcome{err: fmt.Errorf("%w: %w", kind, cause)}
	}
}

// answerer is the acceptor's side of a connection for calls.
type answerer struct {
	t     *Transport
	in    *conn
	host  func(from protocol.NodeID, request []byte, reply func([]byte))
	slots chan struct{} // one for each request whose response was not written yet
}

func (t *Transport) newAnswerer(in *conn) *answerer {
	a := &answerer{t: t, in: in, host: t.cfg.Handler.Forwarded}
	if in.kind == kindBulk {
		a.host, a.slots = t.cfg.Handler.Bulk, t.share(in.peer)
	} else {
		a.slots = make(chan struct{}, t.cfg.OpenCalls)
	}
	if holdsUntilWritten() {
		in.out.answers(a.slots)
	}
	return a
}

// handle hands a request to the host. With too many open it reads no further.
func (a *answerer) handle(t frameType, body []byte) error {
	if t != frameRequest || len(body) < callNumberBytes {
		return strayFrame(t, a.in.kind)
	}
	select {
	case a.slots <- struct{}{}:
	case <-a.in.ended:
		return errBroken
	}
	a.host(a.in.peer, body[callNumberBytes:], a.replier([callNumberBytes]byte(body)))
	return nil
}

func (a *answerer) replier(number [callNumberBytes]byte) func([]byte) {
	var replied atomic.Bool
	return func(response []byte) {
		if replied.Swap(true) {
			return
		}
		_, err := a.in.out.put(frameResponse, number[:], response, bounds{})
		if err != nil || !holdsUntilWritten() {
			<-a.slots
		}
		if errors.Is(err, errTooLarge) {
			a.t.sayOnce(&a.t.news, "dropped a response that can never be sent", err, "peer", a.in.peer)
		}
	}
}
