package cluster

import (
	"errors"
	"net"
	"sync"
)

// ErrBypassed is found where a node was dialled that should be found by the proxies of the network alone.
var ErrBypassed = errors.New("a node dialled the address that another one says of itself, and not the one that it was told to find it at")

// hearsay listens at the address that all nodes say of themselves where members come and go. Each was told where to find all others, by proxies that the faults
// of the network stand in; so nobody is to come.
type hearsay struct {
	listener net.Listener
	open     sync.WaitGroup
}

func newHearsay(came func(error)) (*hearsay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &hearsay{listener: l}
	h.open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.Close()
			came(ErrBypassed)
		}
	})
	return h, nil
}

func (h *hearsay) address() string { return h.listener.Addr().String() }

func (h *hearsay) close() {
	_ = h.listener.Close()
	h.open.Wait()
}
