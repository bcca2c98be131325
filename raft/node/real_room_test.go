package node_test

// Goal: a node on real time survives a full disk and goes on by itself. Method: one node over a folder in memory.

import (
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func startAlone(t *testing.T, disk wal.FS, m node.StateMachine) *node.Node {
	n, err := node.Start(node.Options{
		Config:  node.Config{Raft: raft.Config{ID: 1, Servers: protocol.Nodes(1), MaxEntriesPerMessage: 4}, MaxEntryBytes: 4 << 10},
		Cluster: "test", Listen: "127.0.0.1:0", FS: disk, Snapshots: crashfs.New(2), SegmentBytes: 64 << 10, Machine: m, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return n.Status().Healthy && !n.Status().Loading }, soon, often)
	return n
}

func TestANodeOnAFullDiskRefusesAndGoesOnByItself(t *testing.T) {
	disk := crashfs.New(1)
	n := startAlone(t, disk, listOf(protocol.Nodes(1)))
	defer n.Stop()
	s := &site{Node: n}
	_, err := s.propose("before")
	require.NoError(t, err)
	disk.Fill(0)
	for k := 0; k < 2000 && err == nil; k++ {
		_, err = s.propose(strings.Repeat("x", 250))
	}
	require.ErrorIs(t, err, node.ErrNoRoom)
	require.Equal(t, node.RoomNone, n.Room().State)
	require.Positive(t, n.Status().Refused)
	_, err = s.propose(".what ends work")
	require.NoError(t, err)
	require.NoError(t, n.Err())

	disk.Empty()
	require.Eventually(t, func() bool {
		_, err := s.propose("behind")
		return err == nil
	}, soon, often)
	require.Eventually(t, func() bool { return n.Room().State == node.RoomOK }, soon, often, "a short command may have found room before")
}
