package node_test

// Goal: on real folders and sockets, an older copy that was made while the node ran is found out by the living leader, and is kept
// out over restarts of everybody, and a node whose state differs stops. Method: as real_peers_test.go has it.

import (
	"errors"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// keepsOut waits until a node keeps another out.
func (s *site) keepsOut(t *testing.T, id protocol.NodeID, reason node.Reason) {
	t.Helper()
	require.Eventually(t, func() bool {
		return slices.ContainsFunc(s.Status().KeptOut, func(a node.Accusation) bool { return a.Node == id && a.Reason == reason })
	}, soon, often)
}

// ends waits until a node has stopped by itself.
func (s *site) ends(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return s.Err() != nil }, soon, often)
}

func TestAnOlderCopyUnderALivingLeaderIsKeptOut(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	leader.mustPropose(t, "first")
	c.agree(t, []string{"first"})
	back := c.other(leader)
	older := copyFolder(t, back.options.Dir) // of a folder in use: all its starts are in it
	leader.mustPropose(t, "second")
	leader.mustPropose(t, "third")
	c.agree(t, []string{"first", "second", "third"})
	back.Stop()
	back.options.Dir = older
	back.start(t)
	back.ends(t)
	err := back.Err()
	require.True(t, errors.Is(err, node.ErrRolledBack) || errors.Is(err, wal.ErrRolledBack), "%v", err)

	others := c.without(back)
	for _, s := range others {
		s.keepsOut(t, back.options.Raft.ID, node.RolledBack)
	}
	leader.mustPropose(t, "fourth")
	_, err = node.Start(back.options)
	require.ErrorIs(t, err, wal.ErrRolledBack, "it keeps that")
	require.NoError(t, leader.Err())
	for _, s := range others {
		s.Stop()
	}
	for _, s := range others {
		s.start(t)
		s.keepsOut(t, back.options.Raft.ID, node.RolledBack)
	}
	others.leader(t).mustPropose(t, "fifth")
	others.agree(t, []string{"first", "second", "third", "fourth", "fifth"})
}

func TestANodeWhoseStateDiffersStops(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	leader.mustPropose(t, "first")
	c.agree(t, []string{"first"})
	wrong := c.other(leader)
	wrong.machine.poison()
	leader.mustPropose(t, "second")
	wrong.ends(t)
	found := wrong.Err() // by itself, or told by one that was quicker
	require.True(t, errors.Is(found, node.ErrDiverged) || errors.Is(found, wal.ErrDiverged), "%v", found)
	_, err := node.Start(wrong.options)
	require.ErrorIs(t, err, wal.ErrDiverged)
	others := c.without(wrong)
	for _, s := range others {
		s.keepsOut(t, wrong.options.Raft.ID, node.Diverged)
	}
	others.leader(t).mustPropose(t, "third")
	others.agree(t, []string{"first", "second", "third"})
}
