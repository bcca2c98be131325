package gate

import (
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// Why a Read fails, beside what the network says.
var (
	// ErrSilent: nothing came from the connection.
	ErrSilent error = timeout("nothing was sent: the connection is closed")
	// ErrSlow: a request did not come whole in time.
	ErrSlow error = timeout("the request did not come whole in time: send it at once")
	// ErrBytes: requests of all connections hold too many bytes, and this one was the slowest.
	ErrBytes = errors.New("requests that are not whole take too much memory: send it again, at once")
	// ErrEvicted: another needed the place.
	ErrEvicted = errors.New("all places are taken and this connection did nothing: connect again")
	// ErrStopping: Stop was called.
	ErrStopping = errors.New("the door is closed")
)

// timeout is a net.Error: net/http tells those apart.
type timeout string

func (t timeout) Error() string { return string(t) }
func (timeout) Timeout() bool   { return true }
func (timeout) Temporary() bool { return false }

// Conn is a connection that has a place. Whoever serves it says what it does: Begin before a request is
// done, Idle once all are answered, Unfinished when part of another one is there. A nil Conn has no
// limits.
//
// It is served by one goroutine; Close and Stop are safe from any.
type Conn struct {
	net.Conn
	Spare bool // in a spare place

	gate *Gate

	// Under the Gate's mutex.
	class          class
	stopped        error     // why reads fail from now on; nil: they do not
	ends           time.Time // the read deadline that is set
	closed         bool
	since          time.Time // it has been in its class; for unfinished: when the request's first byte came
	before, behind *Conn     // in the queue of its class
	source         *source

	heard time.Time // of the last Read that brought something

	holds, unread    bool   // more than FreeBytes, or did
	request, answers holder // under the mutexes of the Gate's Bytes and Unread
}

// Read reads. What comes to one that had nothing to do is the first byte of a request.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.heard = time.Now()
		if !c.hears() {
			return 0, ErrEvicted
		}
		return n, err
	}
	return n, c.reason(err)
}

// hears starts the clock of a request; false: the connection has no place any more.
func (c *Conn) hears() bool {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if c.class == silent || c.class == idle {
		c.turn(unfinished, c.heard)
		c.limitRead()
	}
	return c.class != gone
}

// reason says why a read failed, and counts it.
func (c *Conn) reason(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	switch {
	case c.class == gone && !c.closed:
		return ErrEvicted
	case c.stopped != nil:
		return c.stopped
	case !errors.Is(err, os.ErrDeadlineExceeded):
		return err
	case c.class == silent:
		c.gate.counts.Silent++
		c.gate.notices.Note("silent", "a connection said nothing and was closed", "source", c.source.name)
		c.stopped = ErrSilent
		return ErrSilent
	case c.class == unfinished && time.Since(c.since) >= c.gate.config.RequestTime:
		c.gate.counts.Slow++
		c.gate.notices.Note("slow", "a request did not come whole in time and was cut", "within", c.gate.config.RequestTime, "source", c.source.name)
		c.stopped = ErrSlow
		return ErrSlow
	}
	return err
}

// Begin says that a request is whole and about to be done; from here on the connection is not closed for another's sake.
// False: it was before, and nothing may be done.
func (c *Conn) Begin() bool {
	if c == nil {
		return true
	}
	c.gate.mu.Lock()
	ok := c.class != gone
	if ok && c.class != busy {
		c.turn(busy, time.Now())
		c.limitRead()
	}
	c.gate.mu.Unlock()
	if c.holds {
		c.gate.config.Bytes.whole(&c.request)
	}
	return ok
}

// Unfinished says that all requests but one are answered, of which part is there.
func (c *Conn) Unfinished() {
	if c == nil {
		return
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if c.class == busy {
		c.turn(unfinished, c.heard) // it came with the last read: all before it was answered
		c.limitRead()
	}
}

// Idle says that all requests are answered and nothing of another one is there.
func (c *Conn) Idle() {
	if c == nil {
		return
	}
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if c.class != busy && c.class != unfinished {
		return
	}
	if errors.Is(c.stopped, ErrBytes) { // the request was whole before it could be cut
		c.stopped = nil
	}
	c.turn(idle, time.Now())
	c.limitRead()
}

func (c *Conn) turn(to class, since time.Time) {
	if c.class < busy {
		c.source.waiting[c.class].remove(c)
	}
	c.class, c.since = to, since
	if to < busy {
		c.source.waiting[to].push(c)
	}
}

// latest is when reading ends at the latest; zero: never. Under the Gate's mutex.
func (c *Conn) latest() time.Time {
	switch c.class {
	case silent:
		return deadline(c.since, c.gate.config.GreetingTime)
	case unfinished:
		return deadline(c.since, c.gate.config.RequestTime)
	default:
		return time.Time{}
	}
}

func (c *Conn) limitRead() { _ = c.setReadDeadline(time.Time{}) }

func (c *Conn) setReadDeadline(t time.Time) error {
	latest := c.latest()
	if t.IsZero() || !latest.IsZero() && latest.Before(t) {
		t = latest
	}
	if c.stopped != nil {
		t = longAgo
	}
	if t.Equal(c.ends) {
		return nil
	}
	c.ends = t
	return c.Conn.SetReadDeadline(t)
}

// SetReadDeadline sets when reading ends, but never later than the limits of the Gate.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	return c.setReadDeadline(t)
}

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

var longAgo = time.Unix(1, 0)

// end lets reads fail for a reason, also one that waits.
func (c *Conn) end(why error) {
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	if c.stopped == nil {
		c.stopped = why
		c.limitRead()
	}
}

// Stop lets reads fail with ErrStopping; what was read can be answered.
func (c *Conn) Stop() { c.end(ErrStopping) }

// Part lets the client read the last that was written before Close: a socket that is closed while something unread is
// in it takes that back.
func (c *Conn) Part() {
	_ = c.Conn.SetReadDeadline(time.Now().Add(lingeringTime))
	drain(c.Conn)
}

// CloseWrite says that nothing more is written.
func (c *Conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return half.CloseWrite()
}

// Close gives the place and the bytes back.
func (c *Conn) Close() error {
	err := c.Conn.Close()
	c.gate.config.Bytes.release(&c.request)
	c.gate.config.Unread.release(&c.answers)
	c.gate.leave(c)
	return err
}
