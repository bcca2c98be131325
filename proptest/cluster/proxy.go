package cluster

import (
	"net"
	"sync"
)

// proxy listens at an address that stays, and has pairs of connections served: the one that came, and one to where it
// is aimed.
type proxy struct {
	listener net.Listener
	serve    func(*pair)

	mu     sync.Mutex
	target string // empty: nobody is there
	pairs  map[*pair]struct{}
	closed bool
	open   sync.WaitGroup
}

// pair is a client's connection and the one behind it.
type pair struct {
	client, server net.Conn
	gone           chan struct{} // closed when the pair is
	once           sync.Once
}

func (p *pair) close() {
	p.once.Do(func() {
		close(p.gone)
		_ = p.client.Close()
		_ = p.server.Close()
	})
}

// listen starts a proxy. serve returns when the pair is done with; it may run many times at once.
func listen(serve func(*pair)) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{listener: l, serve: serve, pairs: map[*pair]struct{}{}}
	p.open.Go(p.accept)
	return p, nil
}

func (p *proxy) address() string { return p.listener.Addr().String() }

// aim sets where new connections go; empty: they are closed at once.
func (p *proxy) aim(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// dropAll closes all pairs.
func (p *proxy) dropAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for pair := range p.pairs {
		pair.close()
	}
}

// close ends the proxy and returns when nothing of it runs.
func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.listener.Close()
	p.dropAll()
	p.open.Wait()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.open.Go(func() { p.connect(client) })
	}
}

func (p *proxy) connect(client net.Conn) {
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	if target == "" {
		_ = client.Close()
		return
	}
	behind, err := net.Dial("tcp", target)
	if err != nil {
		_ = client.Close()
		return
	}
	pair := &pair{client: client, server: behind, gone: make(chan struct{})}
	defer pair.close()
	if p.add(pair, target) {
		p.serve(pair)
	}
	p.remove(pair)
}

// add reports whether the pair may be served: the target may have gone meanwhile.
func (p *proxy) add(pair *pair, target string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pairs[pair] = struct{}{}
	return !p.closed && p.target == target
}

func (p *proxy) remove(pair *pair) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.pairs, pair)
}
