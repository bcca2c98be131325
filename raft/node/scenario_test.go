package node_test

// Goal: each verdict, each limit and each way to stop, one story each. Method: replicas in virtual time,
// with the fault that the story needs.

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

const (
	short = 300 * time.Millisecond
	long  = 20 * time.Second
)

// led returns a trial of three, its leader and another member.
func led(t *testing.T, cfg simulator.Config) (*trial, *simulator.Member, *simulator.Member) {
	t.Helper()
	cfg.Servers = 3
	run := newTrial(cfg)
	run.await(t, run.settled)
	leader := run.Leader()
	return run, leader, run.At(leader.ID%3 + 1)
}

func (t *trial) await(tb testing.TB, done func() bool) {
	tb.Helper()
	ok, err := t.Until(long, done)
	require.NoError(tb, err)
	require.True(tb, ok, "it does not come to pass")
}

// outcome proposes at a member and runs until the verdict.
func (t *trial) outcome(tb testing.TB, id protocol.NodeID, timeout time.Duration) error {
	tb.Helper()
	a := t.propose(id, timeout)
	t.await(tb, func() bool { return a.ended > 0 })
	return a.err
}

func TestLeaderAndFollowerAnswer(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{})
	require.NoError(t, run.outcome(t, leader.ID, long))
	require.NoError(t, run.outcome(t, follower.ID, long))
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

func TestLoadingUntilBootstrapIsApplied(t *testing.T) {
	run := newTrial(simulator.Config{Servers: 3})
	require.ErrorIs(t, run.outcome(t, 1, long), node.ErrLoading)
	run.await(t, run.settled)
	require.NoError(t, run.outcome(t, 1, long))
}

func TestForwardThatBreaksIsUnknown(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{Delay: simulator.Span{Least: 4 * time.Millisecond, Most: 4 * time.Millisecond}})
	a := run.propose(follower.ID, long)
	require.NoError(t, run.Run(2*time.Millisecond)) // the request is on its way
	run.Cut(leader.ID, follower.ID)
	run.await(t, func() bool { return a.ended > 0 })
	require.ErrorIs(t, a.err, node.ErrBroken)
	require.ErrorIs(t, a.err, node.ErrUnknown)
}

func TestAForwardedProposalMakesOneHop(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{})
	var verdicts []error
	ask := func(request []byte) {
		follower.Handle(node.Called(request, func(response []byte) { verdicts = append(verdicts, node.Parsed(response)) }))
		require.NoError(t, run.Run(time.Millisecond))
	}
	ask(node.Request(time.Second, command("x")))
	ask(node.Request(time.Second, []byte("cut")))
	ask([]byte("no request"))
	require.Len(t, verdicts, 3)
	var refused *node.NotLeaderError
	require.ErrorAs(t, verdicts[0], &refused)
	require.Equal(t, leader.ID, refused.Leader)
	require.ErrorIs(t, verdicts[1], node.ErrInvalid)
	require.ErrorIs(t, verdicts[2], node.ErrInvalid)
	status, _ := follower.Status()
	require.Zero(t, status.Pending)
}

// together gives a member several proposals in one round.
func (t *trial) together(m *simulator.Member, timeouts ...time.Duration) []*attempt {
	var attempts []*attempt
	var round []node.Event
	for _, timeout := range timeouts {
		a := &attempt{command: fmt.Sprint("t", len(t.attempts))}
		attempts, t.attempts = append(attempts, a), append(t.attempts, a)
		round = append(round, node.Proposed(command(a.command), 1, m.Clock()+int64(timeout), t.waiter(a)))
	}
	m.Handle(round...)
	return attempts
}

func TestWhatIsForwardedTogetherBecomesOneEntry(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{})
	before, _ := leader.Status()
	run.together(follower, long, long, -1, long)
	require.NoError(t, run.heal())
	after, _ := leader.Status()
	require.Equal(t, before.LastIndex+1, after.LastIndex)
	for k, a := range run.attempts {
		require.Equal(t, 1, a.ended)
		if k == 2 {
			require.ErrorIs(t, a.err, node.ErrDeadline)
			continue
		}
		require.NoError(t, a.err)
	}
	require.NoError(t, run.judge())
}

func TestForwardedTogetherEachKeepsItsDeadline(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{})
	third := run.At(6 - leader.ID - follower.ID)
	third.Crash()
	follower.Slow(2 * time.Second) // nothing commits until its disk is done
	attempts := run.together(follower, short, long)
	require.NoError(t, run.Run(time.Second))
	require.ErrorIs(t, attempts[0].err, node.ErrUnknown)
	require.Zero(t, attempts[1].ended)
	require.NoError(t, run.heal())
	require.Equal(t, 1, attempts[1].ended)
	require.NoError(t, run.judge())
}

