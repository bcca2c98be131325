package cluster

// Goal: each fault of this package does to a running cluster what its name says, and no more. Method: one cluster,
// one fault, one claim before, one while it lasts and one behind it.

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// soon is for what happens at once on a machine with nothing else to do.
const soon = 3 * time.Minute

func startTest(t *testing.T, config Config) (*Cluster, context.Context) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), soon)
	t.Cleanup(cancel)
	config.Dir = t.TempDir()
	c, err := Start(config)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	_, err = c.AwaitLeader(ctx)
	require.NoError(t, err)
	return c, ctx
}

// claim claims a key for good at a node, once.
func claim(ctx context.Context, n *Node, key byte, owner dedup.Owner) (dedup.Outcome, error) {
	answers, err := n.Do(ctx, dedup.AppendClaim(nil, dedup.Claim{Key: dedup.Key{key}, Owner: owner}), 1)
	if err != nil {
		return 0, err
	}
	return answers[0].Outcome, nil
}

// settle claims until it is answered.
func settle(ctx context.Context, t *testing.T, n *Node, key byte, owner dedup.Owner) (outcome dedup.Outcome) {
	t.Helper()
	require.NoError(t, Wait(ctx, "the claim is answered", func() bool {
		var err error
		outcome, err = claim(ctx, n, key, owner)
		return err == nil
	}))
	return outcome
}

// endsWith claims key 1 until the claim ends with an error; on a slow machine it may end without having been applied before.
func endsWith(ctx context.Context, t *testing.T, n *Node, want error, why string) {
	t.Helper()
	require.NoError(t, Wait(ctx, want.Error(), func() bool {
		_, err := claim(ctx, n, 1, 1)
		require.Error(t, err, why)
		return errors.Is(err, want)
	}))
}

func TestAClusterServesAtEveryNodeAndComesBackFromAPowerLossOfAll(t *testing.T) {
	t.Parallel()
	c, ctx := startTest(t, Config{Nodes: 3, Seed: 1})
	for k, n := range c.Nodes {
		require.Equal(t, dedup.Won, settle(ctx, t, n, byte(k), 1))
	}
	for _, n := range c.Nodes {
		require.NoError(t, n.LosePower(0))
		_, err := claim(ctx, n, 0, 2)
		require.ErrorIs(t, err, ErrDown)
	}
	require.NoError(t, c.Recover(ctx))
	for k, n := range c.Nodes {
		require.Equal(t, dedup.Duplicate, settle(ctx, t, n, byte(k), 2))
		require.Positive(t, n.Disk.Counts().PowerLosses)
	}
}

func TestACutNodeCanNotServeAndHealsWithoutARestart(t *testing.T) {
	t.Parallel()
	c, ctx := startTest(t, Config{Nodes: 3, Seed: 2, Timeout: 300 * time.Millisecond})
	cut := c.Leader()
	for _, o := range c.others(cut) {
		c.Network.Cut(cut.ID, o.ID)
	}
	_, err := claim(ctx, cut, 1, 1)
	require.Error(t, err, "a leader without a quorum commits nothing")
	require.Equal(t, dedup.Won, settle(ctx, t, c.others(cut)[0], 1, 2))
	require.Positive(t, c.Network.Total().Lost)
	require.NoError(t, c.Recover(ctx))
	require.Equal(t, dedup.Duplicate, settle(ctx, t, cut, 1, 1))
	require.Equal(t, 1, cut.lives)
}

func TestANodeThatIsNotHeardLosesTheLeadThoughItHearsAll(t *testing.T) {
	t.Parallel()
	c, ctx := startTest(t, Config{Nodes: 3, Seed: 3, Timeout: 300 * time.Millisecond})
	mute := c.Leader()
	for _, o := range c.others(mute) {
		c.Network.Lose(mute.ID, o.ID)
	}
	require.NoError(t, Wait(ctx, "another node leads", func() bool { l := c.Leader(); return l != nil && l != mute }))
	require.NoError(t, Wait(ctx, "the old leader has heard of it", func() bool {
		s, _ := mute.Status()
		return s.Leader == c.Leader().ID
	}), "the other direction is open")
	for _, o := range c.others(mute) {
		require.Positive(t, c.Network.Traffic(mute.ID, o.ID).Lost)
		require.Zero(t, c.Network.Traffic(o.ID, mute.ID).Lost)
	}
}

