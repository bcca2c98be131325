package node_test

// Goal: a folder that joins has the log of every other one, from the first members on, and gets level though none of those is left. Method: real nodes of which the
// first three are replaced one after another; then one folder gets all of the log and another one a snapshot, each of them stopped and started at every stage; what
// they keep is, byte for byte, what the others do.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// asks are the addresses of a cluster's nodes.
func (c cluster) asks() (all []string) {
	for _, s := range c {
		all = append(all, s.options.Listen)
	}
	return all
}

// small has a node's log end soon.
func (s *site) small() *site {
	s.options.SegmentBytes, s.options.SnapshotBlockBytes = 64<<10, 512
	s.options.MaxEntryBytes, s.options.Raft.MaxEntriesPerMessage = 4<<10, 4
	return s
}

// replaced is a cluster of which none of the first members is left. The error is that one of them is not replaced within patience.
func replaced(t *testing.T, patience time.Duration) (c cluster, want []string, err error) {
	c = reservedCluster(t)
	for _, s := range c {
		s.small().start(t)
	}
	want = c.propose(t, nil)
	decide := trio
	for _, first := range []*site{c[0], c[1], c[2]} {
		more := joiner(t).small()
		j := more.joining(uint8(first.ID()), c.asks()...)
		j.Replaces, j.SegmentBytes = first.ID(), more.options.SegmentBytes
		more.join(t, j)
		c = append(c.without(first), more)
		decide = decide.Without(first.ID()).With(more.ID())
		if !eventually(patience, func() bool { return c.areSettled(decide) }) {
			return c, want, fmt.Errorf("slots %v do not decide after %v", decide, patience)
		}
		<-first.Done()
		want = c.propose(t, want)
	}
	c.agree(t, want)
	return c, want, nil
}

// joinsWhereAllAreNew returns an error where a folder does not get level in a cluster that none of its first members is of any more, within patience. The folder is
// stopped and started: when it has its log, and before it has anything in it; until then it keeps whom to meet.
func joinsWhereAllAreNew(t *testing.T, patience time.Duration) error {
	c, want, err := replaced(t, patience)
	if err != nil {
		return err
	}
	more := joiner(t).small()
	j := more.joining(9, c.asks()...)
	j.SegmentBytes = more.options.SegmentBytes
	given, cancel := context.WithCancel(t.Context())
	cancel()
	if err := node.Join(given, j); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("it was not asked for long, and ended in %w", err)
	}
	more.join(t, j)
	if _, err := os.Stat(filepath.Join(more.options.Dir, node.JoinName)); err != nil {
		return fmt.Errorf("its log was empty when it started, and it forgot whom to meet: %w", err)
	}
	for range 2 {
		more.Stop()
		more.start(t)
	}
	if !eventually(patience, func() bool { return more.has(want) }) {
		return fmt.Errorf("it is not level after %v: %d commands of %d, it waits for %v", patience, len(more.machine.copy()), len(want), more.Standing())
	}
	c.settled(t, protocol.Nodes(4, 5, 6, 7))
	more.Stop()
	if begins := more.beginning(t); !reflect.DeepEqual(begins, trioUnder) {
		return fmt.Errorf("its log begins under %v, %s", begins.Configuration, begins.Members)
	}
	return nil
}

// eventually waits until something is so, and reports whether that came.
func eventually(patience time.Duration, is func() bool) bool {
	end := time.After(patience)
	look := time.NewTicker(often)
	defer look.Stop()
	for !is() {
		select {
		case <-end:
			return false
		case <-look.C:
		}
	}
	return true
}

// has reports whether a node has applied as many commands.
func (s *site) has(want []string) bool { return len(s.machine.copy()) == len(want) }

// snapshotOf has a node take a snapshot, and returns its file.
func (s *site) snapshotOf(t *testing.T) (protocol.Index, []byte) {
	index, err := s.TakeSnapshot(t.Context())
	require.NoError(t, err)
	files, err := filepath.Glob(filepath.Join(s.options.Dir, "snapshots", fmt.Sprintf("*%016x*", uint64(index))))
	require.NoError(t, err)
	require.Len(t, files, 1)
	file, err := os.ReadFile(files[0])
	require.NoError(t, err)
	return index, file
}

// requireSame has nodes that have applied the same take a snapshot.
func (c cluster) requireSame(t *testing.T) {
	index, file := c[0].snapshotOf(t)
	for _, s := range c[1:] {
		same, other := s.snapshotOf(t)
		require.Equal(t, index, same)
		require.Equal(t, file, other, "node %d", s.ID())
	}
}

