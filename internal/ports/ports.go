// Package ports finds ports of 127.0.0.1 for nodes that are started, and started again, beside a lot that dials: a port that is only
// found free may be somebody's before the node listens on it.
package ports

import (
	"io"
	"net"
	"strconv"
	"sync"
)

// kept is what Free reserved.
var kept struct {
	sync.Mutex
	held []io.Closer
}

// Free returns an address that nobody else gets as long as this process runs, where the system can hold it (Holds). It panics without one:
// the machine has no ports left. It is safe for concurrent use.
func Free() string {
	port, held, err := Reserve(0)
	if err != nil {
		panic(err)
	}
	if Holds {
		kept.Lock()
		defer kept.Unlock()
		kept.held = append(kept.held, held)
	} else {
		_ = held.Close()
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}
