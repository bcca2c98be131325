package node_test

// Goal: a leader that hangs while others fetch what it answered keeps them no longer than until another one leads. Method: three real
// nodes; values on the leader's shelf that can't be read, and then an entry that it can't apply.

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// stuck is a machine that hangs: reading what is long in answers, and applying once that is switched on.
type stuck struct {
	until    chan struct{}
	asked    chan struct{} // holds a token once values were asked for
	applying atomic.Bool
}

func (l *sharedList) AppendAnswers(dst []byte, place, n int) ([]byte, node.Values) {
	dst, apart := l.list.AppendAnswers(dst, place, n)
	if s := l.stuck.Load(); s != nil {
		return dst, s
	}
	return dst, apart
}

// Bytes is of node.Values.
func (s *stuck) Bytes() int { return 8 }

// Next is of node.Values.
func (s *stuck) Next(dst []byte) ([]byte, error) {
	select {
	case s.asked <- struct{}{}:
	default:
	}
	<-s.until
	return append(dst, make([]byte, 8)...), nil
}

// Close is of node.Values.
func (s *stuck) Close() {}

func (l *sharedList) AppendRead(dst, commands []byte, stamp uint64) ([]byte, node.Values, bool) {
	dst, apart, same := l.list.AppendRead(dst, commands, stamp)
	if s := l.stuck.Load(); s != nil && same {
		return dst, s, true
	}
	return dst, apart, same
}

// aShelfHangs wants one who fetches from a leader that hangs to be told, within a time.
func aShelfHangs(t testing.TB, within time.Duration) error {
	return aShelfHangsWith(t, within, "long", node.ErrUnknown)
}

// aShelfHangsWith is aShelfHangs for a command, and what is told of it.
func aShelfHangsWith(t testing.TB, within time.Duration, text string, want error) error {
	c := startCluster(t)
	leader := c.leader(t)
	follower := c.other(leader)
	require.Eventually(t, func() bool { _, err := follower.propose("before"); return err == nil }, soon, often)
	s := &stuck{until: make(chan struct{}), asked: make(chan struct{}, 1)}
	defer close(s.until)
	leader.machine.stuck.Store(s)

	told := make(chan error, 1)
	follower.Propose(command(text), time.Hour, func(_ []byte, err error) { told <- err })
	<-s.asked
	s.applying.Store(true)
	leader.Propose(command("hang"), time.Hour, func([]byte, error) {})
	require.Eventually(t, func() bool {
		s := follower.Status()
		return s.Leader != protocol.Nil && s.Leader != leader.options.Raft.ID
	}, soon, often)
	select {
	case err := <-told:
		require.ErrorIs(t, err, want)
		return nil
	case <-time.After(within):
		return errors.New("who fetches from a leader that hangs is not told")
	}
}

func TestWhatALeaderThatHangsWasAskedForIsGivenUp(t *testing.T) {
	t.Parallel()
	require.NoError(t, aShelfHangs(t, soon))
}

func TestALongReadThatALeaderHangsWithIsNotUncertain(t *testing.T) {
	t.Parallel()
	require.NoError(t, aShelfHangsWith(t, soon, "~-1/long", node.ErrNotApplied))
}
