package node_test

// Goal: a log ends: snapshots are taken when they are due, and nothing is forgotten before it may be, whatever the disk, the clients and
// the election of a leader do meanwhile. Method: one replica on a host that does what it is asked when the test says so (keeper_test.go).

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// theTail has a log end twice, and returns what is wrong about where it begins.
func theTail() error {
	k, err := aloneWith(interval(1000))
	if err != nil {
		return err
	}
	var taken []protocol.Index
	for range 2 {
		if err := k.grow(30, 100); err != nil {
			return err
		}
		if len(k.taking) != 1 {
			return fmt.Errorf("%d snapshots are being taken, expected one", len(k.taking))
		}
		taken = append(taken, k.taking[0].Index)
		if err := k.keep(); err != nil {
			return err
		}
		want := protocol.Index(0)
		if len(taken) == 2 {
			want = taken[0]
		}
		if s := k.replica.Status(); s.Snapshot.Index != taken[len(taken)-1] || s.SnapshotIndex != want {
			return fmt.Errorf("with the snapshots %v the log begins behind %d, the newest is %d", taken, s.SnapshotIndex, s.Snapshot.Index)
		}
	}
	return nil
}

func TestALogBeginsBehindTheSnapshotBeforeTheNewest(t *testing.T) { require.NoError(t, theTail()) }

func TestAReplicaComesUpWithTheNewestSnapshotAndTheLogBehindIt(t *testing.T) {
	k, err := aloneWith(interval(1000))
	require.NoError(t, err)
	var taken []protocol.Index
	for range 2 {
		require.NoError(t, k.grow(30, 100))
		taken = append(taken, k.taking[0].Index)
		require.NoError(t, k.keep())
	}
	require.Equal(t, taken[:1], k.forgotten)
	require.Len(t, k.kept, 2)
	before, commands := k.replica.Status(), k.machine.commands

	require.NoError(t, k.start())
	s := k.replica.Status()
	require.Equal(t, taken[1], s.Applied, "at once")
	require.Equal(t, taken[1], s.Snapshot.Index)
	require.Equal(t, taken[0], s.SnapshotIndex)
	require.Equal(t, before.LogTime, s.LogTime, "from the log's last entry")
	require.True(t, s.Loading)
	require.NoError(t, k.lead())
	require.Greater(t, k.replica.Status().Applied, before.Applied)
	require.Equal(t, commands, k.machine.commands)
	require.Equal(t, []protocol.Index{taken[0], taken[0]}, k.forgotten, "once in each life")

	// Rot in the newest one: the one before it and the log have all.
	k.kept = k.kept[1:]
	require.Equal(t, taken[0], k.kept[0].Index)
	require.NoError(t, k.start())
	require.Equal(t, taken[0], k.replica.Status().Applied)
	require.NoError(t, k.lead())
	require.Equal(t, commands, k.machine.commands)
}

func TestALogThatBeginsBehindWhatNobodyHasIsRefused(t *testing.T) {
	k, err := aloneWith(interval(1000))
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, k.grow(30, 100))
		require.NoError(t, k.keep())
	}
	k.kept = nil
	require.ErrorContains(t, k.start(), "there is no snapshot of what was before")
	_, err = node.New(k.cfg, k, listOf(k.servers), node.Recovered{State: k.state(), Snapshot: &node.Snapshot{SnapshotID: node.SnapshotID{Index: 1 << 40, Term: 1}}})
	require.ErrorContains(t, err, "is none of the log")
}

// snapshotsCost counts what is written for snapshots of a state that grows with the log, and of one that does not.
func snapshotsCost() error {
	k, err := aloneWith(interval(1000))
	if err != nil {
		return err
	}
	logged, written := 0, 0
	for range 300 {
		if err := k.grow(1, 100); err != nil {
			return err
		}
		logged += 24 + 9 + 101
		for len(k.taking) > 0 {
			if err := k.keep(); err != nil {
				return err
			}
			written += len(k.kept[len(k.kept)-1].bytes)
		}
	}
	if k.begun < 4 || written > 2*logged {
		return fmt.Errorf("%d snapshots with %d bytes were taken of a log with %d", k.begun, written, logged)
	}
	return nil
}

func TestSnapshotsCostNoMoreThanTheLog(t *testing.T) { require.NoError(t, snapshotsCost()) }

// forgetsTooEarly ends a log whose record is not durable yet, and returns what was forgotten by then.
func forgetsTooEarly() error {
	k, err := aloneWith(interval(1000))
	for range 2 {
		err = errors.Join(err, k.grow(30, 100))
		k.lazy = k.begun == 2
		err = errors.Join(err, k.keep())
	}
	if err != nil {
		return err
	}
	if base := k.replica.Status().SnapshotIndex; base == 0 || len(k.forgotten) > 0 {
		return fmt.Errorf("the log begins behind %d, which is not durable, and the host is told to forget %v", base, k.forgotten)
	}
	err = k.synced()
	if len(k.forgotten) != 1 {
		err = errors.Join(err, fmt.Errorf("the log begins behind %d, and the host is told to forget %v", k.replica.Status().SnapshotIndex, k.forgotten))
	}
	return err
}