func TestDeadlineInTheLogIsUnknown(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{})
	run.Isolate(leader.ID)
	began := run.Now()
	require.ErrorIs(t, run.outcome(t, leader.ID, short), node.ErrUndecided)
	require.InDelta(t, short, run.Now()-began, float64(20*time.Millisecond))
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

func TestDeadlineBeforeTheLogIsNotApplied(t *testing.T) {
	patient := raft.Config{ElectionTicks: 100} // with disks that slow a leader resigns
	run, leader, _ := led(t, simulator.Config{Replica: node.Config{MaxWait: time.Hour, Raft: patient}})
	for _, m := range run.Members {
		m.Slow(time.Second)
	}
	first := run.propose(leader.ID, long)
	require.NoError(t, run.Run(time.Millisecond)) // its sync runs
	require.ErrorIs(t, run.outcome(t, leader.ID, short), node.ErrDeadline)
	require.NoError(t, run.heal())
	require.Equal(t, 1, first.ended)
	require.NoError(t, run.judge())
}

func TestAnotherLeadersEntryIsAVerdict(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{})
	run.Isolate(leader.ID)
	a := run.propose(leader.ID, time.Hour)
	run.await(t, func() bool { l := run.Leader(); return l != nil && l != leader })
	require.NoError(t, run.Run(time.Second))
	require.Zero(t, a.ended, "losing leadership is no verdict")
	require.NoError(t, run.heal())
	require.ErrorIs(t, a.err, node.ErrReplaced)
	require.NoError(t, run.judge())
}

func TestALostLeadersEntryMayStillBeAnswered(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{Delay: simulator.Span{Least: time.Millisecond, Most: time.Millisecond}})
	third := run.At(6 - leader.ID - follower.ID)
	a := run.propose(leader.ID, time.Hour)
	require.NoError(t, run.Run(1500*time.Microsecond)) // the others have it, their acknowledgements are lost
	run.Cut(leader.ID, follower.ID)
	run.Cut(leader.ID, third.ID)
	run.await(t, func() bool { l := run.Leader(); return l != nil && l != leader })
	require.Zero(t, a.ended)
	require.NoError(t, run.heal())
	require.Equal(t, 1, a.ended)
	require.NoError(t, a.err, "another leader committed it")
	require.NoError(t, run.judge())
}

func TestTooManyPendingIsOverload(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{Replica: node.Config{MaxPending: 10}})
	leader.Slow(time.Second)
	for range 10 {
		run.propose(leader.ID, long)
	}
	require.ErrorIs(t, run.outcome(t, leader.ID, long), node.ErrOverloaded)
	require.NoError(t, run.heal())
	require.NoError(t, run.outcome(t, leader.ID, long))
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

func TestALogThatDoesNotCommitIsBounded(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{Replica: node.Config{MaxUncommitted: 5}})
	run.Isolate(leader.ID)
	before, _ := leader.Status()
	for range 50 {
		run.propose(leader.ID, short)
		require.NoError(t, run.Run(20*time.Millisecond))
	}
	after, _ := leader.Status()
	require.Equal(t, before.LastIndex+5, after.LastIndex)
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

func TestWhatWaitsForASyncBecomesOneEntry(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{})
	before, _ := leader.Status()
	for range 100 { // at one moment: the first is appended at once, the others wait for its sync
		run.propose(leader.ID, long)
	}
	require.NoError(t, run.heal())
	after, _ := leader.Status()
	require.Equal(t, before.LastIndex+2, after.LastIndex)
	require.NoError(t, run.judge())
}

func TestEntriesKeepTheirLimits(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{Replica: node.Config{MaxEntryAnswers: 3, MaxEntryBytes: 64}})
	before, _ := leader.Status()
	for range 10 {
		run.propose(leader.ID, long)
	}
	require.NoError(t, run.heal())
	after, _ := leader.Status()
	require.Equal(t, before.LastIndex+1+3, after.LastIndex, "one, and nine by three")

	var err error
	leader.Propose(command(string(make([]byte, 60))), long, func(_ []byte, e error) { err = e })
	require.NoError(t, run.Run(0))
	require.ErrorIs(t, err, node.ErrInvalid, "too many bytes")
	four := append(append(append(command("a"), command("b")...), command("c")...), command("d")...)
	leader.Propose(four, long, func(_ []byte, e error) { err = e })
	require.NoError(t, run.Run(0))
	require.ErrorIs(t, err, node.ErrInvalid, "too many answers")
}

// joinsALittle: of what waits as much goes into an entry as holds the others up for a moment only; what came as one stays one.
func joinsALittle() error {
	run, leader, err := story(simulator.Config{})
	if err != nil {
		return err
	}
	before, _ := leader.Status()
	var wrong error
	for _, answers := range []int{700, 700, 700, 4096, 300, 24, 300} {
		leader.Propose(bytes.Repeat(command("a"), answers), long, func(_ []byte, err error) { wrong = errors.Join(wrong, err) })
	}
	if err := run.heal(); err != nil {
		return err
	}
	if after, _ := leader.Status(); after.LastIndex-before.LastIndex != 5 {
		return fmt.Errorf("%d entries, want 24 and 300 and 300, three of 700, one of 4,096", after.LastIndex-before.LastIndex)
	}
	return errors.Join(wrong, run.judge())
}

