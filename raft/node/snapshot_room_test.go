package node_test

// Goal: a disk without room is given back what a snapshot stands for, as far as there is one, and takes no harm from what does not fit.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestALogWithoutRoomForTheRecordEndsLater(t *testing.T) {
	k, err := aloneWith(interval(1000))
	require.NoError(t, err)
	require.NoError(t, k.grow(30, 100))
	require.NoError(t, k.keep())
	require.NoError(t, k.grow(30, 100))
	records := len(k.records)
	k.room = node.Room{Sure: 511}
	require.NoError(t, k.keep())
	require.Len(t, k.records, records, "a record is given to the host only where it fits")
	require.Zero(t, k.replica.Status().SnapshotIndex)
	k.room = node.Room{Sure: 1 << 30, Coming: true}
	require.NoError(t, k.handle(node.RoomMade()))
	require.NotZero(t, k.replica.Status().SnapshotIndex)
}

func TestWithoutRoomForASnapshotTheTailIsGivenUp(t *testing.T) {
	k, err := aloneWith(interval(10_000))
	require.NoError(t, err)
	require.NoError(t, k.grow(80, 100))
	newest := k.taking[0].Index
	require.NoError(t, k.keep())
	require.NoError(t, k.grow(100, 100))
	require.Equal(t, 2, k.begun)
	require.NoError(t, k.lose(fmt.Errorf("write the snapshot: %w", node.ErrNoRoom)))
	require.Equal(t, newest, k.replica.Status().SnapshotIndex, "at once")
	require.Equal(t, []protocol.Index{newest}, k.forgotten)
	require.ErrorIs(t, k.replica.Status().SnapshotErr, node.ErrNoRoom)
	require.NoError(t, k.grow(15, 100))
	require.Equal(t, 2, k.begun)
	require.NoError(t, k.grow(15, 100))
	require.Equal(t, 3, k.begun)
	require.NoError(t, k.keep())
	require.Equal(t, newest, k.replica.Status().SnapshotIndex, "there is a tail again")
}

// newestIsDamaged fills the disk of a replica whose newest snapshot is found to be damaged: what would be given back for it is the only way
// back. The next snapshot is another one.
func newestIsDamaged() error {
	k, err := aloneWith(interval(10_000))
	if err != nil {
		return err
	}
	if err := errors.Join(k.grow(80, 100), k.keep(), k.grow(100, 100), k.keep()); err != nil {
		return err
	}
	before := k.replica.Status()
	k.damaged = before.Snapshot.Index
	k.room = node.Room{Sure: 100 << 10}
	for range 3 {
		if err := k.handle(node.Tick()); err != nil {
			return err
		}
	}
	if base := k.replica.Status().SnapshotIndex; base != before.SnapshotIndex || base == k.damaged {
		return fmt.Errorf("the log begins behind %d, expected %d: the snapshot of %d can't be read", base, before.SnapshotIndex, k.damaged)
	}
	k.room = node.Room{Sure: 1 << 30, Coming: true}
	for range 2 {
		for len(k.taking) == 0 {
			if err := k.grow(1, 100); err != nil {
				return err
			}
		}
		if err := k.keep(); err != nil {
			return err
		}
	}
	if base := k.replica.Status().SnapshotIndex; base <= k.damaged {
		return fmt.Errorf("the log begins behind %d for ever, and there are two newer snapshots than that of %d", base, k.damaged)
	}
	return nil
}

func TestTheTailBehindADamagedSnapshotStays(t *testing.T) { require.NoError(t, newestIsDamaged()) }

