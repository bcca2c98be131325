package node_test

// Goal: a leader hands over so that nobody who calls notices, to whoever is asked for, or says why not; and one without room on its
// disk does so by itself where that helps. Method: replicas in virtual time, asked all the time.

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// told is how a wish to hand over ended.
type told struct {
	ended int
	err   error
	after time.Duration
}

func (t *trial) transfer(at *simulator.Member, to protocol.NodeID) *told {
	w, began := &told{}, t.Now()
	at.Handle(node.Transfer(to, func(_ []byte, err error) { w.ended, w.err, w.after = w.ended+1, err, t.Now()-began }))
	return w
}

// askedMeanwhile proposes at all members every half tick, for so long.
func (t *trial) askedMeanwhile(lasts time.Duration) (map[protocol.NodeID][]*attempt, error) {
	asked := map[protocol.NodeID][]*attempt{}
	for began := t.Now(); t.Now()-began < lasts; {
		for _, m := range t.Members {
			asked[m.ID] = append(asked[m.ID], t.propose(m.ID, long))
		}
		if err := t.Run(simTick / 2); err != nil {
			return nil, err
		}
	}
	return asked, t.Run(time.Second)
}

// inOrder says what is wrong with calls that all have to be answered, in their order at each node.
func inOrder(asked map[protocol.NodeID][]*attempt) error {
	for id, attempts := range asked {
		last := uint64(0)
		for k, a := range attempts {
			switch {
			case a.ended != 1 || a.err != nil:
				return fmt.Errorf("call %d of %d at node %d was told %d times, in the end: %w", k, len(attempts), id, a.ended, a.err)
			case k > 0 && a.place <= last:
				return fmt.Errorf("call %d of %d at node %d came to place %d, the one before it to %d", k, len(attempts), id, a.place, last)
			}
			last = a.place
		}
	}
	return nil
}

func TestALeaderHandsOverAndNobodyNotices(t *testing.T) {
	for seed := range uint64(12) {
		run, leader, err := searchers(seed)
		require.NoError(t, err)
		to := protocol.NodeID(0)
		if seed%3 > 0 {
			to = (leader.ID+protocol.NodeID(seed%3)-1)%3 + 1
		}
		var w *told
		run.After(100*time.Millisecond, func() { w = run.transfer(leader, to) })
		asked, err := run.askedMeanwhile(500 * time.Millisecond)
		require.NoError(t, err)
		require.Equal(t, 1, w.ended, "seed %d", seed)
		require.NoError(t, w.err, "seed %d", seed)
		require.Less(t, w.after, 10*simTick, "no timeout is waited for")
		require.NotSame(t, leader, run.Leader())
		if to != 0 {
			require.Equal(t, to, run.Leader().ID)
		}
		require.NoError(t, inOrder(asked), "seed %d", seed)
		require.NoError(t, run.heal())
		require.NoError(t, run.judge())
	}
}

// aHandOverThatFails: whoever is to lead has a disk that stands still. The calls wait, and are then done.
func aHandOverThatFails() error {
	for seed := range uint64(10) {
		run, leader, err := searchers(seed)
		if err != nil {
			return err
		}
		to := run.At(leader.ID%3 + 1)
		to.Slow(10 * time.Second)
		run.propose(leader.ID, long)
		if err := run.Run(aMoment); err != nil {
			return err
		}
		was, _ := leader.Status()
		var w *told
		run.After(simTick, func() { w = run.transfer(leader, to.ID) })
		asked, err := run.askedMeanwhile(300 * time.Millisecond)
		if err != nil {
			return err
		}
		switch is, _ := leader.Status(); {
		case w.ended != 1 || !errors.Is(w.err, node.ErrLeadsOn):
			return fmt.Errorf("seed %d: told %d times: %w", seed, w.ended, w.err)
		case w.after > 12*simTick:
			return fmt.Errorf("seed %d: told after %v", seed, w.after)
		case is.Role != protocol.Leader || is.Term != was.Term:
			return fmt.Errorf("seed %d: the leader did not go on", seed)
		}
		if err := inOrder(asked); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
		to.Slow(0)
		if err := errors.Join(run.heal(), run.judge()); err != nil {
			return err
		}
	}
	return nil
}

