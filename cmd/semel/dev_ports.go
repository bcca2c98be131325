package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strconv"
	"syscall"
)

// doorKinds are the ports of a node: what for, and how far above --port the first node's stands.
var doorKinds = []struct {
	what  string
	above int
	of    func(*child) *string
}{
	{"HTTP", 0, func(c *child) *string { return &c.http }},
	{"Redis", 100, func(c *child) *string { return &c.redis }},
	{"the other nodes", 200, func(c *child) *string { return &c.peer }},
}

// place gives each node its folder and ports, and finds out that these are free. release
// gives up what it holds of them.
func (d *development) place() (release func(), err error) {
	var held []io.Closer
	release = func() {
		for _, h := range held {
			_ = h.Close()
		}
	}
	d.peers, d.doors = nodeAddresses{}, nodeAddresses{}
	for id := 1; id <= d.nodes; id++ {
		c := &child{id: id, data: filepath.Join(d.dir, strconv.Itoa(id))}
		for _, kind := range doorKinds {
			h, err := d.reserve(c, kind.what, kind.above+id, kind.of(c))
			if err != nil {
				release()
				return nil, err
			}
			held = append(held, h)
		}
		d.peers[uint8(id)], d.doors[uint8(id)] = c.peer, c.http
		d.children = append(d.children, c)
	}
	return release, nil
}

func (d *development) reserve(c *child, what string, above int, address *string) (io.Closer, error) {
	port := 0
	if d.port != 0 {
		port = d.port + above
	}
	port, held, err := reservePort(port)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &exitError{exitUnavailable, fmt.Errorf("port %d, which node %d needs for %s, is taken: does another `semel dev` run? "+
			"Stop it, or choose others, such as --port %d, or --port 0 for any that are free", d.port+above, c.id, what, d.port+1000)}
	case err != nil:
		return nil, &exitError{exitUnavailable, fmt.Errorf("port %d for %s of node %d: %w", d.port+above, what, c.id, err)}
	}
	*address = net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	return held, nil
}
