package cluster

import (
	"fmt"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// Real replicas have longer runs than those in virtual time, and slower disks: so much more is applied between two snapshots.
const snapshotStretch = 4

// smallBlock is the length of a block where snapshots are small, so that they have several.
const smallBlock = 512

// slowRates are how many bytes of snapshots a node sends in a second, where they are sent so slowly that something can happen meanwhile.
var slowRates = []int64{16 << 10, 4 << 10}

// shorten has logs end, where the plan says so. Where members come and go nobody is absent besides: what a new folder lacks it gets likewise.
func (c *Config) shorten(plan *workload.Plan) {
	if plan.Snapshots.Bytes == 0 {
		return
	}
	c.SnapshotBytes, c.SnapshotBlockBytes = snapshotStretch*plan.Snapshots.Bytes, smallBlock
	if c.Absences = plan.Servers > 2 && plan.Spare == 0 && plan.Seed%2 == 0; c.Absences {
		c.SnapshotRate = slowRates[plan.Seed/2%uint64(len(slowRates))]
	}
}

// follow records for the whole run what becomes of its logs, until it is told to end.
func (r *run) follow() (end func()) {
	if r.cluster.config.SnapshotBytes == 0 {
		return func() {}
	}
	over := r.unplanned(linearizability.Fault{Fault: "logs_end"})
	return func() { over(r.cluster.Life().String()) }
}

// Life is what became of the logs of a run, and of their snapshots.
type Life struct {
	LogCounts
	ShelfCounts     // of all nodes
	EndedGiving int // processes that ended while another node was receiving what they gave
	Asked       int // requests for a snapshot that were answered with one
	FellBelow   int // nodes that were away until nobody's log had what they lack
}

// Life returns what became of the logs of a cluster so far.
func (c *Cluster) Life() Life {
	life := Life{LogCounts: c.LogCounts(), EndedGiving: int(c.endedGiving.Load()), Asked: int(c.asked.Load()), FellBelow: int(c.fellBelow.Load())}
	for _, n := range c.Nodes {
		s := n.Disk.Shelf.Counts()
		life.Taken += s.Taken
		life.Received += s.Received
		life.Resumed += s.Resumed
		life.Lent += s.Lent
		life.EndedTaking += s.EndedTaking
		life.EndedReceiving += s.EndedReceiving
	}
	return life
}

// String says it in a line; empty where no snapshot was taken.
func (l Life) String() string {
	if l.Taken == 0 {
		return ""
	}
	return fmt.Sprintf("%d snapshots were taken, %d requests for one answered, logs shortened %d times; %d snapshots were received and %d installed, %d transfers resumed; "+
		"%d processes ended while they took one, %d while they received one, %d while they gave one",
		l.Taken, l.Asked, l.Compactions, l.Received, l.Installs, l.Resumed, l.EndedTaking, l.EndedReceiving, l.EndedGiving)
}

// noteEnd counts a process that ends while another node receives what it gave.
func (n *Node) noteEnd() {
	if n.Gives() {
		n.cluster.endedGiving.Add(1)
	}
}

// noteReceiving keeps how much each node has given when one begins to receive.
func (n *Node) noteReceiving() {
	c := n.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, o := range c.Nodes {
		n.lentBefore[o.ID] = o.Disk.Shelf.Counts().Lent
	}
}

// Gives reports whether another node is receiving what this one has given a part of.
func (n *Node) Gives() bool {
	c := n.cluster
	c.mu.Lock()
	defer c.mu.Unlock()
	given := n.Disk.Shelf.Counts().Lent
	for _, o := range c.Nodes {
		if o != n && o.Disk.Shelf.Receiving() && given > o.lentBefore[n.ID] {
			return true
		}
	}
	return false
}