func TestAHandOverThatFailsCostsNobodyACall(t *testing.T) { require.NoError(t, aHandOverThatFails()) }

func TestAHandOverIsRefusedWithWhy(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{})
	ask := func(at *simulator.Member, to protocol.NodeID) error {
		t.Helper()
		w := run.transfer(at, to)
		require.NoError(t, run.Run(0))
		require.Equal(t, 1, w.ended)
		return w.err
	}
	require.NoError(t, ask(leader, leader.ID), "it leads")
	require.ErrorIs(t, ask(leader, 9), node.ErrNoSuchNode)
	require.ErrorIs(t, ask(follower, 9), node.ErrNoSuchNode)
	for _, to := range []protocol.NodeID{0, follower.ID, leader.ID} {
		var elsewhere *node.NotLeaderError
		require.ErrorAs(t, ask(follower, to), &elsewhere)
		require.Equal(t, leader.ID, elsewhere.Leader)
	}

	follower.Kill()
	require.NoError(t, run.Run(20*simTick))
	require.ErrorIs(t, ask(leader, follower.ID), node.ErrUnanswered)

	third := run.At(6 - leader.ID - follower.ID)
	run.CutOneWay(leader.ID, third.ID)
	first := run.transfer(leader, third.ID)
	require.ErrorIs(t, ask(leader, third.ID), node.ErrTransferring)
	require.Zero(t, first.ended)
	leader.Stop()
	require.NoError(t, run.Run(0))
	require.Equal(t, 1, first.ended)
	require.ErrorIs(t, first.err, node.ErrStopped)
}

func TestOneAloneHasNobodyToHandOverTo(t *testing.T) {
	run := newTrial(simulator.Config{Servers: 1})
	run.await(t, run.settled)
	w := run.transfer(run.Leader(), 0)
	require.NoError(t, run.Run(0))
	require.ErrorIs(t, w.err, node.ErrUnanswered)
	require.NoError(t, run.outcome(t, 1, long))
}

// A hand-over that is lost with its leader is told so, and not told to be done.
func TestAHandOverWhoseEndNobodyHearsOfIsUnknown(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{Delay: simulator.Span{Least: time.Millisecond}})
	w := run.transfer(leader, follower.ID)
	require.NoError(t, run.Run(1500*time.Microsecond)) // it campaigns, and that is on its way
	run.await(t, func() bool { s, _ := leader.Status(); return s.Role != protocol.Leader })
	run.Isolate(leader.ID)
	run.await(t, func() bool { return w.ended > 0 })
	require.ErrorIs(t, w.err, node.ErrNoSuccessor)
	require.ErrorIs(t, w.err, node.ErrUnknown)
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

// noRoomToLead: a leader whose disk is full leaves the lead to one whose disk is not, and new work goes on.
func noRoomToLead() error {
	for seed := range uint64(10) {
		run, leader, err := ledTrial(simulator.Config{Seed: seed, WAL: seed%2 == 0})
		if err != nil {
			return err
		}
		leader.LeaveRoom(10 << 10)
		for k := range 300 {
			a := &attempt{command: fmt.Sprintf("%d %0100d", k, 0)}
			run.attempts = append(run.attempts, a)
			run.At(leader.ID%3+1).Propose(command(a.command), long, run.waiter(a))
			if ok, err := run.Until(long, func() bool { return a.ended > 0 }); err != nil || !ok {
				return fmt.Errorf("seed %d: no verdict: %w", seed, err)
			}
			if a.err != nil && !errors.Is(a.err, node.ErrNoRoom) {
				return fmt.Errorf("seed %d: %w", seed, a.err)
			}
		}
		refused := 0
		for _, a := range run.attempts {
			if a.err != nil {
				refused++
			}
		}
		switch {
		case run.Leader() == leader:
			return fmt.Errorf("seed %d: who has no room leads on", seed)
		case refused > 0:
			return fmt.Errorf("seed %d: %d calls were refused for want of room", seed, refused)
		}
		leader.FullDisk(false)
		if err := errors.Join(run.heal(), run.judge()); err != nil {
			return err
		}
	}
	return nil
}

func TestALeaderWithoutRoomLeavesTheLeadToOneWithRoom(t *testing.T) {
	require.NoError(t, noRoomToLead())
}

