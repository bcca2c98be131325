package clients_test

import (
	"bytes"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// proxy stands between clients and a node. When told so it swallows the reply to the next SET, after
// the node sent it, and closes the connection: the claim is made and nobody was told.
type proxy struct {
	listener  net.Listener
	target    string
	armed     atomic.Bool
	swallowed atomic.Int64 // replies

	mu     sync.Mutex
	closed bool
	conns  []net.Conn
	open   sync.WaitGroup
}

func startProxy(t *testing.T, target string) *proxy {
	t.Helper()
	p := &proxy{listener: listen(t, "127.0.0.1:0"), target: target}
	p.open.Go(p.accept)
	t.Cleanup(p.close)
	return p
}

func (p *proxy) address() string { return p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		node, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		if p.keep(client, node) {
			p.join(client, node)
		}
	}
}

// keep remembers connections for close; false if that was called.
func (p *proxy) keep(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, conns...)
	if p.closed {
		for _, c := range conns {
			_ = c.Close()
		}
	}
	return !p.closed
}

func (p *proxy) join(client, node net.Conn) {
	var swallow atomic.Bool
	p.open.Go(func() {
		pump(client, node, func(request []byte) bool {
			if bytes.Contains(bytes.ToUpper(request), []byte("\r\nSET\r\n")) && p.armed.CompareAndSwap(true, false) {
				swallow.Store(true)
			}
			return true
		})
	})
	p.open.Go(func() {
		pump(node, client, func([]byte) bool {
			if swallow.Load() {
				p.swallowed.Add(1)
				return false
			}
			return true
		})
	})
}

// pump copies while pass says so, then closes both.
func pump(from, to net.Conn, pass func([]byte) bool) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 && !pass(buf[:n]) {
			return
		}
		if _, failed := to.Write(buf[:n]); err != nil || failed != nil {
			return
		}
	}
}

func (p *proxy) close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for _, c := range p.conns {
		_ = c.Close()
	}
	p.mu.Unlock()
	p.open.Wait()
}

// The proxy itself: it passes what it is not to swallow, and what it swallows was done.
func TestAReplyIsSwallowedAfterTheCommandWasDone(t *testing.T) {
	node := startCluster(t)[0].address
	p, witness := startProxy(t, node), redigo(t, node, byDefault)
	through := redigo(t, p.address(), byDefault)
	defer through.close()
	defer witness.close()
	require.Equal(t, []answer{`"OK"`}, through.run(words{"SET", "a", "me", "NX"}))
	p.armed.Store(true)
	require.Equal(t, []answer{`"me"`}, through.run(words{"GET", "a"}))
	require.Equal(t, []answer{`error: EOF`}, through.run(words{"SET", "b", "me", "NX"}))
	require.Equal(t, int64(1), p.swallowed.Load())
	require.Equal(t, []answer{`"me"`}, witness.run(words{"GET", "b"}))
	require.Equal(t, []answer{`"OK"`}, through.run(words{"SET", "c", "me", "NX"}))
}