func TestNothingIsForgottenBeforeTheRecordIsDurable(t *testing.T) {
	require.NoError(t, forgetsTooEarly())
}

// A crash between any two of the steps leaves what a replica comes up with.
func TestACrashAtAnyStepOfASnapshotLosesNothing(t *testing.T) {
	steps := []func(k *keeper) error{
		func(*keeper) error { return nil },        // it is being taken
		func(k *keeper) error { return k.keep() }, // it is durable, and the record is not
		func(k *keeper) error { return k.synced() },
	}
	for crash := range len(steps) + 1 {
		k, err := aloneWith(interval(1000))
		require.NoError(t, err)
		require.NoError(t, k.grow(30, 100))
		require.NoError(t, k.keep())
		require.NoError(t, k.grow(30, 100))
		commands := k.machine.commands
		k.lazy = true
		for _, step := range steps[:crash] {
			require.NoError(t, step(k))
		}
		k.lazy = false
		require.NoError(t, k.start())
		require.NoError(t, k.lead())
		require.Equal(t, commands, k.machine.commands)
		require.NoError(t, k.grow(80, 100))
		require.NotEmpty(t, k.taking)
		require.NoError(t, k.keep())
		require.NotZero(t, k.replica.Status().SnapshotIndex)
	}
}

// A host that hangs: the log grows, and the replica says so; nobody waits but who asked for a snapshot.
func TestASnapshotThatNeverEndsHoldsUpNobody(t *testing.T) {
	k, err := aloneWith(interval(1000))
	require.NoError(t, err)
	require.NoError(t, k.grow(200, 100))
	for range 500 {
		require.NoError(t, k.handle(node.Tick()))
	}
	s := k.replica.Status()
	require.Equal(t, 1, k.begun)
	require.Equal(t, k.taking[0].Index, s.Taking)
	require.Equal(t, 500, s.TakingTicks)
	require.Greater(t, s.SinceSnapshot, int64(20_000))
	require.Zero(t, s.SnapshotIndex)
	for range 100 {
		require.NoError(t, k.handle(node.TakeSnapshot("asked")))
	}
	refused, told := k.asked()
	require.Len(t, refused, 100-64, "no more wait than may")
	require.Empty(t, told)
	require.ErrorIs(t, refused[0], node.ErrNotTaken)
	require.Equal(t, 1, k.begun)
	k.replica.Stop()
	refused, _ = k.asked()
	require.Len(t, refused, 100)
	require.ErrorIs(t, refused[99], node.ErrStopped)
	require.ErrorIs(t, refused[99], node.ErrNotApplied)
}

// asked are the verdicts on wishes for a snapshot: why not, and of which indices.
func (k *keeper) asked() (refused []error, told []uint64) {
	for _, r := range k.replies {
		switch {
		case r.to != "asked":
		case r.err != nil:
			refused = append(refused, r.err)
		default:
			told = append(told, r.at)
		}
	}
	return refused, told
}

func TestWhoAsksForASnapshotIsToldWhatItCovers(t *testing.T) {
	k, err := following(interval(1 << 30))
	require.NoError(t, err)
	ask := func() {
		require.NoError(t, k.handle(node.TakeSnapshot("asked")))
	}
	ask()
	refused, _ := k.asked()
	require.Len(t, refused, 1, "nothing is applied")
	require.ErrorIs(t, refused[0], node.ErrNotTaken)

	require.NoError(t, k.feed(4))
	ask()
	ask() // joins it
	require.Len(t, k.taking, 1)
	require.NoError(t, k.feed(8))
	ask() // wants more than that one covers
	require.Len(t, k.taking, 1)
	require.NoError(t, k.keep())
	_, told := k.asked()
	require.Equal(t, []uint64{4, 4}, told)
	require.Len(t, k.taking, 1, "the next one")
	require.NoError(t, k.keep())
	ask() // there is one
	_, told = k.asked()
	require.Equal(t, []uint64{4, 4, 8, 8}, told)
	require.Equal(t, 2, k.begun)

	require.NoError(t, k.feed(12))
	ask()
	require.NoError(t, k.lose(errors.New("made to fail")))
	refused, _ = k.asked()
	require.Len(t, refused, 2)
	require.ErrorIs(t, refused[1], node.ErrNotTaken)
	require.ErrorContains(t, k.replica.Status().SnapshotErr, "made to fail")
	require.NoError(t, k.handle(node.SnapshotFailed(errors.New("again")), node.SnapshotTaken(12, 1)), "of none that is being taken")
	require.EqualValues(t, 8, k.replica.Status().Snapshot.Index)
	require.EqualValues(t, 4, k.replica.Status().SnapshotIndex)
}

// lose fails the snapshot that is being taken.
func (k *keeper) lose(why error) error {
	k.taking[0].Body.Close()
	k.taking = k.taking[1:]
	return k.handle(node.SnapshotFailed(why))
}

