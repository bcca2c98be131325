package node_test

// Goal: a disk that is full, or nearly, loses no snapshot and takes no room that the log needs; and a log ends late for who gets a snapshot, but
// not for ever. Method: the world of crash_world_test.go, with bounded folders.

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/transport"
)

func TestADiskThatIsFullGetsASnapshotWhenThereIsRoom(t *testing.T) {
	w, err := ended(many)
	require.NoError(t, err)
	defer w.close()
	three := w.at(3)
	require.NoError(t, three.start())
	three.files.Fill(1 << 20)
	asked := 0
	w.given(func(_ *member, _ int64, answer []byte) ([]byte, error) { asked++; return answer, nil })
	for range 200 {
		require.NoError(t, w.turn())
	}
	require.Positive(t, asked)
	require.Zero(t, three.machine.index)
	require.Empty(t, three.files.Image()["received.tmp"], "it is not begun")
	three.files.Empty()
	require.NoError(t, errors.Join(w.level(), w.check()))
}

func TestADiskThatIsFullTakesASnapshotWhenThereIsRoom(t *testing.T) {
	w := newWorld(3, 1)
	defer w.close()
	one := w.at(1)
	require.NoError(t, errors.Join(one.start(), w.write(3)))
	one.files.Fill(chainPadding / 2)
	require.ErrorContains(t, w.take(one), "no room")
	_, store := one.Files()
	require.Empty(t, store.List())
	require.Empty(t, one.files.Image()["own.tmp"])
	require.NoError(t, w.write(1), "claims go on")
	one.files.Empty()
	require.NoError(t, w.take(one))
	require.Len(t, store.List(), 1)
}

// logsRoom has a disk with room for the log's next file and half a snapshot, and returns what becomes of one.
func logsRoom() error {
	w := newWorld(3, 1)
	defer w.close()
	one := w.at(1)
	if err := errors.Join(one.start(), w.write(3), w.take(one), w.write(1)); err != nil {
		return err
	}
	one.log.Fill(64<<10 + chainPadding/2)
	return w.take(one)
}

func TestASnapshotLeavesTheLogItsRoom(t *testing.T) {
	require.ErrorContains(t, logsRoom(), "the log's next file needs 65536")
}

// held has node 3 begin to get a snapshot and say nothing more, while the leader takes others. It returns behind what the leader's log
// begins after more entries, as often as it takes.
func held(intervals int, forsaken bool) (before, behind protocol.Index, err error) {
	w, err := endedEvery(40_000, 40_000)
	if err != nil {
		return 0, 0, err
	}
	defer w.close()
	leader := w.at(1)
	before, _ = logOf(leader).Base()
	lost := false
	w.given(func(_ *member, offset int64, answer []byte) ([]byte, error) {
		if lost = lost || offset > 0; lost {
			return nil, transport.ErrUnknown
		}
		return answer, nil
	})
	err = errors.Join(w.at(3).start(), w.until("it asks", func() bool { return lost }))
	w.at(3).deaf = true
	err = errors.Join(err, w.write(1))
	taken := false
	leader.Want(func([]byte, error) { taken = true })
	for range intervals {
		err = errors.Join(err, w.write(10))
	}
	if forsaken {
		leader.Forsake()
		err = errors.Join(err, w.until("it is told", func() bool { return taken }))
	}
	for range 10 {
		err = errors.Join(err, w.turn())
	}
	behind, _ = logOf(leader).Base()
	return before, behind, err
}

func TestTheLogStaysWhereItBeginsForWhoGetsTheSnapshotThere(t *testing.T) {
	before, behind, err := held(2, false)
	require.NoError(t, err)
	require.Equal(t, before, behind)
	before, behind, err = held(2, true)
	require.NoError(t, err)
	require.Greater(t, behind, before, "nobody asks for it any more")
	before, behind, err = held(20, false)
	require.NoError(t, err)
	require.Greater(t, behind, before, "the log has grown for long enough")
}
