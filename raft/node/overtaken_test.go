package node_test

// Goal: what was sent to a leader that hangs is told so soon after another one leads, and a leader that is well and lost its
// leadership is not taken for one that hangs. Method: replicas in virtual time; the leader stops as by SIGSTOP, or is cut off
// for as long as it takes to elect another one.

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

// story is a trial of three that leads, for stories that mutants run too.
func story(cfg simulator.Config) (*trial, *simulator.Member, error) {
	cfg.Servers = 3
	run := newTrial(cfg)
	ok, err := run.Until(long, run.settled)
	if err != nil || !ok {
		return nil, nil, errors.Join(err, errors.New("no leader"))
	}
	return run, run.Leader(), nil
}

// knowsAnother reports whether a member knows another leader than the one that was.
func knowsAnother(m *simulator.Member, was protocol.NodeID) bool {
	s, up := m.Status()
	return up && s.Leader != protocol.Nil && s.Leader != was
}

// aLeaderHangs tells of a proposal that was forwarded to a leader that hangs; itself says whether the follower then leads.
func aLeaderHangs(seed uint64) (itself bool, err error) {
	run, leader, err := story(simulator.Config{Seed: seed})
	if err != nil {
		return false, err
	}
	follower := run.At(leader.ID%3 + 1)
	leader.Hang(true)
	a := run.propose(follower.ID, long)
	ok, err := run.Until(long, func() bool { return knowsAnother(follower, leader.ID) })
	if err != nil || !ok {
		return false, errors.Join(err, errors.New("nobody follows a leader that hangs"))
	}
	since := run.Now()
	ok, err = run.Until(long, func() bool { return a.ended > 0 })
	switch took := run.Now() - since; {
	case err != nil || !ok:
		return false, errors.Join(err, errors.New("never told"))
	case took > 100*time.Millisecond: // of virtual time, ten ticks
		return false, fmt.Errorf("told %v after another leader was known, as late as the deadline", took)
	case !errors.Is(a.err, node.ErrOvertaken) || !errors.Is(a.err, node.ErrUnknown):
		return false, fmt.Errorf("told: %w", a.err)
	}
	if err := run.outcomeOf(follower.ID); err != nil {
		return false, fmt.Errorf("a new call: %w", err)
	}
	s, _ := follower.Status()
	if s.Forwarded != 0 || s.Pending != 0 {
		return false, fmt.Errorf("%d are still forwarded, %d pending", s.Forwarded, s.Pending)
	}
	if err := run.heal(); err != nil { // it goes on, and takes up what it was sent
		return false, err
	}
	return s.Role == protocol.Leader, run.judge()
}

// outcomeOf proposes at a member and returns the verdict.
func (t *trial) outcomeOf(id protocol.NodeID) error {
	a := t.propose(id, long)
	if _, err := t.Until(long, func() bool { return a.ended > 0 }); err != nil {
		return err
	}
	return a.err
}

func TestWhatWasSentToALeaderThatHangsIsToldOnceAnotherLeads(t *testing.T) {
	other, itself := 0, 0
	for seed := range uint64(20) {
		leads, err := aLeaderHangs(seed)
		require.NoError(t, err, "seed %d", seed)
		if leads {
			itself++
		} else {
			other++
		}
	}
	require.Positive(t, itself, "the follower itself leads then")
	require.Positive(t, other, "the third leads then")
}

// aLeaderIsOvertaken cuts a leader off until another one leads, while a forwarded proposal is in its log and in the others'.
func aLeaderIsOvertaken() error {
	run, leader, err := story(simulator.Config{Delay: simulator.Span{Least: time.Millisecond, Most: time.Millisecond}})
	if err != nil {
		return err
	}
	follower, third := run.At(leader.ID%3+1), run.At((leader.ID+1)%3+1)
	a := run.propose(follower.ID, time.Hour)
	if err := run.Run(2500 * time.Microsecond); err != nil { // the others have it, their acknowledgements are lost
		return err
	}
	run.Isolate(leader.ID)
	ok, err := run.Until(long, func() bool { return knowsAnother(follower, leader.ID) && knowsAnother(third, leader.ID) })
	if err != nil || !ok || a.ended > 0 {
		return errors.Join(err, fmt.Errorf("told before another leads: %w", a.err))
	}
	run.Heal()
	if _, err := run.Until(long, func() bool { return a.ended > 0 }); err != nil {
		return err
	}
	if a.err != nil {
		return fmt.Errorf("the leader that was overtaken knows the answer, but the verdict is: %w", a.err)
	}
	return errors.Join(run.heal(), run.judge())
}

func TestALeaderThatWasOvertakenAndIsWellStillAnswers(t *testing.T) {
	require.NoError(t, aLeaderIsOvertaken())
}

// What comes back late, from a leader that went on before the deadline, is told to nobody a second time.
func TestALateAnswerOfAnOvertakenLeaderChangesNothing(t *testing.T) {
	run, leader, err := story(simulator.Config{})
	require.NoError(t, err)
	follower := run.At(leader.ID%3 + 1)
	a := run.propose(follower.ID, long)
	leader.Hang(true)
	run.await(t, func() bool { return a.ended > 0 })
	require.ErrorIs(t, a.err, node.ErrOvertaken)
	leader.Hang(false)
	require.NoError(t, run.heal())
	require.Equal(t, 1, a.ended)
	require.NoError(t, run.judge())
}