func TestWhatIsStalledOrDelayedArrivesAndAConnectionThatBreaksIsMadeAnew(t *testing.T) {
	t.Parallel()
	c, ctx := startTest(t, Config{Nodes: 3, Seed: 4})
	leader := c.Leader()
	away := c.others(leader)
	c.Network.Stall(leader.ID, away[0].ID)
	c.Network.Delay(leader.ID, away[1].ID, 20*time.Millisecond)
	before := time.Now()
	require.Equal(t, dedup.Won, settle(ctx, t, leader, 1, 1))
	require.GreaterOrEqual(t, time.Since(before), 20*time.Millisecond)
	c.Network.Heal(leader.ID, away[0].ID)
	require.NoError(t, Wait(ctx, "what was held has arrived", func() bool {
		return c.Network.Traffic(leader.ID, away[0].ID).Delayed > 0
	}))
	c.Network.Heal(leader.ID, away[1].ID)
	for _, o := range away {
		c.Network.BreakIn(leader.ID, o.ID, 70)
		c.Network.BreakIn(o.ID, leader.ID, 30)
	}
	require.NoError(t, Wait(ctx, "each connection broke", func() bool {
		return c.Network.Traffic(leader.ID, away[0].ID).Broken > 0 && c.Network.Traffic(leader.ID, away[1].ID).Broken > 0
	}))
	require.NoError(t, c.Recover(ctx))
	require.Equal(t, dedup.Duplicate, settle(ctx, t, away[0], 1, 2))
}

func TestAFailedSyncStopsAReplicaAndAFullDiskDoesNot(t *testing.T) {
	t.Parallel()
	c, ctx := startTest(t, Config{Nodes: 3, Seed: 5})
	a, b := c.Nodes[0], c.Nodes[1]
	a.Disk.FailSync(true)
	require.NoError(t, Wait(ctx, "the sync has failed", func() bool {
		_, _ = claim(ctx, b, 1, 1)
		return a.Err() != nil
	}))
	require.ErrorIs(t, a.Err(), wal.ErrFailed)
	require.ErrorIs(t, a.Err(), crashfs.ErrInjected)
	require.NoError(t, c.Recover(ctx))
	require.Equal(t, 1, a.Disk.Counts().FailedSyncs)
	require.Equal(t, dedup.Won, settle(ctx, t, a, 2, 1))
	fillUp(ctx, t, c, b)
	require.NoError(t, b.Err())
	b.Disk.Fill(false)
	require.NoError(t, c.Recover(ctx))
	require.Equal(t, 1, b.Lives(), "it went on by itself")
	require.Equal(t, dedup.Duplicate, settle(ctx, t, b, 2, 2))
}

// fillUp fills the disk of a node and has the cluster take values until the node has refused or dropped something.
func fillUp(ctx context.Context, t *testing.T, c *Cluster, n *Node) {
	t.Helper()
	n.Disk.Fill(true)
	key := byte(10)
	require.NoError(t, Wait(ctx, "something found no room", func() bool {
		for range 8 {
			key++
			_, _ = c.Nodes[0].Do(ctx, filling(key), 1)
		}
		return n.Lacked() > 0
	}))
}

// filling is a claim with a value that takes its part of a log.
func filling(key byte) []byte {
	return dedup.AppendPut(nil, dedup.Put{Call: uint64(key), Key: dedup.Key{key, 1}, Value: make([]byte, 4<<10)})
}

func TestWhatADiskThatHangsHasNotSyncedIsThereAfterAKillAndGoneAfterAPowerLoss(t *testing.T) {
	t.Parallel()
	for _, loses := range []bool{false, true} {
		c, ctx := startTest(t, Config{Nodes: 1, Seed: 6, Timeout: 200 * time.Millisecond})
		n := c.Nodes[0]
		n.Disk.Hang()
		endsWith(ctx, t, n, server.ErrUnknown, "nothing is answered before it is durable")
		require.NoError(t, Wait(ctx, "a sync hangs", func() bool { return n.Disk.Counts().SlowSyncs > 0 }))
		if loses {
			require.NoError(t, n.LosePower(0))
		} else {
			n.Kill()
		}
		require.NoError(t, c.Recover(ctx))
		want := map[bool]dedup.Outcome{false: dedup.Duplicate, true: dedup.Won}
		require.Equal(t, want[loses], settle(ctx, t, n, 1, 2))
	}
}

func TestAnAnswerThatIsLostWasGiven(t *testing.T) {
	t.Parallel()
	c, ctx := startTest(t, Config{Nodes: 3, Seed: 7})
	n := c.Nodes[0]
	n.Mute(true)
	endsWith(ctx, t, n, ErrReplyLost, "nothing is answered")
	require.Equal(t, 1, n.LostAnswers())
	n.Mute(false)
	require.Equal(t, dedup.Won, settle(ctx, t, n, 1, 1), "the same owner, told again")
	require.Equal(t, dedup.Duplicate, settle(ctx, t, n, 1, 2))
}

func TestClocksJumpAndRunAtOtherRates(t *testing.T) {
	t.Parallel()
	c := NewClock()
	c.SetRate(0)
	at, wall := c.Now(), c.Time()
	c.Jump(-time.Hour)
	require.Equal(t, at, c.Now())
	require.WithinDuration(t, wall.Add(-time.Hour), c.Time(), time.Minute)
	c.SetRate(1000)
	require.Eventually(t, func() bool { return c.Now() > at+int64(time.Second) }, soon, time.Millisecond)
	later := c.Now()
	c.SetRate(0)
	require.GreaterOrEqual(t, c.Now(), later, "it never goes back")
}
