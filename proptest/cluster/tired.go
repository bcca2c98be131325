package cluster

import (
	"net"
	"syscall"
)

// FailAccepts lets the node's doors find no descriptor for whoever connects from now on, or ends that. What they had
// accepted stays.
func (n *Node) FailAccepts(fail bool) { n.broke.Store(fail) }

// FailedAccepts returns how often a door found none.
func (n *Node) FailedAccepts() int { return int(n.fails.Load()) }

// tired is a listener in a process that is out of descriptors now and then.
type tired struct {
	net.Listener
	node *Node
}

// Accept is of net.Listener.
func (l *tired) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil || !l.node.broke.Load() {
		return c, err
	}
	_ = c.Close() // there is none to give back: the next one comes soon
	l.node.fails.Add(1)
	return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
}
