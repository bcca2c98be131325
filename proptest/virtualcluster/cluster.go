package virtualcluster

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// cluster is the world as the faults of a plan happen to it.
type cluster struct {
	run      *run
	world    *simulator.World
	operator *operator
	mute     map[int]bool
	lost     map[int]int // replies

	stopped error // why a replica stopped that nothing had stopped
}

func newCluster(r *run) *cluster {
	return &cluster{run: r, world: r.world, operator: newOperator(r), mute: map[int]bool{}, lost: map[int]int{}}
}

// at returns the member at a place, nil where there is none.
func (c *cluster) at(node int) *simulator.Member { return c.operator.at(node).member }

// host is the same, or who was there before: what it is made to suffer the next one does, too.
func (c *cluster) host(node int) *simulator.Member {
	p := c.operator.at(node)
	if p.member == nil {
		return p.before
	}
	return p.member
}

// loses reports whether a reply of the node is lost.
func (c *cluster) loses(node int) bool {
	if c.mute[node] {
		c.lost[node]++
	}
	return c.mute[node]
}

// Leader is of workload.Cluster.
func (c *cluster) Leader() int {
	if m := c.world.Leader(); m != nil && m.Err() == nil {
		return int(m.Host)
	}
	return 0
}

// Stop is of workload.Cluster.
func (c *cluster) Stop(node int) workload.Effect {
	was := c.describe(node)
	if was == "" {
		return nil
	}
	c.at(node).Stop()
	c.end(node, (*simulator.Member).Kill)
	return said("node %d stopped%s", node, was)
}

// Kill is of workload.Cluster.
func (c *cluster) Kill(node int) workload.Effect {
	was := c.describe(node)
	if p := c.operator.at(node); was == "" && p.join != nil && !p.down {
		p.down = true
		return said("node %d was killed as it joined", node)
	}
	if was == "" {
		return nil
	}
	lost := c.end(node, (*simulator.Member).Kill)
	return said("node %d was killed%s, with %d records that no sync had acknowledged", node, was, lost)
}

// PowerLoss is of workload.Cluster.
func (c *cluster) PowerLoss(nodes []int) workload.Effect {
	var told []string
	for _, node := range nodes {
		was := c.describe(node)
		if was == "" {
			was = ", which was down,"
		}
		told = append(told, fmt.Sprintf("node %d%s lost power, with %d records that no sync had acknowledged", node, was, c.end(node, (*simulator.Member).Crash)))
	}
	return said("%s", strings.Join(told, "; "))
}

func (c *cluster) end(node int, how func(*simulator.Member) int) (lost int) {
	p := c.operator.at(node)
	p.down = true
	if p.member != nil {
		lost = how(p.member)
	}
	c.run.brokenOff(node)
	return lost
}

// describe says what a node was doing; empty if it is down.
func (c *cluster) describe(node int) string {
	m := c.at(node)
	if m == nil {
		return ""
	}
	status, up := m.Status()
	if !up {
		return ""
	}
	return fmt.Sprintf(" as %s of term %d", strings.ToLower(status.Role.String()), status.Term)
}

// Start is of workload.Cluster.
func (c *cluster) Start(id int) {
	p, m := c.operator.at(id), c.at(id)
	if p.down, p.died = false, false; m == nil {
		return
	}
	if errors.Is(m.Err(), node.ErrRemoved) {
		return // the operator takes its folder away
	}
	if m.Running() && m.Err() != nil {
		if !errors.Is(m.Err(), simulator.ErrDisk) && c.stopped == nil {
			c.stopped = fmt.Errorf("the replica of node %d stopped by itself: %w", id, m.Err())
		}
		c.end(id, (*simulator.Member).Kill)
		p.down = false
	}
	if !m.Running() {
		m.Start()
	}
}

// Cut is of workload.Cluster.
func (c *cluster) Cut(from, to int) workload.Effect {
	lost := c.world.CutOneWay(protocol.NodeID(from), protocol.NodeID(to))
	return counted(lost, fmt.Sprintf("messages from %d to %d were lost", from, to))
}

// Mend is of workload.Cluster.
func (c *cluster) Mend(from, to int) { c.world.Mend(protocol.NodeID(from), protocol.NodeID(to)) }

// SlowDisk is of workload.Cluster.
func (c *cluster) SlowDisk(node int, by time.Duration) workload.Effect {
	m := c.host(node)
	if m == nil {
		return nil
	}
	m.Slow(by)
	ended := func() int { ended, _ := m.Syncs(); return ended }
	return counted(since(ended), fmt.Sprintf("syncs of node %d took %v more", node, by))
}

