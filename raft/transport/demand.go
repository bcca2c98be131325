package transport

import (
	"sync"
	"time"
)

// demand is who wants a connection that is dialled only when somebody does.
type demand struct {
	mu     sync.Mutex
	users  int           // that wait for a connection, or use it
	wanted chan struct{} // holds a token while somebody waits for an attempt
	tried  chan struct{} // closed when the attempt that those who wait now wait for is over
	idle   *time.Timer   // runs while there are no users
}

func newDemand(giveUp func()) *demand {
	d := &demand{wanted: make(chan struct{}, 1), tried: make(chan struct{}), idle: time.AfterFunc(time.Hour, giveUp)}
	d.idle.Stop()
	return d
}

// enter makes the caller a user, until it calls leave; false: there are too many.
func (d *demand) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.users >= OpenBulkCalls {
		return false
	}
	d.users++
	d.idle.Stop()
	return true
}

func (d *demand) leave(idle time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.users--
	if isUnused(d.users) {
		d.idle.Reset(idle)
	}
}

// want returns nil where l is connected; otherwise it has it dialled, and returns what is closed when that came to something.
func (d *demand) want(l *link) (tried chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.current.Load() != nil {
		return nil
	}
	select {
	case d.wanted <- struct{}{}:
	default:
	}
	return d.tried
}

// isWanted waits until the link is to be dialled; false: it never will be any more.
func (l *link) isWanted() bool {
	if l.demand != nil && waitsForDemand() {
		select {
		case <-l.demand.wanted:
		case <-l.running.Done():
		}
	}
	return !l.isOver()
}

// tried tells those who wait that an attempt is over: either it has connected, or they are not to wait for the next.
func (l *link) tried() {
	d := l.demand
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	select {
	case <-d.wanted: // by those who waited for this one
	default:
	}
	close(d.tried)
	d.tried = make(chan struct{})
	if isUnused(d.users) {
		d.idle.Reset(l.t.cfg.BulkIdle) // they are gone
	}
}

// giveUpIdle ends a connection that nobody has used for a while.
func (l *link) giveUpIdle() {
	l.demand.mu.Lock()
	defer l.demand.mu.Unlock()
	if !isUnused(l.demand.users) {
		return // somebody came just now
	}
	if c := l.current.Swap(nil); c != nil {
		c.end(errIdle)
	}
}
