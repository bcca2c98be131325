package node_test

// Goal: a node lives on the file system and by the clock that it is given. Method: a folder in memory whose disk
// can be told to fail, a clock that stands still, and no Dir.

import (
	"io"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// still is a clock that stands still.
type still struct{ wall uint64 }

func (still) Now() int64     { return 1 }
func (s still) Wall() uint64 { return s.wall }

func TestANodeLivesOnTheFileSystemAndClockThatItIsGiven(t *testing.T) {
	one, disk := protocol.Nodes(1), crashfs.New(1)
	n, err := node.Start(node.Options{
		Config: node.Config{Raft: raft.Config{ID: 1, Servers: one}}, Cluster: "test", Listen: "127.0.0.1:0",
		FS: disk, Snapshots: crashfs.New(2), Clock: still{4711}, Machine: listOf(one), Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !n.Status().Loading }, soon, often)
	require.EqualValues(t, 4711, n.Status().LogTime)
	require.Eventually(t, func() bool { return disk.Image()["0000000000000002.wal"] != nil }, soon, often)

	disk.FailAt(disk.Calls() + 1)
	_, err = (&site{Node: n}).propose("x")
	require.Error(t, err)
	<-n.Done()
	require.ErrorIs(t, n.Err(), wal.ErrFailed)
}
