package node_test

// Goal: nodes tell one another what their programs speak, in hellos and where they join; who is a member no more holds up nothing, and a folder of a version that is not
// spoken is not opened. Method: real nodes on loopback and temporary folders, whose machines speak one version or two.

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// atVersion waits until all are.
func (c cluster) atVersion(t *testing.T, v node.Version) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, s := range c {
			if s.Status().Version != v {
				return false
			}
		}
		return true
	}, soon, often)
}

func TestWhoIsRemovedHoldsUpNoVersion(t *testing.T) {
	t.Parallel()
	c := reservedCluster(t)
	for k, s := range c {
		s.speaks = []node.Versions{newProgram, newProgram, oldProgram}[k]
		s.start(t)
	}
	require.Eventually(t, func() bool {
		leader := c.leader(t)
		if leader.ID() == 3 {
			_ = leader.Transfer(t.Context(), 1)
			return false
		}
		s := leader.Status()
		return s.Version == 1 && len(s.HeldBy) == 1 && s.HeldBy[0] == 3
	}, soon, often)
	want := c.propose(t, nil)
	young := cluster{c[0], c[1]}
	young.change(t, node.Changing{Remove: 3})
	young.settled(t, protocol.Nodes(1, 2))
	young.atVersion(t, 2)
	require.ErrorIs(t, whyEnded(c[2]), node.ErrRemoved)

	old := joiner(t)
	j := old.joining(4, c[0].options.Listen, c[1].options.Listen)
	var why *node.JoinError
	require.ErrorAs(t, node.Join(t.Context(), j), &why)
	require.True(t, why.Never)
	require.Contains(t, why.Error(), "speaks 1, the cluster's version is 2")
	old.speaks = newProgram
	j.Machine = &list{speaks: newProgram}
	old.join(t, j)
	young = append(young, old)
	young.settled(t, protocol.Nodes(1, 2, 4))
	young.atVersion(t, 2)
	young.agree(t, young.propose(t, want))
}

// whyEnded is why a node has.
func whyEnded(s *site) error {
	<-s.Done()
	return s.Err()
}

func TestAFolderOfALaterVersionIsNotOpened(t *testing.T) {
	t.Parallel()
	c := reservedCluster(t)
	for _, s := range c {
		s.speaks = newProgram
		s.start(t)
	}
	c.atVersion(t, 2)
	want := c.propose(t, nil)
	back := c[1]
	back.Stop()
	back.options.Machine = &sharedList{list: list{servers: trio, speaks: oldProgram}}
	_, err := node.Start(back.options)
	require.ErrorIs(t, err, node.ErrUpgrade)
	require.NoError(t, os.Remove(filepath.Join(back.options.Dir, node.VersionName)))
	back.speaks = oldProgram
	back.start(t) // and is refused, or meets the entry
	require.ErrorIs(t, whyEnded(back), node.ErrUpgrade)
	back.speaks = newProgram
	back.start(t)
	c.agree(t, c.propose(t, want))
	require.NoError(t, os.WriteFile(filepath.Join(back.options.Dir, node.VersionName), []byte("3\n"), 0o600))
	back.Stop()
	_, err = node.Start(back.options)
	require.Error(t, err)
	require.NotErrorIs(t, err, node.ErrUpgrade, "it is damaged")
}

func TestWhatProgramsSayOfThemselves(t *testing.T) { require.NoError(t, node.RefusesOldPrograms()) }

func TestNoFolderOfALaterVersionIsOpened(t *testing.T) {
	require.NoError(t, node.OpensNothingLater(crashfs.New(1)))
}
