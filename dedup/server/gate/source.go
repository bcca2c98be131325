package gate

import (
	"net"
	"net/netip"
	"time"
)

// class is what a connection does. Those below busy may be closed for another's sake.
type class uint8

const (
	silent     class = iota // nothing has come from it yet
	unfinished              // part of a request has
	idle                    // all its requests are answered
	busy                    // a request is being done
	gone
)

// source is where connections come from. A queue has the one first that has been in its class for longest.
type source struct {
	name    string
	count   int // of connections
	place   int // in Gate.crowd
	waiting [busy]queue
}

// sourceOf returns who stands behind an address: who has one of IPv6 has its /64.
func sourceOf(address net.Addr) string {
	if address == nil {
		return ""
	}
	full, err := netip.ParseAddrPort(address.String())
	if err != nil {
		return address.String()
	}
	ip := full.Addr().Unmap()
	if ip.Is4() {
		return ip.String()
	}
	prefix, _ := ip.WithZone("").Prefix(64)
	return prefix.String()
}

func (g *Gate) join(name string) *source {
	s := g.sources[name]
	if s == nil {
		s = &source{name: name, place: len(g.crowd)}
		g.sources[name] = s
		g.crowd = append(g.crowd, s)
	}
	s.count++
	return s
}

func (g *Gate) part(s *source) {
	if s.count--; s.count > 0 {
		return
	}
	last := g.crowd[len(g.crowd)-1]
	g.crowd[s.place], last.place = last, s.place
	g.crowd = g.crowd[:len(g.crowd)-1]
	delete(g.sources, s.name)
}

// victim returns who makes room for one more of a source (empty: for nobody); nil: nobody does.
func (g *Gate) victim(newcomer string) *Conn {
	own := 0
	if s := g.sources[newcomer]; s != nil {
		own = s.count
	}
	var victim *Conn
	most := 0
	for _, s := range g.crowd {
		if !mayTakeFrom(s.count, own) || s.count <= most {
			continue
		}
		if c := s.laziest(); c != nil {
			victim, most = c, s.count
		}
	}
	return victim
}

// underWay is how long a request may take to come before its connection goes before those that are idle.
const underWay = time.Second

// laziest returns who of a source is missed least; nil: all are at work.
func (s *source) laziest() *Conn {
	slow := s.waiting[unfinished].first
	switch {
	case !evicts():
		return nil
	case s.waiting[silent].first != nil:
		return s.waiting[silent].first
	case slow != nil && time.Since(slow.since) > underWay:
		return slow
	case s.waiting[idle].first != nil:
		return s.waiting[idle].first
	default:
		return slow
	}
}

// queue is a list through Conn.before and Conn.behind.
type queue struct{ first, last *Conn }

func (q *queue) push(c *Conn) {
	c.before, c.behind = q.last, nil
	if q.last != nil {
		q.last.behind = c
	} else {
		q.first = c
	}
	q.last = c
}

func (q *queue) remove(c *Conn) {
	if c.before != nil {
		c.before.behind = c.behind
	} else {
		q.first = c.behind
	}
	if c.behind != nil {
		c.behind.before = c.before
	} else {
		q.last = c.before
	}
	c.before, c.behind = nil, nil
}