// noRoomAnywhere: where no majority has room the leader stays: another one could do no more.
func noRoomAnywhere() error {
	run, leader, err := ledTrial(simulator.Config{})
	if err != nil {
		return err
	}
	was, _ := leader.Status()
	for _, m := range []*simulator.Member{leader, run.At(leader.ID%3 + 1)} {
		m.LeaveRoom(12 << 10)
	}
	if _, err := run.untilRefused(leader.ID, ""); err != nil {
		return err
	}
	if err := run.Run(5 * time.Second); err != nil {
		return err
	}
	if is, _ := leader.Status(); is.Term != was.Term || is.Role != protocol.Leader {
		return errors.New("it handed over for nothing")
	}
	return errors.Join(run.heal(), run.judge())
}

func TestALeaderWithoutRoomStaysWhereNoMajorityHasSome(t *testing.T) {
	require.NoError(t, noRoomAnywhere())
}

// allAtOnce: all disks lose their room in one moment, before anybody has told of it, and nothing is written for minutes. The leader
// stays, and reads are answered: another one could not commit its first entry, and answers none before.
func allAtOnce() error {
	for seed := range uint64(2) {
		for _, room := range []int64{0, 600, 1 << 10, 5 << 10} {
			run, leader, err := ledTrial(simulator.Config{Seed: seed, WAL: seed%2 == 0})
			if err != nil {
				return err
			}
			was, _ := leader.Status()
			for _, m := range run.Members {
				m.LeaveRoom(room)
			}
			write := run.propose(leader.ID, long)
			if err := run.Run(time.Minute); err != nil {
				return err
			}
			is, _ := leader.Status()
			switch {
			case is.Term != was.Term || is.Role != protocol.Leader:
				return fmt.Errorf("seed %d, %d bytes left on all disks: it leads no more", seed, room)
			case write.ended != 1 || write.err != nil && !errors.Is(write.err, node.ErrNoRoom):
				return fmt.Errorf("seed %d, %d bytes: a write ended %d times, with %w", seed, room, write.ended, write.err)
			}
			for _, m := range run.Members {
				if err := run.ended(run.look(m, long, -1)...); err != nil {
					return fmt.Errorf("seed %d, %d bytes: %w", seed, room, err)
				}
			}
			if err := errors.Join(run.heal(), run.judge()); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestWhereAllDisksLoseTheirRoomAtOnceTheLeaderStaysAndReadsAreAnswered(t *testing.T) {
	require.NoError(t, allAtOnce())
}

func TestRealNodesHandOver(t *testing.T) {
	t.Parallel()
	c := ledByFirst(t)
	ctx := t.Context()
	require.ErrorIs(t, c[0].Transfer(ctx, 9), node.ErrNoSuchNode)
	require.Eventually(t, func() bool { return c[0].Transfer(ctx, 3) == nil }, soon, often)
	require.Equal(t, protocol.Leader, c[2].Status().Role)
	c[0].mustPropose(t, "second")
	c.agree(t, []string{"first", "second"})
	var elsewhere *node.NotLeaderError
	require.ErrorAs(t, c[0].Transfer(ctx, 2), &elsewhere)
	require.EqualValues(t, 3, elsewhere.Leader)
	over, cancel := context.WithCancel(ctx)
	cancel()
	if err := c[1].Transfer(over, 2); err != nil && !errors.As(err, &elsewhere) {
		require.ErrorIs(t, err, node.ErrUnknown)
	}
	c[1].Stop()
	require.ErrorIs(t, c[1].Transfer(ctx, 0), node.ErrStopped)
}

// Hand-overs again and again, to whomever, cost nobody a call, and keep the order.
func TestHandOversAgainAndAgainCostNobodyACall(t *testing.T) {
	for seed := range uint64(10) {
		run, _, err := story(simulator.Config{Seed: seed, HandOver: 0.05, Replica: node.Config{MaxWait: time.Second}, Delay: simulator.Span{Least: time.Millisecond}})
		require.NoError(t, err)
		asked, err := run.askedMeanwhile(3 * time.Second)
		require.NoError(t, err)
		require.NoError(t, inOrder(asked), "seed %d", seed)
		s, _ := run.Members[0].Status()
		require.Greater(t, s.Term, protocol.Term(3), "seed %d: hardly anybody handed over", seed)
	}
}
