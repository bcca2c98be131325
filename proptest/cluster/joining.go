package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// joining is a folder that joins.
type joining struct {
	replaces uint8
	dies     workload.Stage
	died     bool
	slot     uint8   // that it was told
	by       *asking // the process that asks; nil: none does
}

// asking is a process of a folder that joins.
type asking struct{ end context.CancelFunc }

// begin makes a folder that is to join: what is at the place is empty.
func (o *operator) begin(p *place, dies workload.Stage) {
	p.join = &joining{replaces: p.lost, dies: dies}
}

// ask has a folder that joins ask, by a process of its own, unless one does already.
func (o *operator) ask(p *place) {
	j := p.join
	if j.by != nil {
		return
	}
	ctx, cancel := context.WithCancel(o.ctx)
	by := &asking{cancel}
	j.by = by
	one := node.Member{ID: p.ID, Peer: o.cluster.hearsay.address(), Becomes: node.BecomesVoter, Replaces: protocol.NodeID(j.replaces)}
	if p.learns {
		one.Becomes = ""
	}
	there, folder, whom := o.awaitStage(ctx, p, j.dies), p.Disk.Log(), o.cluster.peersOf(p.Node)
	o.running.Go(func() {
		err := p.joins(ctx, folder, &one, whom)
		o.mu.Lock()
		defer o.mu.Unlock()
		cancel()
		if p.join == j && j.by == by {
			j.by = nil
			o.hasEnded(p, err)
		}
	})
	o.running.Go(func() {
		select {
		case <-there:
			o.mu.Lock()
			defer o.mu.Unlock()
			if p.join == j && j.by == by {
				o.die(p)
			}
		case <-ctx.Done():
		}
	})
}

// joins asks for a folder to be taken in, and makes its log, as "semel serve --join" does.
func (n *Node) joins(ctx context.Context, folder disk.FS, one *node.Member, whom []string) error {
	c := n.cluster
	j := node.Joining{
		Cluster: c.name, FS: folder, Secret: c.Network.secret, Ask: whom, Member: *one,
		Machine: server.NewMachine(dedup.Bootstrap{Cluster: c.id()}),
	}
	if c.config.Small {
		j.SegmentBytes = smallSegment
	}
	return node.Join(ctx, j)
}

// peersOf is where a node finds the members.
func (c *Cluster) peersOf(n *Node) (addresses []string) {
	for _, other := range c.members() {
		if other != n {
			addresses = append(addresses, n.peers[other.Slot()])
		}
	}
	return addresses
}

// mostCalls is how many calls of its folder the making of a log is let do at most, where it is to end in the middle.
const mostCalls = 6

// awaitStage has the process that asks next stand still where it is to die. What is returned is closed when it does.
func (o *operator) awaitStage(ctx context.Context, p *place, dies workload.Stage) <-chan struct{} {
	if dies == "" || dies == workload.Made {
		return nil
	}
	named, left := 0, 0 // how often its file got its name: with its number, then with what it was told
	if dies == workload.Making {
		left = 1 + rand.IntN(mostCalls)
	}
	there := p.Disk.StandAt(func(what, name string) bool {
		if what == renames && name == node.JoinName {
			named++
		}
		if named == 2 {
			left--
		}
		return named == 2 && left < 0
	})
	if dies != workload.Asking {
		return there
	}
	asked, before := make(chan struct{}), o.cluster.Network.asks(p.ID)
	o.running.Go(func() {
		if Wait(ctx, "a folder has asked", func() bool { return isClosed(there) || o.cluster.Network.asks(p.ID) > before }) == nil {
			close(asked)
		}
	})
	return asked
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// endJoin ends the process of a folder that joins, but for its disk; false where there is none.
func (o *operator) endJoin(p *place) bool {
	if p.join == nil || p.join.by == nil {
		return false
	}
	p.join.by.end()
	p.join.by, p.join.dies = nil, ""
	o.cluster.Network.unplug(p.ID)
	return true
}

// die ends the process of a folder that joins where it was to die.
func (o *operator) die(p *place) {
	j, stage := p.join, p.join.dies
	p.interrupt()
	o.endJoin(p)
	o.hasDied(p, j, stage)
	if stage != workload.Lost {
		return
	}
	slot, at, err := readTold(p.Disk.Log(), "join.tmp")
	o.note(err)
	o.orphans, o.seen[slot] = append(o.orphans, slot), at
	p.join = nil
	o.note(p.Wipe())
}

func (o *operator) hasDied(p *place, j *joining, stage workload.Stage) {
	o.changed[workload.Died(stage)]++
	j.died, p.down, p.died = true, true, true
}

// hasEnded takes in how a process that joins has ended: with a log, or what goes on with the same folder.
func (o *operator) hasEnded(p *place, err error) {
	j := p.join
	var why *node.JoinError
	switch {
	case err == nil:
		o.joined(p)
	case errors.As(err, &why) && why.Never && j.replaces != 0:
		j.replaces = 0 // that is no member any more
	case o.ctx.Err() == nil && (errors.As(err, &why) && why.Never || errors.Is(err, wal.ErrDamaged)):
		o.fail(fmt.Errorf("node %d can't join: %w", p.ID, err))
	}
}

// joined is where a folder has a log.
func (o *operator) joined(p *place) {
	j := p.join
	p.Disk.GoOn()
	slot, at, err := readTold(p.Disk.Log(), node.JoinName)
	if err != nil {
		o.note(err)
		return
	}
	p.take(slot)
	p.join, j.slot, o.seen[slot] = nil, slot, max(o.seen[slot], at)
	o.changed["joined"]++
	if p.down {
		return
	}
	o.start(p)
	if j.dies == workload.Made {
		p.Kill()
		o.hasDied(p, j, j.dies)
	}
}

// start starts a member, unless its disk fails it: then it is started again.
func (o *operator) start(p *place) {
	if err := p.Start(); err != nil && !errors.Is(err, crashfs.ErrInjected) && !errors.Is(err, wal.ErrNoRoom) && !errors.Is(err, disk.ErrNoRoom) {
		o.fail(err)
	}
}

// interrupt ends what does something at a node's disk, which is no replica.
func (n *Node) interrupt() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.Disk.Kill()
}

// readTold returns the slot that a folder was told, and the entry that says so.
func readTold(folder disk.FS, name string) (slot uint8, at uint64, err error) {
	content, err := contentOf(folder, name)
	if err != nil {
		return 0, 0, err
	}
	line, _, _ := strings.Cut(string(content), "\n")
	var text struct {
		Incarnation string     `json:"incarnation"`
		Told        *node.Told `json:"told"`
	}
	if err := json.Unmarshal([]byte(line), &text); err != nil {
		return 0, 0, fmt.Errorf("what a folder was told: %w", err)
	}
	if text.Told == nil {
		return 0, 0, fmt.Errorf("the folder %s was told nothing", text.Incarnation)
	}
	for _, one := range text.Told.Members.All {
		if fmt.Sprintf("%016x", one.Incarnation) == text.Incarnation {
			return uint8(one.Slot), uint64(text.Told.At), nil
		}
	}
	return 0, 0, fmt.Errorf("the folder %s is none of those that it was told of", text.Incarnation)
}
