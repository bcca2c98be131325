package node_test

// Goal: one slow disk does not pace a cluster, whosever it is; a disk in health keeps its batches; and what a disk that hangs has
// not taken is bounded. Method: three replicas in virtual time, one with a slow disk, and clients that ask again as soon as
// they were answered; answers and entries are counted.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

const (
	load     = time.Second
	syncTime = time.Millisecond
)

// asking has clients at a member for a while, and returns how many answers they got.
func (t *trial) asking(at *simulator.Member, clients int, lasts time.Duration) (answers int, err error) {
	end := t.Now() + lasts
	var ask func()
	ask = func() {
		a := &attempt{command: fmt.Sprint(len(t.attempts))}
		t.attempts = append(t.attempts, a)
		told := t.waiter(a)
		at.Propose(command(a.command), long, func(b []byte, err error) {
			told(b, err)
			if err == nil {
				answers++
			}
			if t.Now() < end {
				t.After(syncTime/10, ask)
			}
		})
	}
	for range clients {
		ask()
	}
	return answers, t.Run(lasts)
}

// healthyDisks is a cluster whose disks sync in a millisecond, and whose messages take a tenth.
func healthyDisks(cfg node.Config) (*trial, *simulator.Member, error) {
	return story(simulator.Config{
		Replica: cfg, Sync: simulator.Span{Least: syncTime}, Delay: simulator.Span{Least: syncTime / 10},
	})
}

// oneSlowDisk wants as many answers as a majority's disks give while one takes 60 ms for each sync, and while it does not.
func oneSlowDisk(leaders bool) error {
	const clients = 4
	run, leader, err := healthyDisks(node.Config{})
	if err != nil {
		return err
	}
	slow := leader
	if !leaders {
		slow = run.At(leader.ID%3 + 1)
	}
	healthy, err := run.asking(leader, clients, load)
	if err != nil {
		return err
	}
	slow.Slow(60 * time.Millisecond)
	answers, err := run.asking(leader, clients, load)
	switch {
	case err != nil:
		return err
	case answers < healthy/3:
		return fmt.Errorf("%d answers beside a slow disk, %d without", answers, healthy)
	}
	return errors.Join(run.heal(), run.judge())
}

func TestASlowDiskOfTheLeaderDoesNotPaceTheCluster(t *testing.T) {
	require.NoError(t, oneSlowDisk(true))
}

func TestASlowDiskOfAFollowerDoesNotPaceTheCluster(t *testing.T) {
	require.NoError(t, oneSlowDisk(false))
}

// batchesStay wants no more entries than the leader syncs, where its disk is slower than the others' and in health.
func batchesStay() error {
	run, leader, err := healthyDisks(node.Config{})
	if err != nil {
		return err
	}
	leader.Slow(3 * syncTime)
	before, _ := leader.Status()
	synced, _ := leader.Syncs()
	answers, err := run.asking(leader, 64, load)
	if err != nil {
		return err
	}
	after, _ := leader.Status()
	syncs, _ := leader.Syncs()
	if entries, most := int(after.LastIndex-before.LastIndex), syncs-synced+10; entries > most {
		return fmt.Errorf("%d answers took %d entries and %d syncs: they could be larger", answers, entries, most)
	}
	return errors.Join(run.heal(), run.judge())
}

func TestADiskInHealthKeepsItsBatches(t *testing.T) { require.NoError(t, batchesStay()) }

// aDiskHangs wants what the leader's disk has not taken to be bounded, in entries and in bytes, where the others go on.
func aDiskHangs() error {
	for _, cfg := range []node.Config{{MaxUncommitted: 20}, {MaxUncommittedBytes: 200}} {
		run, leader, err := healthyDisks(cfg)
		if err != nil {
			return err
		}
		leader.Slow(time.Hour)
		if _, err := run.asking(leader, 1, 300*time.Millisecond); err != nil { // for longer it does not lead
			return err
		}
		if s, _ := leader.Status(); s.Role != protocol.Leader || s.LastIndex-s.DurableIndex > 25 {
			return fmt.Errorf("%d entries are not on the disk of the %v, which hangs", s.LastIndex-s.DurableIndex, s.Role)
		}
		leader.Slow(0)
		leader.Crash()
		if err := errors.Join(run.heal(), run.judge()); err != nil {
			return err
		}
	}
	return nil
}

func TestWhatADiskThatHangsLacksIsBounded(t *testing.T) { require.NoError(t, aDiskHangs()) }
