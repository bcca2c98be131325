package node_test

// Goal: want of room on a disk stops nobody, refuses for sure what it refuses, and lets work be ended. Method: replicas in
// virtual time whose disks are full, one story each; drawn runs with full disks are in property_test.go.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

func TestWhatALogTakesIsAtMostWhatReplicasCount(t *testing.T) {
	for _, n := range []int{0, 1, 2, 32} {
		for _, bytes := range []int{0, 1, 7, 8 << 20} {
			require.LessOrEqual(t, wal.RecordBytes(n, bytes), node.RecordBytes(n, bytes))
		}
	}
}

// until proposes commands of a kind at a member until one is refused for want of room.
func (t *trial) untilRefused(id protocol.NodeID, kind string) (taken int, err error) {
	for ; taken < 1000; taken++ {
		a := &attempt{command: fmt.Sprintf("%s%d %0100d", kind, len(t.attempts), 0)}
		t.attempts = append(t.attempts, a)
		t.At(id).Propose(command(a.command), long, t.waiter(a))
		if ended, err := t.Until(long, func() bool { return a.ended > 0 }); err != nil || !ended {
			return taken, fmt.Errorf("%q has no verdict: %w", a.command, err)
		}
		switch {
		case errors.Is(a.err, node.ErrNoRoom):
			return taken, nil
		case a.err != nil:
			return taken, a.err
		}
	}
	return taken, errors.New("nothing is refused")
}

func ledTrial(cfg simulator.Config) (*trial, *simulator.Member, error) {
	cfg.Servers = 3
	run := newTrial(cfg)
	ok, err := run.Until(long, run.settled)
	if err == nil && !ok {
		err = errors.New("no leader")
	}
	return run, run.Leader(), err
}

// noRoomAtAll: who has none for a vote does not campaign, and does not stop either.
func noRoomAtAll() error {
	run, leader, err := ledTrial(simulator.Config{})
	if err != nil {
		return err
	}
	for _, m := range run.Members {
		m.LeaveRoom(0)
	}
	led, _ := leader.Status()
	leader.Crash()
	if err := run.Run(5 * time.Second); err != nil {
		return err
	}
	for _, m := range run.others(leader) {
		if s, up := m.Status(); !up || s.Role != protocol.Follower || s.Term != led.Term {
			return fmt.Errorf("node %d, up: %t, is a %v in term %d, and the leader's was %d", m.ID, up, s.Role, s.Term, led.Term)
		}
	}
	return errors.Join(run.heal(), run.judge())
}

func TestWithoutRoomForAVoteNobodyCampaignsOrStops(t *testing.T) { require.NoError(t, noRoomAtAll()) }

