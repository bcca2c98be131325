package node_test

// Goal: however many read, and however much, those who write, and those who read little, get on. Method: crowds of reads in one round, of one
// replica and of three in virtual time.

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// floodOfReads: many long reads come in one round, with a write behind them: one round answers a megabyte and some, the write is on its way
// in the first, and the rest follow in the next ones.
func floodOfReads() error {
	h, servers := &idleHost{}, protocol.Nodes(1)
	r, err := node.New(node.Config{Raft: raft.Config{ID: 1, Servers: servers}}, h, listOf(servers), node.Recovered{})
	if err != nil {
		return err
	}
	for range 40 {
		if err := errors.Join(r.Handle(node.Tick()), h.sync(r)); err != nil {
			return err
		}
	}
	const reads, each = 100, 4000
	long := []byte(strings.Repeat(string(command("~")), each))
	var round []node.Event
	for range reads {
		round = append(round, node.Proposed(long, each, int64(time.Hour), new(int)))
	}
	appended := h.last
	if err := r.Handle(append(round, node.Proposed(command("w"), 1, int64(time.Hour), new(int)))...); err != nil {
		return err
	}
	const inARound = (1<<20)/(each*answerBytes) + 1
	switch {
	case h.answered > inARound:
		return fmt.Errorf("%d reads of %d bytes were answered in one round", h.answered, each*answerBytes)
	case h.last == appended:
		return errors.New("the write waits for the reads")
	}
	for range reads/inARound + 1 {
		if err := r.Handle(node.Resumed()); err != nil {
			return err
		}
	}
	if h.answered != reads {
		return fmt.Errorf("%d reads of %d were answered", h.answered, reads)
	}
	return nil
}

func TestAFloodOfReadsHoldsUpNoWrite(t *testing.T) { require.NoError(t, floodOfReads()) }

// crowdOfReads: more reads come than may be pending, by number or by bytes, in one round at a leader, or at a follower that waits for one, and writes
// behind them. The writes find room.
func crowdOfReads() error {
	for _, most := range []node.Config{{MaxPending: 100}, {MaxPendingBytes: 2000, MaxEntryBytes: 1000}} {
		for _, leads := range []bool{true, false} {
			run, leader, err := story(simulator.Config{Replica: most})
			if err != nil {
				return err
			}
			at := leader
			if !leads {
				at = run.At(leader.ID%3 + 1)
				leader.Crash()
				if err := run.Run(40 * time.Millisecond); err != nil {
					return err
				}
			}
			var round []node.Event
			for range 1000 {
				read := &attempt{command: fmt.Sprintf("~-1/%d", len(run.attempts)), reads: true, least: run.known}
				run.attempts = append(run.attempts, read)
				round = append(round, node.Proposed(command(read.command), 1, at.Clock()+int64(long), run.waiter(read)))
			}
			var writes []*attempt
			for k := range 10 {
				w := &attempt{command: fmt.Sprintf("w%d", k)}
				writes, run.attempts = append(writes, w), append(run.attempts, w)
				round = append(round, node.Proposed(command(w.command), 1, at.Clock()+int64(long), run.waiter(w)))
			}
			at.Handle(round...)
			if err := run.ended(writes...); err != nil {
				return fmt.Errorf("the leader: %t: a write beside a crowd of reads: %w", leads, err)
			}
			answered := 0
			if err := errors.Join(run.heal(), run.judge()); err != nil {
				return err
			}
			for _, a := range run.attempts {
				if a.reads && a.ended == 1 && a.err == nil {
					answered++
				}
			}
			if s, _ := at.Status(); answered < 10 || s.Pending != 0 {
				return fmt.Errorf("%d reads were answered, %d are pending in the end", answered, s.Pending)
			}
		}
	}
	return nil
}

// unconfirmed: a leader that nobody hears is asked again and again by readers who do not wait for long. What it keeps of them stays bounded.
func unconfirmed() error {
	run, leader, err := story(simulator.Config{Replica: node.Config{MaxPending: 100, Raft: raft.Config{ElectionTicks: 200}}})
	if err != nil {
		return err
	}
	run.Isolate(leader.ID)
	for range 30 {
		run.look(leader, 20*time.Millisecond, make([]int, 30)...)
		if err := run.Run(40 * time.Millisecond); err != nil {
			return err
		}
		s, _ := leader.Status()
		if s.Role != protocol.Leader {
			return errors.New("it leads no more")
		}
		if s.Waiting > 50 {
			return fmt.Errorf("%d reads are kept, and at most 50 may be pending", s.Waiting)
		}
	}
	return errors.Join(run.heal(), run.judge())
}

func TestALeaderThatConfirmsNothingKeepsFewReads(t *testing.T) { require.NoError(t, unconfirmed()) }

func TestACrowdOfReadsLeavesRoomForWrites(t *testing.T) { require.NoError(t, crowdOfReads()) }

// Who reads little does not wait behind many who read much.
func TestShortReadsTakeTurnsWithLongOnes(t *testing.T) {
	h, servers := &idleHost{}, protocol.Nodes(1)
	r, err := node.New(node.Config{Raft: raft.Config{ID: 1, Servers: servers}}, h, listOf(servers), node.Recovered{})
	require.NoError(t, err)
	for range 40 {
		require.NoError(t, r.Handle(node.Tick()))
		settle(t, h, r)
	}
	long := []byte(strings.Repeat(string(command("~")), 4000))
	var round []node.Event
	for range 200 {
		round = append(round, node.Proposed(long, 4000, int64(time.Hour), "long"))
	}
	round = append(round, node.Proposed(command("~"), 1, int64(time.Hour), "short"))
	require.NoError(t, r.Handle(round...))
	require.Contains(t, h.told, "short")
	require.Less(t, h.answered, 50)
}
