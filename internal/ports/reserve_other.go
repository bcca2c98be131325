//go:build !linux

package ports

import (
	"io"
	"net"
	"strconv"
)

// Holds says whether a reserved port is held while a node uses it: here it must be let go before.
const Holds = false

// Reserve returns a port of 127.0.0.1 that is free (any for 0), and holds it. Once it is let go
// another program may be faster than the node.
func Reserve(port int) (int, io.Closer, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, nil, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener, nil
}
