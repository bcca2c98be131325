package node_test

// Goal: a folder that is not what the others have met takes part in nothing, is told so, and says the way out; a new cluster
// begins once all of its nodes have met. Method: stories of three nodes with real folders that are copied, wiped and put back;
// time is counted in looks at the clock, of which each tick has two or more.

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// looked is the system's clock, and counts looks at it.
type looked struct {
	start time.Time
	looks atomic.Int64
}

func (c *looked) Now() int64 {
	c.looks.Add(1)
	return int64(time.Since(c.start))
}

func (*looked) Wall() uint64 { return uint64(time.Now().UnixNano()) }

// wait lets several election timeouts pass.
func (c *looked) wait(t testing.TB) {
	t.Helper()
	until := c.looks.Load() + 1000
	require.Eventually(t, func() bool { return c.looks.Load() >= until }, soon, often)
}

// copyFolder copies what a node's folder holds.
func copyFolder(t testing.TB, from string) string {
	to := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
	return to
}

// hasEnded waits until a node has ended by itself with a folder that must not be used, and comes up with it never again.
func (s *site) hasEnded(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool { return s.Err() != nil }, soon, often)
	require.ErrorIs(t, s.Err(), wal.ErrRolledBack)
	require.ErrorContains(t, s.Err(), "start it with that one", "the way out")
	_, err := node.Start(s.options)
	require.ErrorIs(t, err, wal.ErrRolledBack, "it keeps that")
}

func TestARolledBackFolderTakesNoPart(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	leader.mustPropose(t, "first")
	c.agree(t, []string{"first"})
	back := c.other(leader)
	back.Stop()
	older := copyFolder(t, back.options.Dir)
	back.start(t)
	leader.mustPropose(t, "second")
	c.agree(t, []string{"first", "second"})
	back.Stop()
	back.options.Dir, older = older, back.options.Dir
	back.start(t)
	back.hasEnded(t)
	leader.mustPropose(t, "third")

	back.options.Dir = older
	back.start(t)
	c.agree(t, []string{"first", "second", "third"})
}

func TestTwoRolledBackFoldersMakeNoMajority(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	leader.mustPropose(t, "first")
	c.agree(t, []string{"first"})
	back := c.without(leader)
	for _, s := range back {
		s.Stop()
	}
	var older []string
	for _, s := range back {
		older = append(older, copyFolder(t, s.options.Dir))
		s.start(t)
	}
	c.leader(t).mustPropose(t, "second")
	c.agree(t, []string{"first", "second"})
	for k, s := range back {
		s.Stop()
		s.options.Dir = older[k]
	}
	for _, s := range back {
		s.start(t)
	}
	for _, s := range back {
		s.hasEnded(t)
	}
	require.NoError(t, leader.Err())
}

func TestOfTwoCopiesOneIsRefused(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	leader.mustPropose(t, "first")
	c.agree(t, []string{"first"})
	one := c.other(leader)
	one.Stop()
	twin := &site{options: one.options}
	twin.options.Dir, twin.options.Listen = copyFolder(t, one.options.Dir), "127.0.0.1:0"
	one.start(t)
	leader.mustPropose(t, "second")
	c.agree(t, []string{"first", "second"})
	twin.start(t)
	defer twin.Stop()
	twin.hasEnded(t)
	require.NoError(t, one.Err())
	one.mustPropose(t, "third")
	c.agree(t, []string{"first", "second", "third"})
}

// alone: a node that was started again and meets nobody does not even ask whether it may campaign.
func alone(t *testing.T) error {
	c := startCluster(t)
	leader := c.leader(t)
	for _, s := range c {
		s.Stop()
	}
	clock := &looked{start: time.Now()}
	leader.options.Clock, leader.options.TickInterval = clock, time.Millisecond
	var actions atomic.Int64
	leader.options.Raft.Record = func(a raft.Action, _ *protocol.Node) {
		if a.Name != "Restart" {
			actions.Add(1)
		}
	}
	leader.start(t)
	before := leader.Status().Term
	clock.wait(t)
	if now := leader.Status(); now.Term != before || now.Role != protocol.Follower || actions.Load() > 0 {
		return fmt.Errorf("alone it took %d actions and became %v of term %d, after term %d", actions.Load(), now.Role, now.Term, before)
	}
	return nil
}

