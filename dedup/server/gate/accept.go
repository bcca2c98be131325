package gate

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
	"time"
)

const (
	firstBackOff = 5 * time.Millisecond
	mostBackOff  = time.Second
)

// Listen returns a listener of connections that have a place, each a *Conn. Its Accept fails only when it is closed.
func (g *Gate) Listen(raw net.Listener) net.Listener {
	return &listener{Listener: raw, gate: g, closed: make(chan struct{})}
}

type listener struct {
	net.Listener
	gate   *Gate
	once   sync.Once
	closed chan struct{}
}

// Accept returns the next connection that has a place.
func (l *listener) Accept() (net.Conn, error) {
	backOff := firstBackOff
	for {
		raw, err := l.Listener.Accept()
		if err == nil {
			backOff = firstBackOff
			if c := l.gate.admit(raw); c != nil {
				return c, nil
			}
			l.gate.refuse(raw)
			continue
		}
		if !acceptsAgain(err) {
			return nil, err
		}
		l.gate.failed(err)
		select {
		case <-l.closed:
			return nil, net.ErrClosed
		case <-time.After(backOff):
		}
		backOff = min(2*backOff, mostBackOff)
	}
}

// Close ends Accept.
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// failed counts an error of Accept. Out of descriptors one who does nothing gives up its own.
func (g *Gate) failed(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts.AcceptErrors++
	g.notices.Note("accept", "a connection could not be accepted: trying again", "error", err)
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		if victim := g.victim(""); victim != nil {
			g.evict(victim)
		}
	}
}

// drain reads until the other side has closed, or the deadline is there.
func drain(raw net.Conn) {
	if half, ok := raw.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_, _ = io.Copy(io.Discard, raw)
	}
}
