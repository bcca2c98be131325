package cluster

import (
	"io"
	"net"
	"sync"
)

// Door is a node's door as clients see it: at one address for as long as the cluster stands, behind it the process
// that runs now. It can lose answers that the node has sent. It is safe for concurrent use.
type Door struct {
	proxy *proxy

	mu        sync.Mutex
	muted     bool
	swallowed int
}

func newDoor() (d *Door, err error) {
	d = &Door{}
	d.proxy, err = listen(d.serve)
	return d, err
}

// Address returns where clients find the door.
func (d *Door) Address() string { return d.proxy.address() }

// Mute lets answers be lost from now on, after the node has sent them, or ends that. A connection that lost one is
// lost: every second one ends at once, the others are silent for good.
func (d *Door) Mute(muted bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.muted = muted
}

// Swallowed returns how many connections have lost an answer.
func (d *Door) Swallowed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.swallowed
}

func (d *Door) serve(p *pair) {
	var pumps sync.WaitGroup
	pumps.Go(func() {
		defer p.close()
		pour(p.client, p.server, func() bool { return true })
	})
	pumps.Go(func() {
		defer p.close()
		if d.answer(p) {
			pour(p.server, io.Discard, func() bool { return true })
		}
	})
	pumps.Wait()
}

// answer carries what a node answers, until the connection ends or has lost something. It reports whether the
// connection is to be silent then.
func (d *Door) answer(p *pair) (silent bool) {
	pour(p.server, p.client, func() bool {
		lost, ends := d.swallow()
		silent = lost && !ends
		return !lost
	})
	return silent
}

// pour carries bytes until one side ends, or may says no to some that have come.
func pour(source net.Conn, to io.Writer, may func() bool) {
	buffer := make([]byte, 64<<10)
	for {
		n, err := source.Read(buffer)
		if n > 0 && !may() {
			return
		}
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}

// swallow reports whether what was sent now is lost, and whether the connection ends with it.
func (d *Door) swallow() (lost, ends bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.muted {
		d.swallowed++
	}
	return d.muted, d.swallowed%2 == 0
}