func TestWhoMeetsNobodyDoesNotCampaign(t *testing.T) {
	t.Parallel()
	require.NoError(t, alone(t))
}

// twoOfThree starts two nodes with empty folders, lets time pass, and returns an error if something began.
func twoOfThree(t testing.TB, c cluster) error {
	clock := &looked{start: time.Now()}
	for _, s := range c[:2] {
		s.options.Clock, s.options.TickInterval = clock, time.Millisecond
		s.options.Dir = t.TempDir()
		s.start(t)
	}
	require.Eventually(t, func() bool { return len(c[0].Standing().Unmet) == 1 && len(c[1].Standing().Unmet) == 1 }, soon, often)
	clock.wait(t)
	for _, s := range c[:2] {
		if now := s.Status(); now.Term != 0 || now.LastIndex != 0 {
			return fmt.Errorf("two of three that hold nothing are in term %d, with %d entries", now.Term, now.LastIndex)
		}
	}
	return nil
}

// twoWiped: two of three lose their folders while the third is down. They begin no new cluster, neither before the third
// is back nor after.
func twoWiped(t *testing.T) error {
	c := startCluster(t)
	c.leader(t)
	for _, s := range c {
		s.Stop()
	}
	if err := twoOfThree(t, c); err != nil {
		return err
	}
	third := c[2]
	third.start(t)
	for _, s := range c[:2] {
		require.Eventually(t, func() bool { return slices.Equal(s.Standing().RefusedBy, []protocol.NodeID{3}) }, soon, often)
	}
	c[0].options.Clock.(*looked).wait(t)
	for _, s := range c[:2] {
		if s.Status().Term != 0 {
			return errors.New("two wiped nodes went on without the third, which had refused them")
		}
	}
	return nil
}

func TestTwoWipedNodesOfThreeBeginNothing(t *testing.T) {
	t.Parallel()
	require.NoError(t, twoWiped(t))
}

// lines are the first ones that a node logs.
type lines chan string

func (l lines) Write(line []byte) (int, error) {
	select {
	case l <- string(line):
	default:
	}
	return len(line), nil
}

func TestAFirstStartWaitsForAllAndSaysForWhom(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	for _, s := range c {
		s.Stop()
	}
	said := make(lines, 64)
	c[0].options.Logger = slog.New(slog.NewJSONHandler(said, nil))
	require.NoError(t, twoOfThree(t, c))
	require.Contains(t, <-said, `"nodes":[2,3]`, "as numbers")
	for _, s := range c[:2] {
		require.Equal(t, node.Standing{Unmet: []protocol.NodeID{3}}, s.Standing())
	}
	c[2].options.Dir = t.TempDir()
	c[2].start(t)
	c.leader(t).mustPropose(t, "first")
	c.agree(t, []string{"first"})
	for _, s := range c {
		require.Equal(t, node.Standing{}, s.Standing())
	}
	c[2].Stop()
	c[:2].leader(t).mustPropose(t, "second")
}

// A folder that is left over from an earlier cluster of the same name and secret: once it is taken away the new cluster
// begins, since nobody was bound to it.
func TestALeftoverFolderPoisonsNothing(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	c.leader(t).mustPropose(t, "old")
	c.agree(t, []string{"old"})
	for _, s := range c {
		s.Stop()
	}
	for _, s := range c[:2] {
		s.options.Dir = t.TempDir()
	}
	for _, s := range c {
		s.start(t)
	}
	for _, s := range c[:2] {
		refused := []protocol.NodeID{3}
		require.Eventually(t, func() bool {
			return slices.Equal(s.Standing().RefusedBy, refused) && slices.Equal(s.Standing().Unmet, refused)
		}, soon, often)
	}
	c[2].Stop()
	c[2].options.Dir = t.TempDir()
	c[2].start(t)
	c.leader(t).mustPropose(t, "new")
	c.agree(t, []string{"new"})
	for _, s := range c {
		require.Eventually(t, func() bool { return reflect.DeepEqual(s.Standing(), node.Standing{}) }, soon, often)
	}
}
