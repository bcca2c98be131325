package node_test

// Goal: a node whose folder is an older copy is found out by whoever leads, is kept out for good, and the others go on
// without losing anything; one whose state differs from a majority's stops. Method: replicas in virtual time, one story each.

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// unwatched is a trial in which folders may be put back, with a leader, or an error.
func unwatched(cfg simulator.Config) (*trial, error) {
	cfg.Unwatched, cfg.Replica.Raft = true, raft.Config{HeartbeatTicks: 3, MaxEntriesPerMessage: 4}
	if cfg.Servers == 0 {
		cfg.Servers = 3
	}
	run := newTrial(cfg)
	return run, run.settle()
}

// writes proposes commands at a member, one after another, until n were told their places, within a time.
func (t *trial) writes(id protocol.NodeID, n int) error {
	for end := t.Now() + long; n > 0; {
		a := t.propose(id, long)
		ok, err := t.Until(long, func() bool { return a.ended > 0 })
		if err != nil || !ok || t.Now() > end {
			return fmt.Errorf("a proposal at node %d: ended %v, %w", id, ok, errors.Join(err, a.err))
		}
		if a.err == nil {
			n--
		} else if err := t.Run(10 * time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// within runs until something is so, or says what did not come to pass.
func (t *trial) within(what string, is func() bool) error {
	ok, err := t.Until(long, is)
	if err == nil && !ok {
		err = errors.New("it does not come to pass that " + what)
	}
	return err
}

// keepsOut reports whether a running member keeps another out for a reason.
func keepsOut(m *simulator.Member, id protocol.NodeID, reason node.Reason) bool {
	s, up := m.Status()
	return up && slices.ContainsFunc(s.KeptOut, func(a node.Accusation) bool { return a.Node == id && a.Reason == reason })
}

// rolledBack puts an older copy of a follower's folder in its place, under the leader, and starts it.
func rolledBack(cfg simulator.Config) (run *trial, leader, old, third *simulator.Member, err error) {
	if run, err = unwatched(cfg); err != nil {
		return run, leader, old, third, err
	}
	leader = run.Leader()
	old, third = run.At(leader.ID%3+1), run.At((leader.ID+1)%3+1)
	if err = run.writes(leader.ID, 5); err != nil {
		return run, leader, old, third, err
	}
	putBack := old.Copy()
	if err = errors.Join(run.writes(leader.ID, 20), run.settle()); err != nil {
		return run, leader, old, third, err
	}
	old.Kill()
	putBack()
	old.Start()
	return run, leader, old, third, nil
}

// olderCopy is the story: found out, kept out over restarts and elections, and nothing is lost.
func olderCopy(cfg simulator.Config) error {
	run, leader, old, third, err := rolledBack(cfg)
	if err != nil {
		return err
	}
	if err := run.within("the older copy stops", func() bool { return old.Err() != nil }); err != nil {
		return err
	}
	if !errors.Is(old.Err(), node.ErrRolledBack) {
		return fmt.Errorf("it stopped for another reason: %w", old.Err())
	}
	both := func() bool {
		return keepsOut(leader, old.ID, node.RolledBack) && keepsOut(third, old.ID, node.RolledBack)
	}
	if err := run.within("both others keep it out", both); err != nil {
		return err
	}
	if err := run.writes(third.ID, 5); err != nil {
		return err
	}
	old.Kill() // its owner tries again
	old.Start()
	if err := run.Run(time.Second); err != nil {
		return err
	}
	if _, up := old.Status(); up {
		return errors.New("the folder was taken again")
	}
	leader.Crash() // and with the next leader
	leader.Start()
	if err := run.within("there is a leader again", func() bool { return run.Leader() != nil && both() }); err != nil {
		return err
	}
	if err := run.writes(third.ID, 5); err != nil {
		return err
	}
	return run.judgeWithout(old)
}

// judgeWithout is judge, of three members but one.
func (t *trial) judgeWithout(out *simulator.Member) error {
	others := slices.DeleteFunc(slices.Clone(t.Members), func(m *simulator.Member) bool { return m == out })
	first, second := others[0].ID, others[1].ID
	level := func() bool { return len(t.list(first).stamps) == len(t.list(second).stamps) }
	if err := t.within("the others are level", level); err != nil {
		return err
	}
	if !slices.Equal(t.list(first).commands, t.list(second).commands) {
		return errors.New("the others differ")
	}
	for _, a := range t.attempts {
		if err := a.judge(t.list(first).commands); err != nil {
			return err
		}
	}
	return nil
}

func TestAnOlderCopyUnderALeaderIsFoundOutAndKeptOut(t *testing.T) {
	for seed := range uint64(10) {
		require.NoError(t, olderCopy(simulator.Config{Seed: seed}))
		require.NoError(t, olderCopy(simulator.Config{Seed: seed, WAL: true}))
		require.NoError(t, olderCopy(simulator.Config{Seed: seed, Loss: 0.2, Duplicate: 0.2}))
	}
}

// Who was not there when it was found out is told later, by whoever knows.
func TestWhoWasAwayIsToldOfIt(t *testing.T) {
	run, leader, old, third, err := rolledBack(simulator.Config{Servers: 3})
	require.NoError(t, err)
	run.Isolate(third.ID)
	require.NoError(t, run.within("it stops", func() bool { return old.Err() != nil }))
	run.Heal()
	require.NoError(t, run.within("the third knows", func() bool { return keepsOut(third, old.ID, node.RolledBack) }))
	require.Same(t, leader, run.Leader(), "and nobody lost the lead for it")
}

// A copy that is put back again has forgotten that it was condemned; the others have not.
func TestAnOlderCopyIsNotTakenTheSecondTime(t *testing.T) {
	run, err := unwatched(simulator.Config{})
	require.NoError(t, err)
	leader := run.Leader()
	old := run.At(leader.ID%3 + 1)
	putBack := old.Copy()
	require.NoError(t, run.writes(leader.ID, 10))
	require.NoError(t, run.settle())
	for range 3 {
		old.Kill()
		putBack()
		old.Start()
		require.NoError(t, run.within("it stops", func() bool { return errors.Is(old.Err(), node.ErrRolledBack) }))
	}
	require.NoError(t, run.judgeWithout(old))
}

// innocent is a follower that ends and comes back in any way, in a network that reorders, loses and repeats; nobody is accused.
func innocent(seed uint64) error {
	run := newTrial(simulator.Config{
		Servers: 3, Seed: seed, Loss: 0.1, Duplicate: 0.3, Delay: simulator.Span{Least: time.Millisecond, Most: 80 * time.Millisecond},
		Replica: node.Config{Raft: raft.Config{HeartbeatTicks: 1, MaxEntriesPerMessage: 2, ElectionTicks: 60}},
	})
	if err := run.settle(); err != nil {
		return err
	}
	for round := range 20 {
		m := run.At(protocol.NodeID(round%3 + 1))
		for range 5 {
			run.propose(protocol.NodeID(round+1)%3+1, long)
		}
		if err := run.Run(time.Duration(20+7*round) * time.Millisecond); err != nil {
			return err
		}
		if round%2 == 0 {
			m.Kill()
		} else {
			m.Crash()
		}
		if err := run.Run(50 * time.Millisecond); err != nil {
			return err
		}
		m.Start()
	}
	if err := run.heal(); err != nil {
		return err
	}
	return run.judge() // OnlyTheGuilty is among what is watched
}

// accusesTheInnocent looks for a run in which somebody is accused who lost nothing.
func accusesTheInnocent() error {
	for seed := range uint64(20) {
		if err := innocent(seed); err != nil {
			return err
		}
	}
	return nil
}

func TestWhoLostNothingIsNotAccused(t *testing.T) { require.NoError(t, accusesTheInnocent()) }

// poisoned has one member's machine differ from the others', from the next entry on, and returns it with the leader.
func poisoned(cfg simulator.Config, isLeader bool) (run *trial, leader, wrong *simulator.Member, err error) {
	if run, err = unwatched(cfg); err != nil {
		return
	}
	leader = run.Leader()
	if wrong = leader; !isLeader {
		wrong = run.At(leader.ID%protocol.NodeID(len(run.Members)) + 1)
	}
	run.list(wrong.ID).digest = 7
	err = run.writes(leader.ID, 1)
	return
}

// divergence is the story: one of three differs, it stops, and the others go on.
func divergence(isLeader bool) error {
	run, _, wrong, err := poisoned(simulator.Config{}, isLeader)
	if err != nil {
		return err
	}
	if err := run.within("it stops", func() bool { return errors.Is(wrong.Err(), node.ErrDiverged) }); err != nil {
		return err
	}
	other, third := run.At(wrong.ID%3+1), run.At((wrong.ID+1)%3+1)
	keeps := func() bool {
		return keepsOut(other, wrong.ID, node.Diverged) && keepsOut(third, wrong.ID, node.Diverged)
	}
	if err := run.within("the others keep it out", keeps); err != nil {
		return err
	}
	if err := run.within("the others have a leader", func() bool { return run.Leader() != nil && run.Leader() != wrong }); err != nil {
		return err
	}
	if err := run.writes(run.Leader().ID, 3); err != nil {
		return err
	}
	return run.judgeWithout(wrong)
}

func TestOneOfThreeThatDivergedStops(t *testing.T) {
	require.NoError(t, divergence(false))
	require.NoError(t, divergence(true))
}

// Where everybody applies something else all the time the indexes that all come by are compared.
func TestDivergenceIsFoundWhileOthersWrite(t *testing.T) {
	run, _, wrong, err := poisoned(simulator.Config{Sync: simulator.Span{Least: time.Microsecond}, Delay: simulator.Span{Least: time.Microsecond, Most: 3 * time.Millisecond}}, false)
	require.NoError(t, err)
	writer := run.At(wrong.ID%3 + 1)
	stopped := func() bool { return errors.Is(wrong.Err(), node.ErrDiverged) }
	for n := 0; n < 2000 && !stopped(); n++ {
		require.NoError(t, run.writes(writer.ID, 1))
	}
	require.True(t, stopped())
}

// Two of which one is wrong can't tell which: both say so, neither stops. When the third is back it decides.
func TestWithoutAMajorityBothSaySo(t *testing.T) {
	run, err := unwatched(simulator.Config{})
	require.NoError(t, err)
	leader := run.Leader()
	wrong, third := run.At(leader.ID%3+1), run.At((leader.ID+1)%3+1)
	third.Kill()
	run.list(wrong.ID).digest = 7
	require.NoError(t, run.writes(leader.ID, 3))
	doubts := func(m, of *simulator.Member) bool { s, _ := m.Status(); return s.Doubted == protocol.Nodes(of.ID) }
	require.NoError(t, run.within("both doubt", func() bool { return doubts(leader, wrong) && doubts(wrong, leader) }))
	require.NoError(t, run.Run(10*time.Second))
	require.NoError(t, leader.Err())
	require.NoError(t, wrong.Err())
	require.Equal(t, 1, leader.Doubts(), "it is said once")
	require.NoError(t, run.writes(leader.ID, 1))
	third.Start()
	require.NoError(t, run.within("the third decides", func() bool { return errors.Is(wrong.Err(), node.ErrDiverged) }))
	require.NoError(t, run.within("there is no doubt left", func() bool {
		s, _ := leader.Status()
		return s.Doubted == 0 && keepsOut(leader, wrong.ID, node.Diverged)
	}))
}

func TestThreeOfWhichEachDiffersSaySo(t *testing.T) {
	run, err := unwatched(simulator.Config{})
	require.NoError(t, err)
	for _, m := range run.Members {
		run.list(m.ID).digest = uint64(m.ID)
	}
	require.NoError(t, run.writes(1, 3))
	all := func() bool {
		for _, m := range run.Members {
			if s, _ := m.Status(); s.Doubted.Len() != 2 {
				return false
			}
		}
		return true
	}
	require.NoError(t, run.within("all doubt all", all))
	for _, m := range run.Members {
		require.NoError(t, m.Err())
	}
}

func TestTwoOfFiveThatDivergedStop(t *testing.T) {
	run, err := unwatched(simulator.Config{Servers: 5})
	require.NoError(t, err)
	run.list(2).digest, run.list(4).digest = 7, 7
	require.NoError(t, run.writes(1, 3))
	stopped := func() bool {
		return errors.Is(run.At(2).Err(), node.ErrDiverged) && errors.Is(run.At(4).Err(), node.ErrDiverged)
	}
	require.NoError(t, run.within("both stop", stopped))
	for _, id := range []protocol.NodeID{1, 3, 5} {
		require.NoError(t, run.At(id).Err())
	}
}
