package cluster

import (
	"sync"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// ledger is what the actions of all replicas say of logs that end. It is safe for concurrent use.
type ledger struct {
	also raft.Recorder // of whoever records them, too; nil: nobody does

	mu     sync.Mutex
	of     [protocol.MaxNodeID + 1]standing
	counts LogCounts
}

// standing is how a node's log was after its last action.
type standing struct {
	base, last protocol.Index
	installs   int
}

// LogCounts tells what has happened so far to the logs of a cluster, by the actions of the specification.
type LogCounts struct {
	Compactions int // Compact
	Offers      int // SendSnapshot
	Installs    int // HandleInstallSnapshot, of a snapshot that took the place of a log
}

// record is a raft.Recorder.
func (l *ledger) record(a raft.Action, n *protocol.Node) {
	l.note(a.Name, n)
	if l.also != nil {
		l.also(a, n)
	}
}

func (l *ledger) note(name string, n *protocol.Node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &l.of[n.ID()]
	base := n.SnapshotIndex()
	switch name {
	case "Compact":
		l.counts.Compactions++
	case "SendSnapshot":
		l.counts.Offers++
	case "HandleInstallSnapshot":
		if base > s.base {
			l.counts.Installs++
			s.installs++
		}
	}
	s.base, s.last = base, n.LastIndex()
}

// standing is how the log of whoever has a slot was when it acted last.
func (l *ledger) standing(slot uint8) standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.of[slot]
}

// LogCounts returns what has happened to the logs so far.
func (c *Cluster) LogCounts() LogCounts {
	c.ledger.mu.Lock()
	defer c.ledger.mu.Unlock()
	return c.ledger.counts
}

// Below reports whether a node lacks what no other node that runs has in its log any more, as far as both have told.
func (c *Cluster) Below(n *Node) bool {
	last, others := c.ledger.standing(n.Slot()).last, 0
	for _, o := range c.Nodes {
		if o == n || !o.Running() {
			continue
		}
		if others++; c.ledger.standing(o.Slot()).base <= last {
			return false
		}
	}
	return others > 0
}

// Installs returns how often a snapshot took the place of a node's log.
func (n *Node) Installs() int { return n.cluster.ledger.standing(n.Slot()).installs }
