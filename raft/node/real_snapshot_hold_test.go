package node_test

// Goal: a snapshot that is durable, and of which the replica does not hear yet, is seen to be that. Method: the world of crash_world_test.go, in
// which node 3 begins to get one and says nothing more.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/transport"
)

func TestASnapshotThatIsHeldIsSeen(t *testing.T) {
	w, err := ended(40_000)
	require.NoError(t, err)
	defer w.close()
	leader, lost := w.at(1), false
	w.given(func(_ *member, offset int64, answer []byte) ([]byte, error) {
		if lost = lost || offset > 0; lost {
			return nil, transport.ErrUnknown
		}
		return answer, nil
	})
	require.NoError(t, w.at(3).start())
	require.NoError(t, w.until("it asks", func() bool { return lost }))
	w.at(3).deaf = true
	require.NoError(t, w.write(1))
	before := leader.Status()
	told := false
	leader.Want(func([]byte, error) { told = true })
	held := func() bool { index, _ := leader.HeldSnapshot(); return index > 0 }
	require.NoError(t, w.until("it is durable", held))
	require.NoError(t, w.turn())
	index, bytes := leader.HeldSnapshot()
	now := leader.Status()
	require.Equal(t, now.Taking, index)
	require.Greater(t, index, before.Snapshot.Index)
	require.Greater(t, bytes, int64(40_000))
	require.Equal(t, before.SnapshotIndex, now.SnapshotIndex, "the log begins where it did")
	require.False(t, told)

	leader.Forsake()
	require.NoError(t, w.until("the replica is told", func() bool { return told }))
	require.False(t, held())
	require.Equal(t, index, leader.Status().Snapshot.Index)
	require.Equal(t, before.Snapshot.Index, leader.Status().SnapshotIndex)
}