// theReserve: new work is refused first, then reads, then what ends work; and then there still can be another leader.
func theReserve() error {
	for seed := range uint64(10) {
		if err := theReserveOf(simulator.Config{Seed: seed, WAL: seed%2 == 0}); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	return nil
}

func theReserveOf(cfg simulator.Config) error {
	run, leader, err := ledTrial(cfg)
	if err != nil {
		return err
	}
	if _, err := run.fillAll(leader.ID); err != nil {
		return err
	}
	for k, kind := range []string{"", "?", "."} {
		taken, err := run.untilRefused(leader.ID, kind)
		if err != nil {
			return err
		}
		if k > 0 && taken < 3 {
			return fmt.Errorf("%d %q were taken when what comes before was refused", taken, kind)
		}
	}
	leader.Crash()
	if ok, err := run.Until(long, func() bool { l := run.Leader(); return l != nil && l != leader && healthy(l) }); err != nil || !ok {
		return fmt.Errorf("no other leader: %w", err)
	}
	if err := run.heal(); err != nil {
		return err
	}
	return run.judge()
}

func healthy(m *simulator.Member) bool {
	s, _ := m.Status()
	return s.Healthy && s.CommitIndex == s.LastIndex
}

// fillAll fills all disks, with new work refused at the leader first.
func (t *trial) fillAll(leader protocol.NodeID) (taken int, err error) {
	for _, m := range t.Members {
		m.LeaveRoom(12 << 10)
	}
	return t.untilRefused(leader, "")
}

func TestWhatEndsWorkIsRefusedLastAndVotesNever(t *testing.T) { require.NoError(t, theReserve()) }

func TestALeaderWithoutRoomRefusesForSureAndGoesOnWhenThereIsSome(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{})
	for _, m := range run.Members { // another one could do no more
		m.LeaveRoom(10 << 10)
	}
	_, err := run.untilRefused(follower.ID, "")
	require.NoError(t, err, "told across the network too")
	status, _ := leader.Status()
	require.Positive(t, status.Refused)
	require.NoError(t, leader.Err())
	for _, m := range run.Members {
		m.FullDisk(false)
	}
	require.NoError(t, run.outcome(t, follower.ID, long))
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

func TestAFollowerWithoutRoomHoldsUpNobodyAndCatchesUpByItself(t *testing.T) {
	run, leader, full := led(t, simulator.Config{})
	full.LeaveRoom(2 << 10)
	for range 100 {
		require.NoError(t, run.outcome(t, leader.ID, long))
	}
	require.NoError(t, full.Err())
	behind, _ := full.Status()
	ahead, _ := leader.Status()
	require.Positive(t, behind.Dropped)
	require.Less(t, behind.LastIndex, ahead.LastIndex)
	require.Equal(t, ahead.Term, behind.Term, "it disturbs nobody")

	full.FullDisk(false)
	run.await(t, func() bool { s, _ := full.Status(); return s.Applied == ahead.LastIndex })
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

// theQuiet: a follower without room is not sent all the time what it has no room for.
func theQuiet() error {
	run, leader, err := ledTrial(simulator.Config{})
	if err != nil {
		return err
	}
	full := run.At(leader.ID%3 + 1)
	full.LeaveRoom(1 << 10)
	for range 20 {
		run.propose(leader.ID, long)
	}
	if err := run.Run(time.Second); err != nil {
		return err
	}
	before, _ := full.Status()
	if err := run.Run(10 * time.Second); err != nil {
		return err
	}
	after, _ := full.Status()
	switch dropped := after.Dropped - before.Dropped; {
	case before.Dropped == 0 || dropped == 0:
		return errors.New("nothing was dropped")
	case dropped > 60:
		return fmt.Errorf("a follower without room was sent entries %d times in 10 s", dropped)
	case after.Term != before.Term:
		return errors.New("it disturbed the leader")
	}
	return nil
}

func TestAFollowerWithoutRoomIsLeftInPeace(t *testing.T) { require.NoError(t, theQuiet()) }

func TestAReplicaThatHasNoRoomForAVoteIsSilentAndFollowsAgainLater(t *testing.T) {
	run, leader, full := led(t, simulator.Config{})
	full.LeaveRoom(0)
	run.Isolate(full.ID)
	require.NoError(t, run.Run(10*time.Second))
	s, _ := full.Status()
	led, _ := leader.Status()
	require.Equal(t, led.Term, s.Term, "it can't campaign")
	run.Heal()
	require.NoError(t, run.outcome(t, leader.ID, long))
	require.NoError(t, run.Run(time.Second))
	require.NoError(t, full.Err())
	full.FullDisk(false)
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

func TestWhatWaitsForRoomThatIsComingIsNotRefused(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{WAL: true})
	for range 200 {
		run.together(leader, long, long, long)
	}
	require.NoError(t, run.heal())
	for _, a := range run.attempts {
		require.NoError(t, a.err)
	}
}

// theFollowers: where the leader has room and no other has, new work is refused for sure, and what ends work is not.
func theFollowers() error {
	run, leader, err := ledTrial(simulator.Config{})
	if err != nil {
		return err
	}
	for _, m := range run.Members {
		if m != leader {
			m.LeaveRoom(12 << 10)
		}
	}
	if _, err := run.untilRefused(leader.ID, ""); err != nil {
		return err
	}
	if s, _ := leader.Status(); s.CommitIndex != s.LastIndex {
		return errors.New("what was taken is not committed")
	}
	if taken, err := run.untilRefused(leader.ID, "."); err != nil || taken < 3 {
		return fmt.Errorf("%d that end work were taken: %w", taken, err)
	}
	for _, m := range run.Members {
		m.FullDisk(false)
	}
	if err := run.Run(time.Second); err != nil {
		return err
	}
	a := run.propose(leader.ID, long)
	if err := run.Run(time.Second); err != nil || a.err != nil || a.ended == 0 {
		return fmt.Errorf("there is room again: told %d times, %w", a.ended, errors.Join(err, a.err))
	}
	if err := run.heal(); err != nil {
		return err
	}
	return run.judge()
}

func TestALeaderWhoseFollowersHaveNoRoomRefusesForSure(t *testing.T) {
	require.NoError(t, theFollowers())
}
