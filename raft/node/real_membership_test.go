package node_test

// Goal: who decides goes with the log and with snapshots, over their ends, a start and a transfer. Method: three nodes in one process, whose folders
// were made with who decides, and whose logs end every few entries.

import (
	"io"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

var trioUnder = wal.Membership{Configuration: protocol.Configuration{Voters: trio}, Members: new(list).AppendMembers(nil, 0, []byte(
	`{"cluster":"test","founders":14,"highest":3,"members":[{"slot":1,"id":1,"peer":"","since":0},{"slot":2,"id":2,"peer":"","since":0},{"slot":3,"id":3,"peer":"","since":0}]}`))}

// under makes the folder of a node that is yet to be started, with who decides.
func (s *site) under(t *testing.T, m wal.Membership) {
	s.options.Raft.Configurations = true
	log, _, err := wal.Open(s.logConfig(&m))
	require.NoError(t, err)
	require.NoError(t, log.Close())
}

func (s *site) logConfig(first *wal.Membership) wal.Config {
	return wal.Config{
		Dir: s.options.Dir, Cluster: node.ClusterID("test", trio), Node: s.options.Raft.ID, SegmentBytes: s.options.SegmentBytes, First: first,
	}
}

// requireUnder looks at the folder of a node that has stopped: all that stands in it is under the same.
func (s *site) requireUnder(t *testing.T, m wal.Membership) {
	log, found, err := wal.Open(s.logConfig(nil))
	require.NoError(t, err)
	base, _ := found.State.Log.Base()
	require.Positive(t, base)
	require.Equal(t, m.Configuration, found.State.Log.BaseConfiguration())
	require.Equal(t, m.Members, found.BaseMembers)
	require.NoError(t, log.Close())
	store, err := snapshot.Open(snapshot.Config{Dir: filepath.Join(s.options.Dir, "snapshots"), Cluster: node.ClusterID("test", trio)})
	require.NoError(t, err)
	require.NotEmpty(t, store.List())
	for _, there := range store.List() {
		in, err := store.Load(there.Index)
		require.NoError(t, err)
		_, err = io.Copy(io.Discard, in)
		require.NoError(t, err)
		got, err := in.Membership()
		require.NoError(t, err)
		require.Equal(t, m, wal.Membership(got))
		require.NoError(t, in.Close())
	}
	require.NoError(t, store.Close())
}

func TestWhoDecidesGoesWithLogsAndSnapshots(t *testing.T) {
	t.Parallel()
	c := reservedCluster(t)
	for _, s := range c {
		s.options.SnapshotBytes, s.options.SegmentBytes, s.options.SnapshotBlockBytes = 4<<10, 64<<10, 512
		s.options.MaxEntryBytes, s.options.Raft.MaxEntriesPerMessage = 4<<10, 4
		s.under(t, trioUnder)
		s.start(t)
	}
	want := c.grow(t, nil, 0)
	leader := c.leader(t)
	away := c.other(leader)
	away.Stop()
	want = c.without(away).grow(t, want, leader.Status().LastIndex)
	away.start(t)
	require.Eventually(t, func() bool { return away.machine.swaps() == 2 && !away.Status().Loading }, soon, often, "its own first")
	c.agree(t, want)
	for _, s := range c {
		s.Stop()
		require.ErrorIs(t, s.Err(), node.ErrStopped)
		s.requireUnder(t, trioUnder)
	}
}