// beginning is what a folder's log begins with, where that is its first entry.
func (s *site) beginning(t *testing.T) wal.Membership {
	log, found, err := wal.Open(wal.Config{Dir: s.options.Dir, Cluster: node.ClusterID("test", trio), Node: s.ID(), SegmentBytes: s.options.SegmentBytes})
	require.NoError(t, err)
	base, _ := found.State.Log.Base()
	require.Zero(t, base)
	require.NoError(t, log.Close())
	return wal.Membership{Configuration: found.State.Log.BaseConfiguration(), Members: found.BaseMembers}
}

func TestAFolderJoinsWhereNoneOfTheFirstIsLeft(t *testing.T) {
	t.Parallel()
	require.NoError(t, joinsWhereAllAreNew(t, soon))
}

func TestAJoinedFolderHasTheLogOfTheOthers(t *testing.T) {
	t.Parallel()
	c, want, err := replaced(t, soon)
	require.NoError(t, err)
	more := joiner(t).small()
	j := more.joining(9, c.asks()...)
	j.SegmentBytes = more.options.SegmentBytes
	more.join(t, j)
	c = append(c, more)
	c.settled(t, protocol.Nodes(4, 5, 6, 7))
	c.agree(t, c.propose(t, want))
	c.requireSame(t)
	require.FileExists(t, filepath.Join(more.options.Dir, node.JoinName))
	more.Stop()
	more.start(t)
	require.NoFileExists(t, filepath.Join(more.options.Dir, node.JoinName), "the log says who the members are")
	c.agree(t, c.propose(t, append(want, fmt.Sprint(len(want)))))
}

func TestAJoinedFolderGetsASnapshotWhereNoneOfTheFirstIsLeft(t *testing.T) {
	t.Parallel()
	c, want, err := replaced(t, soon)
	require.NoError(t, err)
	for range 3 {
		for _, s := range c {
			_, err := s.TakeSnapshot(t.Context())
			require.NoError(t, err)
		}
		want = c.propose(t, want)
		c.agree(t, want)
	}
	require.Eventually(t, func() bool { return c.leader(t).Status().SnapshotIndex > 0 }, soon, often, "its log has an end")
	more := joiner(t).small()
	j := more.joining(9, c.asks()...)
	j.SegmentBytes = more.options.SegmentBytes
	more.join(t, j)
	level := func() bool { return more.has(want) }
	for stage := 0; !eventually(time.Duration(stage)*10*time.Millisecond, level); stage++ {
		require.Less(t, stage, 100, "it is not level, and waits for %v", more.Standing())
		more.Stop()
		require.ErrorIs(t, more.Err(), node.ErrStopped)
		more.start(t)
	}
	require.Positive(t, more.Status().SnapshotIndex)
	c = append(c, more)
	c.settled(t, protocol.Nodes(4, 5, 6, 7))
	c.agree(t, c.propose(t, want))
	c.requireSame(t)
}

// comesBackAmongStrangers returns an error where a node that was away while two of the first three were replaced does not get level within patience: whoever leads
// has a slot that it has never heard of. With ends the others have forgotten what it lacks.
func comesBackAmongStrangers(t *testing.T, ends bool, patience time.Duration) error {
	c := reservedCluster(t)
	for _, s := range c {
		s.small().start(t)
	}
	want := c.propose(t, nil)
	c.agree(t, want)
	away, decide := c[2], trio
	away.Stop()
	c = cluster{c[0], c[1]}
	for _, first := range []*site{c[0], c[1]} {
		more := joiner(t).small()
		j := more.joining(uint8(first.ID()), c.asks()...)
		j.Replaces, j.SegmentBytes = first.ID(), more.options.SegmentBytes
		more.join(t, j)
		c = append(c.without(first), more)
		decide = decide.Without(first.ID()).With(more.ID())
		require.Eventually(t, func() bool { return c.areSettled(decide) }, soon, often)
		<-first.Done()
		want = c.propose(t, want)
	}
	for range 3 {
		for _, s := range c {
			if !ends {
				continue
			}
			if _, err := s.TakeSnapshot(t.Context()); err != nil {
				return err
			}
		}
		want = c.propose(t, want)
		c.agree(t, want)
	}
	require.Eventually(t, func() bool { return !ends || c.leader(t).Status().SnapshotIndex > 0 }, soon, often, "its log has an end")
	away.start(t)
	if !eventually(patience, func() bool { return away.has(want) }) {
		return fmt.Errorf("it is not level after %v: %d commands of %d, it waits for %v", patience, len(away.machine.copy()), len(want), away.Standing())
	}
	return nil
}

func TestWhoWasAwayComesBackAmongStrangers(t *testing.T) {
	t.Parallel()
	for name, ends := range map[string]bool{"by the log": false, "by a snapshot": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, comesBackAmongStrangers(t, ends, soon))
		})
	}
}

func TestStrangersLookAtAFolder(t *testing.T) { require.NoError(t, node.MeetsStrangers()) }

func TestWhoJoinedGoesByWhatItWasTold(t *testing.T) { require.NoError(t, node.GoesByWhatItWasTold()) }
