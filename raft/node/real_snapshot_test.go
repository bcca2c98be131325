package node_test

// Goal: logs end, on real files and connections: nodes start from snapshots, and who has missed what is no longer kept gets one, while clients are
// served. Method: three nodes in one process, whose logs end every few entries.

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

func (l *sharedList) Snapshot() (node.Body, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.list.Snapshot()
}

func (l *sharedList) Swap(loaded node.Loader) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if watched, is := loaded.(*watchedLoader); is {
		loaded = watched.Loader
	}
	l.list.Swap(loaded)
	l.loaded++
}

// watchedLoader has a test know of each piece.
type watchedLoader struct {
	node.Loader
	during func()
}

func (l *watchedLoader) Write(p []byte) (int, error) {
	l.during()
	return l.Loader.Write(p)
}

func (l *sharedList) Loader() node.Loader {
	number := l.loads.Add(1)
	if l.during == nil {
		return l.list.Loader()
	}
	return &watchedLoader{l.list.Loader(), func() { l.during(number) }}
}

// startEnding is a cluster whose logs end.
func startEnding(t testing.TB) cluster {
	c := reservedCluster(t)
	for _, s := range c {
		s.options.SnapshotBytes, s.options.SegmentBytes, s.options.SnapshotBlockBytes = 4<<10, 64<<10, 512
		s.options.MaxEntryBytes, s.options.Raft.MaxEntriesPerMessage = 4<<10, 4
		s.start(t)
	}
	return c
}

// grow has commands applied until the logs of these nodes begin behind an index.
func (c cluster) grow(t *testing.T, want []string, behind protocol.Index) []string {
	ended := func() bool {
		for _, s := range c {
			if s.Status().SnapshotIndex <= behind {
				return false
			}
		}
		return true
	}
	for !ended() {
		leader := c.leader(t)
		text := fmt.Sprint(len(want), " ", strings.Repeat("x", 200))
		leader.mustPropose(t, text)
		want = append(want, text)
		require.Less(t, len(want), 5000)
	}
	return want
}

func TestLogsEndAndNodesStartFromSnapshots(t *testing.T) {
	t.Parallel()
	c := startEnding(t)
	want := c.grow(t, nil, 0)
	c.agree(t, want)
	for _, s := range c {
		s.Stop()
		require.ErrorIs(t, s.Err(), node.ErrStopped)
	}
	for _, s := range c {
		s.start(t)
		require.Equal(t, 1, s.machine.loaded)
		require.NotEmpty(t, s.machine.copy(), "before it has met anybody")
		require.Positive(t, s.Recovered())
	}
	c.leader(t)
	c.agree(t, want)
	want = c.grow(t, want, c[0].Status().SnapshotIndex)
	c.agree(t, want)
}

// leftBehind is a cluster of which one node is down, and what that lacks is in no log any more.
func leftBehind(t *testing.T) (c cluster, leader, away *site, want []string) {
	c = startEnding(t)
	want = c.grow(t, nil, 0)
	leader = c.leader(t)
	away = c.other(leader)
	away.Stop()
	return c, leader, away, c.without(away).grow(t, want, leader.Status().LastIndex)
}

func TestWhoWasAwayGetsASnapshotWhileOthersAreServed(t *testing.T) {
	t.Parallel()
	c, leader, away, want := leftBehind(t)
	var clients sync.WaitGroup
	level := make(chan struct{})
	clients.Go(func() {
		for k := 0; ; k++ {
			select {
			case <-level:
				return
			default:
				text := fmt.Sprint("meanwhile ", k)
				leader.mustPropose(t, text)
				want = append(want, text)
			}
		}
	})
	away.start(t)
	require.Eventually(t, func() bool { return away.machine.swaps() == 2 && !away.Status().Loading }, soon, often, "its own first")
	close(level)
	clients.Wait()
	c.agree(t, want)
	require.NoError(t, away.Err())
}

func (l *sharedList) swaps() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.loaded
}

func TestASnapshotIsTakenOnRequest(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	leader.mustPropose(t, "one")
	index, err := leader.TakeSnapshot(context.Background())
	require.NoError(t, err)
	require.Equal(t, leader.Status().Applied, index)
	again, err := leader.TakeSnapshot(context.Background())
	require.NoError(t, err)
	require.Equal(t, index, again, "there is one")
	leader.Stop()
	_, err = leader.TakeSnapshot(context.Background())
	require.ErrorIs(t, err, node.ErrNotApplied)
	leader.start(t)
	require.Equal(t, 1, leader.machine.loaded)
	c.agree(t, []string{"one"})
}

// A node is told to end while it loads what it fetched: the rest is not loaded, and the next start goes on.
func TestANodeEndsThatLoads(t *testing.T) {
	t.Parallel()
	c, _, away, want := leftBehind(t)

	loading, ends, pieces := make(chan struct{}), make(chan struct{}), 0
	away.machine = &sharedList{list: *listOf(trio), during: func(load int32) {
		if load == 1 { // its own, by Start
			return
		}
		if pieces++; pieces == 1 {
			close(loading)
			<-ends
		}
	}}
	away.options.Machine = away.machine
	var err error
	away.Node, err = node.Start(away.options)
	require.NoError(t, err)
	<-loading
	p, is := away.Fetching()
	require.True(t, is)
	require.Equal(t, node.PhaseLoading, p.Phase)
	go away.Stop()
	require.Eventually(t, func() bool {
		_, err := away.propose("too late")
		return errors.Is(err, node.ErrStopped)
	}, soon, often)
	close(ends)
	<-away.Done()
	require.Equal(t, 1, pieces)
	require.Equal(t, 1, away.machine.swaps())
	away.start(t)
	c.agree(t, want)
}
