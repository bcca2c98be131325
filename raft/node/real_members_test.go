package node_test

// Goal: folders join a cluster and leave it while it serves, and what was answered stays. Method: real nodes on loopback and temporary
// folders; commands go on all the while, and in the end all members have the same list of them.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// joiner is a node with an empty folder, that is to ask some members.
func joiner(t testing.TB) *site {
	s := &site{options: node.Options{
		Config: node.Config{Raft: raft.Config{}, MaxWait: soon}, Cluster: "test", Secret: secret, Dir: t.TempDir(), Listen: ports.Free(),
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}}
	s.options.Advertise = s.options.Listen
	t.Cleanup(func() {
		if s.Node != nil {
			s.Stop()
		}
	})
	return s
}

func (s *site) joining(id uint8, ask ...string) node.Joining {
	return node.Joining{
		Cluster: "test", Dir: s.options.Dir, Secret: secret, Ask: ask, Machine: new(list),
		Member: node.Member{ID: id, Peer: s.options.Listen, Becomes: node.BecomesVoter},
	}
}

// join has a folder join, and starts it.
func (s *site) join(t *testing.T, j node.Joining) {
	ctx, giveUp := context.WithTimeout(t.Context(), soon)
	defer giveUp()
	require.NoError(t, node.Join(ctx, j))
	s.start(t)
}

// settled waits until these decide, and nobody else, and all of them know.
func (c cluster) settled(t *testing.T, voters protocol.NodeSet) {
	require.Eventually(t, func() bool { return c.areSettled(voters) }, soon, often, "%v", voters)
}

func (c cluster) areSettled(voters protocol.NodeSet) bool {
	for _, s := range c {
		st := s.Status()
		if st.Configuration != (protocol.Configuration{Voters: voters}) || !st.ConfigurationCommitted {
			return false
		}
	}
	return true
}

// change asks whoever leads until that begins a change.
func (c cluster) change(t *testing.T, what node.Changing) {
	require.Eventually(t, func() bool { return c.leader(t).Change(what) == nil }, soon, often)
}

// quiet reports whether a node has not heard another one for some elections.
func (s *site) quiet(id protocol.NodeID) bool {
	for _, p := range s.Status().Peers {
		if p.ID == id {
			return p.TicksSinceHeard > 100
		}
	}
	return true
}

// propose has a command applied, by whoever of the cluster takes it.
func (c cluster) propose(t *testing.T, want []string) []string {
	text := fmt.Sprint(len(want))
	c.leader(t).mustPropose(t, text)
	return append(want, text)
}

func TestAClusterGrowsAndShrinks(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	want := c.propose(t, nil)
	for k := range 2 {
		more := joiner(t)
		more.join(t, more.joining(uint8(4+k), c[0].options.Listen, c[1].options.Listen))
		require.Equal(t, protocol.NodeID(4+k), more.ID())
		c = append(c, more)
		want = c.propose(t, want)
		c.settled(t, protocol.Nodes(1, 2, 3, 4, 5).Intersect(1<<(5+k)-1))
	}
	want = c.propose(t, want)
	c.agree(t, want)
}

func TestAFolderTakesThePlaceOfAnother(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	want := c.propose(t, nil)
	dead := c.other(c.leader(t))
	dead.Stop()
	c = c.without(dead)
	more := joiner(t)
	j := more.joining(uint8(dead.ID()), c[0].options.Listen, c[1].options.Listen)
	j.Replaces = dead.ID()
	more.join(t, j)
	c = append(c, more)
	c.settled(t, trio.With(4).Without(dead.ID()))
	want = c.propose(t, want)
	c.agree(t, want)
	dead.options.Raft = raft.Config{ID: dead.ID(), Servers: trio}
	dead.start(t)
	require.Eventually(t, func() bool { return dead.Err() != nil }, soon, often)
	require.ErrorIs(t, dead.Err(), node.ErrRemoved)
}

func TestALeaderIsRemoved(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	want := c.propose(t, nil)
	first := c.leader(t)
	c.change(t, node.Changing{Remove: first.ID()})
	select {
	case <-first.Done():
	case <-time.After(soon):
	}
	require.ErrorIs(t, first.Err(), node.ErrRemoved)
	c = c.without(first)
	c.settled(t, trio.Without(first.ID()))
	c.agree(t, c.propose(t, want))
}

// losesTheQuorum returns an error where a member may go without which nothing could be decided.
func losesTheQuorum(t *testing.T) error {
	c := startCluster(t)
	leader := c.leader(t)
	dead := c.other(leader)
	dead.Stop()
	require.Eventually(t, func() bool { return leader.quiet(dead.ID()) }, soon, often)
	third := c.without(dead).other(leader)
	if err := leader.Change(node.Changing{Remove: third.ID()}); !errors.Is(err, node.ErrNoQuorum) {
		return fmt.Errorf("with node %d dead, node %d was to be removed: %w", dead.ID(), third.ID(), cmp.Or(err, errors.New("it is")))
	}
	return nil
}

