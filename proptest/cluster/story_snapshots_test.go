package cluster

// Goal: a node that lacks what no log has any more is brought level over the network, whoever dies meanwhile, and what histories show
// of it is right. Method: stories as those of story_test.go: each step is awaited by what it did. Snapshots have small blocks and are sent
// slowly, so that there is time for something to happen in the middle.

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// slowly is how many bytes of a snapshot a node sends in a second.
const slowly = 8 << 10

// beginShort begins a story whose logs end when somebody asks for it.
func beginShort(t *testing.T, alter func(*Config)) *story {
	t.Helper()
	config := Config{
		Nodes: 3, Seed: 11, CapacityKeys: 100, CapacityBytes: 1 << 16, Timeout: time.Minute, Tick: 20 * time.Millisecond, Small: true,
		SnapshotBlockBytes: smallBlock, SnapshotRate: slowly,
	}
	if alter != nil {
		alter(&config)
	}
	c, ctx := startTest(t, config)
	plan := &workload.Plan{Servers: 3, Seed: 11, Capacity: 100, Bytes: 1 << 16}
	s := &story{run: newRun(plan, Options{}), ctx: ctx}
	require.NoError(t, s.enter(ctx, c))
	return s
}

// fallBelow has some keys won, a follower go away, and the others forget what it lacks, and returns it. Its log is whole.
func (s *story) fallBelow() (away *Node, err error) {
	leader := s.cluster.Leader()
	away = s.cluster.others(leader)[0]
	if err := s.winSome(leader, "first", 6); err != nil {
		return nil, err
	}
	s.cluster.Network.Isolate(away.ID, true)
	return away, s.forget(away)
}

// winSome claims some keys, each with a value of 2,000 bytes.
func (s *story) winSome(n *Node, name string, some int) error {
	for k := range some {
		outcome, err := s.insist(n, fmt.Sprint(name, "-", k), "a")
		if err != nil {
			return err
		}
		if outcome != linearizability.Won {
			return fmt.Errorf("%s-%d ended in %s", name, k, outcome)
		}
	}
	return nil
}

// forget has all others take snapshots and go on until their logs begin behind what a node has.
func (s *story) forget(away *Node) error {
	round := 0
	var last error
	err := Wait(s.ctx, "no log has what a node lacks", func() bool {
		round++
		for _, o := range s.cluster.others(away) {
			if _, err := o.TakeSnapshot(s.ctx); err != nil {
				last = err
			}
		}
		_, last = s.insist(s.cluster.others(away)[0], fmt.Sprint("round-", round), "b")
		return s.cluster.Below(away)
	})
	return errors.Join(err, last)
}

// received waits until a part of a snapshot is there.
func (s *story) received(n *Node) error {
	return Wait(s.ctx, "a part of a snapshot has come", func() bool { return n.Disk.Shelf.Receiving() })
}

// leveled waits until a snapshot took the place of a node's log and it answers. All that run then take a snapshot of the same entry.
func (s *story) leveled(n *Node) error {
	if err := Wait(s.ctx, "a snapshot is installed", func() bool { return n.Installs() > 0 || n.Err() != nil }); err != nil {
		return err
	}
	if err := Wait(s.ctx, "it answers", func() bool { return n.Err() != nil || s.claim(n, "last", "c") != "" }); err != nil {
		return err
	}
	if err := n.Err(); err != nil {
		return err
	}
	if slices.ContainsFunc(s.cluster.Nodes, func(o *Node) bool { return !o.Running() }) {
		return nil
	}
	return s.agree()
}

// agree has all nodes take a snapshot of the same entry.
func (s *story) agree() error {
	if err := Wait(s.ctx, "all nodes have applied the same", s.cluster.level); err != nil {
		return err
	}
	for _, o := range s.cluster.Nodes {
		if _, err := o.TakeSnapshot(s.ctx); err != nil {
			return fmt.Errorf("node %d: %w", o.ID, err)
		}
	}
	return nil
}

// cutOff: a follower that was cut off comes back below the base and is brought level.
func cutOff(t *testing.T) (*story, error) {
	s := beginShort(t, nil)
	away, err := s.fallBelow()
	if err != nil {
		return s, err
	}
	s.cluster.Network.Isolate(away.ID, false)
	return s, s.leveled(away)
}

// receiverKilled: it is killed in the middle, started, and goes on where it was.
func receiverKilled(t *testing.T) (*story, error) {
	return struck(t, func(s *story, away *Node) error {
		if err := s.part(away); err != nil {
			return err
		}
		away.Kill()
		if err := away.Start(); err != nil {
			return err
		}
		return Wait(s.ctx, "the transfer goes on", func() bool { return away.Disk.Shelf.Counts().Resumed > 0 })
	})
}

// receiverLosesPower: the same, with what was not synced gone.
func receiverLosesPower(t *testing.T) (*story, error) {
	return struck(t, func(s *story, away *Node) error { return errors.Join(away.LosePower(0), away.Start()) })
}

// senderKilled: who gives it is killed in the middle, and is started only when the node is level: another one gives the rest.
func senderKilled(t *testing.T) (*story, error) {
	return struck(t, func(s *story, away *Node) error {
		var sender *Node
		err := Wait(s.ctx, "a node gives it", func() bool {
			for _, o := range s.cluster.others(away) {
				if o.Gives() {
					sender = o
				}
			}
			return sender != nil
		})
		if err != nil {
			return err
		}
		sender.Kill()
		return errors.Join(s.leveled(away), sender.Start())
	})
}

// part waits until whole blocks of a snapshot are there.
func (s *story) part(n *Node) error {
	return Wait(s.ctx, "blocks of a snapshot have come", func() bool { return n.Disk.Shelf.Blocks() > 1 }) // one of them is whole
}

// struck is a story in which something happens to a node that receives a snapshot.
func struck(t *testing.T, how func(*story, *Node) error) (*story, error) {
	s := beginShort(t, nil)
	away, err := s.fallBelow()
	if err != nil {
		return s, err
	}
	s.cluster.Network.Isolate(away.ID, false)
	if err := s.received(away); err != nil {
		return s, err
	}
	if err := how(s, away); err != nil {
		return s, err
	}
	return s, s.leveled(away)
}

// rot: the newest snapshot of each node is not readable any more, and all come back with the one before it and the log behind that.
func rot(t *testing.T) (*story, error) {
	s := beginShort(t, nil)
	for k := range 3 {
		if err := s.snapshots(fmt.Sprint("round-", k)); err != nil {
			return s, err
		}
	}
	for _, n := range s.cluster.Nodes {
		n.Kill()
		if n.Rot() == "" {
			return s, fmt.Errorf("node %d has no way back without its newest snapshot", n.ID)
		}
	}
	for _, n := range s.cluster.Nodes {
		if err := n.Start(); err != nil {
			return s, err
		}
	}
	_, err := s.insist(s.cluster.Nodes[0], "last", "c")
	return s, err
}

// snapshots has all nodes apply one entry more and take a snapshot of that, so that logs begin behind the one before.
func (s *story) snapshots(key string) error {
	if _, err := s.insist(s.cluster.Nodes[0], key, "a"); err != nil {
		return err
	}
	return s.agree()
}