// triesAgain fails a snapshot, and returns what is wrong about when the next one is begun.
func triesAgain() error {
	k, err := aloneWith(interval(10_000))
	if err != nil {
		return err
	}
	steps := []struct {
		do    func() error
		grows int
		begun int
	}{
		{func() error { return nil }, 80, 1},
		{func() error { return k.lose(errors.New("made to fail")) }, 10, 1},
		{func() error { return nil }, 15, 2},
		{func() error { return k.keep() }, 60, 2}, // a whole interval after one that did not fail
		{func() error { return nil }, 20, 3},
	}
	for n, step := range steps {
		if err := errors.Join(step.do(), k.grow(step.grows, 100)); err != nil {
			return err
		}
		if k.begun != step.begun {
			return fmt.Errorf("step %d: %d snapshots were begun, expected %d", n, k.begun, step.begun)
		}
	}
	return k.replica.Status().SnapshotErr
}

func TestASnapshotThatFailedIsTriedAfterAQuarterOfAnInterval(t *testing.T) {
	require.NoError(t, triesAgain())
}

// refusesSnapshot is a machine that has none.
type refusesSnapshot struct{ *list }

func (refusesSnapshot) Snapshot() (node.Body, error) { return nil, errors.New("one is under way") }

func TestAMachineThatHasNoSnapshotNowIsAskedLater(t *testing.T) {
	k, err := aloneWith(interval(1 << 30))
	require.NoError(t, err)
	r, err := node.New(k.cfg, k, refusesSnapshot{listOf(k.servers)}, node.Recovered{})
	require.NoError(t, err)
	k.replica = r
	require.NoError(t, k.lead())
	require.NoError(t, k.handle(node.TakeSnapshot("asked")))
	refused, _ := k.asked()
	require.Len(t, refused, 1)
	require.ErrorContains(t, refused[0], "under way")
	require.Zero(t, k.begun)
	require.Zero(t, k.replica.Status().Taking)
}

func TestACandidatesLogEndsLater(t *testing.T) {
	k, err := following(interval(1 << 30))
	require.NoError(t, err)
	require.NoError(t, k.feed(4))
	require.NoError(t, k.handle(node.TakeSnapshot("asked")))
	require.NoError(t, k.keep())
	require.NoError(t, k.feed(8))
	require.NoError(t, k.handle(node.TakeSnapshot("asked")))
	require.NoError(t, k.campaign())
	require.NoError(t, k.keep())
	require.EqualValues(t, 8, k.replica.Status().Snapshot.Index)
	require.Zero(t, k.replica.Status().SnapshotIndex, "its last record is its vote")
	require.NoError(t, k.win())
	require.EqualValues(t, 4, k.replica.Status().SnapshotIndex)
	require.Equal(t, []protocol.Index{4}, k.forgotten)
}

// A replica that may not take part yet replays all the same, and its core names nothing as committed.
func TestALogEndsOnceTheCoreHasNamedWhatIsCommitted(t *testing.T) {
	k, err := following(interval(1 << 30))
	require.NoError(t, err)
	require.NoError(t, k.feed(800))
	k.cfg.SnapshotBytes = 10_000
	require.NoError(t, k.start())
	for range 10 {
		require.NoError(t, k.handle(node.Idle(), node.Resumed()))
		for len(k.taking) > 0 {
			require.NoError(t, k.keep())
		}
	}
	require.Greater(t, k.begun, 2)
	require.Zero(t, k.replica.Status().SnapshotIndex)
	require.NoError(t, k.holds())
	require.NoError(t, k.handle(node.Tick()))
	require.NoError(t, k.handle(node.Tick()))
	require.NotZero(t, k.replica.Status().SnapshotIndex)
	require.NoError(t, k.holds())
}

// A log is cut above what its snapshots stand for.
func TestALogIsCutAboveASnapshot(t *testing.T) {
	k, err := following(interval(1 << 30))
	require.NoError(t, err)
	for _, at := range []protocol.Index{4, 8} {
		require.NoError(t, k.feed(at))
		require.NoError(t, k.handle(node.TakeSnapshot("asked")))
		require.NoError(t, k.keep())
	}
	m := beat(2, 1, node.SnapshotID{Index: 8, Term: 1})
	m.Entries = protocol.EntriesOf(protocol.Entry{Term: 1, Value: protocol.Command}, protocol.Entry{Term: 1, Value: protocol.Command})
	require.NoError(t, k.handle(node.Arrived(m, 0, bundle(payload(9), payload(10)))))
	m = beat(3, 2, node.SnapshotID{Index: 8, Term: 1})
	m.Entries = protocol.EntriesOf(protocol.Entry{Term: 2, Value: protocol.Command})
	m.Commit = 9
	require.NoError(t, k.handle(node.Arrived(m, 0, bundle(payload(9)))))
	require.EqualValues(t, 9, k.replica.Status().LastIndex)
	require.NoError(t, k.holds())
	require.NoError(t, k.start())
	require.NoError(t, k.holds())
	require.EqualValues(t, 8, k.replica.Status().Applied)
	require.EqualValues(t, 4, k.replica.Status().SnapshotIndex)
}