// FullDisk is of workload.Cluster.
func (c *cluster) FullDisk(node int, full bool) workload.Effect {
	m := c.host(node)
	if m == nil {
		return nil
	}
	m.FullDisk(full)
	return counted(since(m.Lacked), fmt.Sprintf("things that node %d had no room for", node))
}

// FailSync is of workload.Cluster.
func (c *cluster) FailSync(node int, fail bool) workload.Effect {
	m := c.host(node)
	if m == nil {
		return nil
	}
	if !fail {
		m.SpareSync()
		return nil
	}
	m.FailSync()
	return counted(since(c.failures(m)), fmt.Sprintf("syncs of node %d failed", node))
}

func (c *cluster) failures(m *simulator.Member) func() int {
	return func() int { _, failed := m.Syncs(); return failed }
}

// LoseReplies is of workload.Cluster.
func (c *cluster) LoseReplies(node int, lost bool) workload.Effect {
	c.mute[node] = lost
	return counted(since(func() int { return c.lost[node] }), fmt.Sprintf("replies of node %d were lost", node))
}

// JumpWall is of workload.Cluster.
func (c *cluster) JumpWall(node int, by time.Duration) workload.Effect {
	if m := c.host(node); m != nil {
		m.JumpWall(by)
	}
	return said("the wall clock of node %d jumped by %v", node, by)
}

// ClockRate is of workload.Cluster.
func (c *cluster) ClockRate(node int, rate float64) workload.Effect {
	m := c.host(node)
	if m == nil {
		return nil
	}
	m.ClockRate(rate)
	began, showed := c.world.Now(), m.Clock()
	return func() string {
		return fmt.Sprintf("the clock of node %d showed %v in %v", node, time.Duration(m.Clock()-showed), c.world.Now()-began)
	}
}

// TickRate is of workload.Cluster.
func (c *cluster) TickRate(node int, rate float64) workload.Effect {
	if m := c.host(node); m != nil {
		m.TickRate(rate)
	}
	return said("ticks of node %d came at rate %v", node, rate)
}

// Hang is of workload.Cluster.
func (c *cluster) Hang(node int, hangs bool) workload.Effect {
	was := c.describe(node)
	if m := c.at(node); m != nil {
		m.Hang(hangs)
	}
	if was == "" {
		return nil
	}
	return said("node %d hung%s", node, was)
}

// SlowSnapshot is of workload.Cluster.
func (c *cluster) SlowSnapshot(node int, by time.Duration) workload.Effect {
	m := c.host(node)
	if m == nil {
		return nil
	}
	m.SlowSnapshots(by)
	return counted(since(func() int { return m.Snapped().Pieces }), fmt.Sprintf("pieces of snapshots of node %d took %v more", node, by))
}

// FailSnapshot is of workload.Cluster.
func (c *cluster) FailSnapshot(node int, fail bool) workload.Effect {
	m := c.host(node)
	if m == nil {
		return nil
	}
	m.FailSnapshots(fail)
	return counted(since(func() int { return m.Snapped().Failed }), fmt.Sprintf("things failed that node %d did to snapshots", node))
}

// LosePieces is of workload.Cluster.
func (c *cluster) LosePieces(node int, lost bool) workload.Effect {
	m := c.host(node)
	if m == nil {
		return nil
	}
	m.LosePieces(0)
	if lost {
		m.LosePieces(piecesLost)
	}
	return counted(since(func() int { return m.Snapped().Lost }), fmt.Sprintf("pieces of snapshots from or to node %d were lost or damaged", node))
}

// piecesLost is the chance that a piece of a snapshot is lost where they are.
const piecesLost = 0.6

// Rot is of workload.Cluster.
func (c *cluster) Rot(node int) workload.Effect {
	if c.Kill(node) == nil || c.at(node) == nil {
		return nil
	}
	index, rotten := c.at(node).Rot()
	if !rotten {
		return nil
	}
	return said("the snapshot of entry %d of node %d was not readable any more", index, node)
}

func since(count func() int) func() int {
	before := count()
	return func() int { return count() - before }
}

func counted(count func() int, what string) workload.Effect {
	return func() string {
		if n := count(); n > 0 {
			return fmt.Sprintf("%d %s", n, what)
		}
		return ""
	}
}

func said(format string, what ...any) workload.Effect {
	text := fmt.Sprintf(format, what...)
	return func() string { return text }
}