// staysFull fills a disk before a snapshot is due, and returns what is wrong with what is done for it. A log that stayed as it is would
// be full for ever: nothing more is applied that would make a snapshot due.
func staysFull() error {
	k, err := aloneWith(interval(100_000))
	if err != nil {
		return err
	}
	full, roomy := node.Room{Sure: 100 << 10}, node.Room{Sure: 1 << 30, Coming: true}
	steps := []struct {
		room   node.Room
		grows  int
		begun  int
		failed string
	}{
		{roomy, 100, 0, "nothing is due"},
		{full, 0, 0, "it is not worth it for so little"},
		{roomy, 150, 0, "nothing is due"},
		{full, 0, 1, "the log is to be made short"},
	}
	for _, step := range steps {
		k.room = step.room
		if err := errors.Join(k.grow(step.grows, 100), k.handle(node.Tick())); err != nil {
			return err
		}
		if k.begun != step.begun {
			return fmt.Errorf("%d snapshots were begun, expected %d: %s", k.begun, step.begun, step.failed)
		}
	}
	newest := k.taking[0].Index
	if err := errors.Join(k.keep(), k.handle(node.Tick())); err != nil {
		return err
	}
	if base := k.replica.Status().SnapshotIndex; base != newest {
		return fmt.Errorf("the log begins behind %d, and the disk is full: expected %d, without a tail", base, newest)
	}
	for range 100 {
		if err := k.handle(node.Tick()); err != nil {
			return err
		}
	}
	k.room = node.Room{Sure: 100 << 10, Coming: true}
	if err := k.grow(250, 100); err != nil {
		return err
	}
	if k.begun != 1 {
		return fmt.Errorf("%d snapshots were begun: nothing new was applied, or more room was coming", k.begun)
	}
	return nil
}

func TestALogWithoutRoomIsMadeShort(t *testing.T) { require.NoError(t, staysFull()) }

func TestALeadersSnapshotWaitsForRoomToo(t *testing.T) {
	s, err := snapshotOf(10)
	require.NoError(t, err)
	k, err := following(interval(1000))
	require.NoError(t, err)
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	require.NoError(t, k.fetch(s))
	records := len(k.records)
	k.room = node.Room{Sure: 511}
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	require.Len(t, k.records, records)
	require.Zero(t, k.replica.Status().Applied)
	k.room = node.Room{Sure: 512}
	require.NoError(t, k.hear(2, 1, s.SnapshotID))
	require.EqualValues(t, 10, k.replica.Status().Applied)
}

// failedAndFull has a snapshot fail, for whatever reason, and then fills the disk: nothing is applied any more that would make the next
// one due, and only a snapshot would give room back.
func failedAndFull() error {
	k, err := aloneWith(interval(10_000))
	if err != nil {
		return err
	}
	if err := errors.Join(k.grow(80, 100), k.lose(errors.New("outgrown"))); err != nil {
		return err
	}
	k.room = node.Room{Sure: 100 << 10}
	for n := 0; k.begun < 2; n++ {
		if err := k.handle(node.Tick()); err != nil {
			return err
		}
		if n > 10_000 {
			return errors.New("the log is full for ever: no other snapshot is tried")
		}
	}
	newest := k.taking[0].Index
	if err := errors.Join(k.keep(), k.handle(node.Tick())); err != nil {
		return err
	}
	if base := k.replica.Status().SnapshotIndex; base != newest {
		return fmt.Errorf("the log begins behind %d, expected %d", base, newest)
	}
	return nil
}

func TestAFullLogIsMadeShortAlsoWhereASnapshotHasFailed(t *testing.T) {
	require.NoError(t, failedAndFull())
}

func TestWithoutRoomForALeadersSnapshotTheTailIsGivenUp(t *testing.T) {
	k, err := aloneWith(interval(10_000))
	require.NoError(t, err)
	require.NoError(t, k.grow(80, 100))
	newest := k.taking[0].Index
	require.NoError(t, k.keep())
	require.NoError(t, k.handle(node.FetchFailed(1<<20, fmt.Errorf("receive: %w", node.ErrNoRoom))))
	require.Equal(t, newest, k.replica.Status().SnapshotIndex)
	require.Equal(t, []protocol.Index{newest}, k.forgotten)
}
