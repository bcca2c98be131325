package local

import (
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/eventstreamcore/semel/internal/ports"
)

// Node is where a node is: its folder, and its addresses for HTTP, Redis and the other nodes.
type Node struct {
	ID                      int
	Data, HTTP, Redis, Peer string
	Join                    string // addresses for other nodes of members whom it asks to join; empty: it is one of the first

	process *exec.Cmd
}

// doors are the ports of a node: what for, and how far above the cluster's first port node 0's stands.
var doors = []struct {
	what  string
	above int
	of    func(*Node) *string
}{
	{"HTTP", 0, func(n *Node) *string { return &n.HTTP }},
	{"Redis", RedisAbove, func(n *Node) *string { return &n.Redis }},
	{"the other nodes", 2 * RedisAbove, func(n *Node) *string { return &n.Peer }},
}

// RedisAbove is how far a node's port of Redis is above that of HTTP where they follow from one another.
const RedisAbove = 100

// PortError is a port that can't be had.
type PortError struct {
	Port, Node int
	What       string // it is for
	Err        error
}

func (e *PortError) Error() string {
	return fmt.Sprintf("port %d for %s of node %d: %v", e.Port, e.What, e.Node, e.Err)
}

func (e *PortError) Unwrap() error { return e.Err }

// Place adds nodes 1 to n, with their folders and ports: HTTP of node i at port+i, Redis 100 and the one for
// the other nodes 200 above that; any that are free where port is 0. Call release when the nodes have ended: until then
// nobody else gets the ports, where the system can hold them (ports.Holds); where it can't they are free already. An
// error about a port is a *PortError.
func (c *Cluster) Place(n, port int) (release func(), err error) {
	var held []io.Closer
	release = func() {
		for _, h := range held {
			_ = h.Close()
		}
	}
	for id := 1; id <= n; id++ {
		node := &Node{ID: id, Data: filepath.Join(c.Dir, strconv.Itoa(id))}
		for _, d := range doors {
			wanted := 0
			if port != 0 {
				wanted = port + d.above + id
			}
			got, h, err := ports.Reserve(wanted)
			if err != nil {
				release()
				return nil, &PortError{wanted, id, d.what, err}
			}
			held = append(held, h)
			*d.of(node) = net.JoinHostPort("127.0.0.1", strconv.Itoa(got))
		}
		c.Nodes = append(c.Nodes, node)
	}
	if !ports.Holds {
		release()
	}
	return release, nil
}