func TestWhatWouldLoseTheQuorumIsRefused(t *testing.T) {
	t.Parallel()
	require.NoError(t, losesTheQuorum(t))
	c := startCluster(t)
	leader := c.leader(t)
	dead := c.other(leader)
	dead.Stop()
	third := c.without(dead).other(leader)
	require.Eventually(t, func() bool { return leader.quiet(dead.ID()) }, soon, often)
	require.ErrorIs(t, leader.Change(node.Changing{Remove: 9}), node.ErrNoSuchNode)
	var elsewhere *node.NotLeaderError
	require.ErrorAs(t, third.Change(node.Changing{Remove: dead.ID()}), &elsewhere)
	c.without(dead).change(t, node.Changing{Remove: dead.ID()})
	c.without(dead).settled(t, trio.Without(dead.ID()))
}

func TestWhoIsWelcome(t *testing.T) { require.NoError(t, node.Welcomed()) }

func TestWhoComesBackIsGentleForAWhile(t *testing.T) { require.NoError(t, node.EndsToBeGentle()) }

// anotherName returns an error where somebody joins who means another cluster.
func anotherName(t *testing.T) error {
	c := startCluster(t)
	leader := c.leader(t)
	more := joiner(t)
	j := more.joining(4, leader.options.Listen)
	j.Cluster = "another"
	var why *node.JoinError
	if err := node.Join(t.Context(), j); !errors.As(err, &why) || !why.Never {
		return fmt.Errorf("asking again may come to something: %w", err)
	}
	if n := len(leader.Status().Folders.All); n != 3 {
		return fmt.Errorf("there are %d members", n)
	}
	return nil
}

func TestWhoAsksUnderAnotherNameIsNoMember(t *testing.T) {
	t.Parallel()
	require.NoError(t, anotherName(t))
}

func TestWhoIsToTakeThePlaceOfNobodyIsNoMember(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	leader := c.leader(t)
	j := joiner(t).joining(4, leader.options.Listen)
	j.ReplacesID = 9
	var why *node.JoinError
	require.ErrorAs(t, node.Join(t.Context(), j), &why)
	require.True(t, why.Never)
	require.Len(t, leader.Status().Folders.All, 3)
}

// asksAFollower returns an error where a folder does not join within patience that knows a follower only.
func asksAFollower(t *testing.T, patience time.Duration) error {
	c := startCluster(t)
	ctx, giveUp := context.WithTimeout(t.Context(), patience)
	defer giveUp()
	return node.Join(ctx, joiner(t).joining(4, c.other(c.leader(t)).options.Listen))
}

func TestAFollowerSaysWhomToAsk(t *testing.T) {
	t.Parallel()
	require.NoError(t, asksAFollower(t, soon))
}

// anotherID returns an error where a folder is not what its log says of it: with the flags of the first start of the node whose place it took it starts, as
// another one it does not.
func anotherID(t *testing.T) error {
	c := startCluster(t)
	leader := c.leader(t)
	first, addresses := c.other(leader), map[protocol.NodeID]string{}
	for _, s := range c {
		addresses[s.ID()] = s.options.Listen
	}
	more := joiner(t)
	j := more.joining(uint8(first.ID()), leader.options.Listen)
	j.Replaces = first.ID()
	more.join(t, j)
	c = append(c.without(first), more)
	c.settled(t, trio.Without(first.ID()).With(4))
	for _, id := range []protocol.NodeID{first.ID(), leader.ID()} {
		more.Stop()
		more.options.Raft, more.options.Peers = raft.Config{ID: id, Servers: trio}, maps.Clone(addresses)
		delete(more.options.Peers, id)
		started, err := node.Start(more.options)
		if isItself := id == first.ID(); isItself != (err == nil) || !isItself && !errors.Is(err, wal.ErrForeign) {
			if err == nil {
				started.Stop()
			}
			return fmt.Errorf("the folder of id %d in slot 4, started with the id %d: %w", first.ID(), id, err)
		}
		if err == nil {
			started.Stop()
		}
	}
	return nil
}

func TestAFolderThatJoinedGoesByItsID(t *testing.T) {
	t.Parallel()
	require.NoError(t, anotherID(t))
}

func TestASnapshotSaysWhatItsLeaderSays(t *testing.T) { require.NoError(t, node.HeldToTheLeader()) }

func TestAListOfMembersHasABound(t *testing.T) { require.NoError(t, node.BoundsTheList()) }
