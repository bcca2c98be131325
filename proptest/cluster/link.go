package cluster

import (
	"encoding/binary"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// link is the proxy through which one node dials whoever has a slot. It has the nodes' secret and so is a peer to both. Frames of both
// directions pass through it: what the dialler sends is of (from, to), what comes back of (to, from).
type link struct {
	network *Network
	from    uint8
	slot    uint8
	to      atomic.Uint32 // the node that has the slot; 0: nobody yet
	proxy   *proxy
}

// place is the node that has the link's slot; 0: nobody yet.
func (l *link) place() uint8 { return uint8(l.to.Load()) }

// The wire, as package transport says: two hellos of the dialler and one of the acceptor, then frames. Both have a head
// of headBytes; the length of what follows stands at atFields in the one, and first in the other.
const (
	diallerHellos  = 2
	acceptorHellos = 1
	headBytes      = 12
	atFields       = 10
	sumBytes       = 4 // behind the fields of a hello
	pulse          = 1
	atKind         = 4 // of a hello: what the connection is for
	bulkCalls      = 3
	asks           = 4 // of one that says one hello
)

// frame is a hello or a frame as it was read.
type frame struct {
	bytes []byte
	hello bool
	says  bool // it is more than a hello or a pulse
	piece bool // it is of a call for a piece of a snapshot
	ask   bool // it is of a folder that joins
	due   time.Time
}

func (l *link) serve(p *pair) {
	l.network.dials.Add(1)
	to := l.place()
	dialler, err := l.network.secret.Server(p.client)
	if err != nil {
		return
	}
	acceptor, err := l.network.secret.Client(l.network.tap(route{l.from, to}, p.server))
	if err != nil {
		return
	}
	var pumps sync.WaitGroup
	pumps.Go(func() { l.pump(p, route{l.from, to}, diallerHellos, dialler, acceptor) })
	pumps.Go(func() { l.pump(p, route{to, l.from}, acceptorHellos, acceptor, dialler) })
	pumps.Wait()
}

// pump carries one direction until an end closes. Reading goes on while frames wait for their time.
func (l *link) pump(p *pair, r route, hellos int, source io.Reader, sink net.Conn) {
	defer p.close()
	queue := make(chan frame, 4096)
	var reader sync.WaitGroup
	defer reader.Wait()
	reader.Go(func() {
		defer close(queue)
		kind := byte(0)
		for ; ; hellos-- {
			f, err := readFrame(source, hellos > 0)
			if err != nil {
				return
			}
			if f.hello {
				kind = f.bytes[atKind]
			}
			if kind == asks {
				hellos = min(hellos, 1)
			}
			f.piece, f.ask = kind == bulkCalls && f.says, kind == asks && f.says
			rule, _ := l.network.rule(r)
			f.due = time.Now().Add(rule.delay)
			select {
			case queue <- f:
			case <-p.gone:
				return
			}
		}
	})
	for f := range queue {
		if !l.deliver(p, r, f, sink) {
			p.close() // so that the reader ends
			return
		}
	}
}

// deliver does with a frame what the rule says when its time has come. False ends the connection.
func (l *link) deliver(p *pair, r route, f frame, sink net.Conn) bool {
	rule, late, ok := l.wait(p, r, f)
	if !ok {
		return false
	}
	if rule.dead || rule.lost && f.says {
		f.piece, f.ask = false, false // it did not arrive
		l.count(r, f, func(t *Traffic) { t.Lost++ })
		return true
	}
	if rule.ruined && f.piece && rand.IntN(5) < 3 {
		l.network.count(r, func(t *Traffic) { t.Ruined++ })
		return l.ruin(f, sink)
	}
	pass, breaks := l.network.breaks(r, len(f.bytes))
	if _, err := sink.Write(f.bytes[:pass]); err != nil {
		return false
	}
	switch {
	case breaks:
		l.network.count(r, func(t *Traffic) { t.Broken++ })
		return false
	case late:
		l.count(r, f, func(t *Traffic) { t.Delayed++ })
	default:
		l.count(r, f, func(t *Traffic) { t.Passed++ })
	}
	return true
}

// ruin passes a first part of a frame on and ends the connection, or all of it with a flaw.
func (l *link) ruin(f frame, sink net.Conn) bool {
	if rand.IntN(2) == 0 {
		_, _ = sink.Write(f.bytes[:rand.IntN(len(f.bytes))])
		return false
	}
	f.bytes[rand.IntN(len(f.bytes))] ^= 1 << rand.IntN(8)
	_, err := sink.Write(f.bytes)
	return err == nil
}

func (l *link) count(r route, f frame, add func(*Traffic)) {
	if f.says {
		l.network.count(r, add)
	}
	if f.piece {
		l.network.count(r, func(t *Traffic) { t.Pieces++ })
	}
	if f.ask {
		l.network.count(r, func(t *Traffic) { t.Asks++ })
	}
}

// wait waits for a frame's time and for the end of a stall. A hello waits for the end of a cut too: who connects to a
// dead host hears nothing. False: the connection is gone.
func (l *link) wait(p *pair, r route, f frame) (held rule, late, ok bool) {
	if pause := time.Until(f.due); pause > 0 {
		late = true
		timer := time.NewTimer(pause)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-p.gone:
			return rule{}, late, false
		}
	}
	for {
		held, changed := l.network.rule(r)
		if !held.stalled && (!held.dead || !f.hello) {
			return held, late, true
		}
		late = true
		select {
		case <-changed:
		case <-p.gone:
			return rule{}, late, false
		}
	}
}

// readFrame reads a hello or a frame whole.
func readFrame(source io.Reader, hello bool) (frame, error) {
	head := make([]byte, headBytes)
	if _, err := io.ReadFull(source, head); err != nil {
		return frame{}, err
	}
	rest := int(binary.LittleEndian.Uint32(head))
	if hello {
		rest = int(binary.LittleEndian.Uint16(head[atFields:])) + sumBytes
	}
	whole := make([]byte, len(head)+rest)
	copy(whole, head)
	_, err := io.ReadFull(source, whole[headBytes:])
	return frame{bytes: whole, hello: hello, says: !hello && head[4] != pulse}, err
}
