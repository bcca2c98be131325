//go:build !linux

package local

import (
	"io"
	"net"
	"strconv"
)

// HoldsPorts: what is reserved must be let go before a node can have it.
const HoldsPorts = false

// ReservePort returns a port of 127.0.0.1 that is free (any for 0), and holds it. Once it is let go
// another program may be faster than the node.
func ReservePort(port int) (int, io.Closer, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, nil, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener, nil
}