func TestProposalsAreJoinedInShortEntries(t *testing.T) { require.NoError(t, joinsALittle()) }

func TestAFailedSyncStopsTheReplica(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{})
	leader.FailSync()
	err := run.outcome(t, leader.ID, long)
	require.ErrorIs(t, err, node.ErrUnknown)
	require.ErrorIs(t, err, node.ErrStopped)
	require.ErrorIs(t, leader.Err(), simulator.ErrDisk)
	require.NoError(t, run.Run(5*time.Second))
	require.NotSame(t, leader, run.Leader(), "the others go on without it")
	leader.Crash() // its owner starts it again, with what its disk holds
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

func TestStopTellsAllThatWait(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{})
	leader.Slow(time.Second)
	inLog := run.propose(leader.ID, long)
	require.NoError(t, run.Run(0))
	waiting, forwarded := run.propose(leader.ID, long), run.propose(follower.ID, long)
	require.NoError(t, run.Run(0))
	leader.Stop()
	follower.Stop()
	require.NoError(t, run.Run(0))
	for _, a := range []*attempt{inLog, waiting, forwarded} {
		require.Equal(t, 1, a.ended)
		require.ErrorIs(t, a.err, node.ErrStopped)
	}
	require.ErrorIs(t, inLog.err, node.ErrUnknown)
	require.ErrorIs(t, waiting.err, node.ErrNotApplied)
	require.ErrorIs(t, forwarded.err, node.ErrUnknown)
}

func TestALongLogIsAppliedInRounds(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{Sync: simulator.Span{Least: time.Microsecond}, Delay: simulator.Span{Least: time.Microsecond}})
	for range 600 {
		require.NoError(t, run.outcome(t, leader.ID, long))
	}
	for _, m := range run.Members {
		m.Crash()
	}
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
	require.Len(t, run.list(1).commands, 600)
}

// Log time goes on from the last stamp at the rate of a monotonic clock: downtime is not counted, and
// wall clocks that are apart by hours change nothing.
func TestStampsGoOnFromTheLog(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{WallSkew: 5 * time.Hour})
	require.NoError(t, run.outcome(t, leader.ID, long))
	before := lastStamp(run)
	require.NoError(t, run.Run(time.Minute))
	require.NoError(t, run.outcome(t, leader.ID, long))
	require.InDelta(t, time.Minute, lastStamp(run)-before, float64(time.Second))

	for _, m := range run.Members {
		m.Crash()
	}
	require.NoError(t, run.Run(time.Hour))
	before = lastStamp(run)
	require.NoError(t, run.heal())
	require.NoError(t, run.outcome(t, 1, long))
	require.Less(t, lastStamp(run)-before, 30*time.Second, "an hour without a process is not counted")
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

func lastStamp(t *trial) time.Duration {
	var last uint64
	for _, m := range t.Members {
		if stamps := t.list(m.ID).stamps; len(stamps) > 0 {
			last = max(last, stamps[len(stamps)-1])
		}
	}
	return time.Duration(last)
}

func TestEveryVerdictTravels(t *testing.T) {
	for _, err := range []error{node.ErrOverloaded, node.ErrLoading, node.ErrReplaced, node.ErrDeadline, node.ErrInvalid,
		node.ErrUndecided, node.ErrUnknown} {
		got := node.Travelled(fmt.Errorf("told: %w", err))
		require.ErrorIs(t, got, err)
		for _, verdict := range []error{node.ErrNotApplied, node.ErrUnknown} {
			require.Equal(t, errors.Is(err, verdict), errors.Is(got, verdict))
		}
	}
	var refused *node.NotLeaderError
	require.ErrorAs(t, node.Travelled(&node.NotLeaderError{Leader: 3}), &refused)
	require.Equal(t, protocol.NodeID(3), refused.Leader)
	require.ErrorIs(t, node.Travelled(errors.New("of another kind")), node.ErrUnknown)
}

// What came together with the event that a replica does not survive is told too.
func TestWhatComesBehindAFaultIsRefused(t *testing.T) {
	run, leader, _ := led(t, simulator.Config{})
	a, responses := &attempt{command: "behind"}, 0
	leader.Handle(node.Failed(errors.New("made to fail")), node.Proposed(command(a.command), 1, 1<<60, run.waiter(a)),
		node.Called(node.Request(time.Second, command("x")), func([]byte) { responses++ }))
	require.NoError(t, run.Run(short))
	require.Equal(t, 1, a.ended)
	require.ErrorIs(t, a.err, node.ErrNotApplied)
	require.ErrorIs(t, a.err, node.ErrStopped)
	require.Equal(t, 1, responses)
}
