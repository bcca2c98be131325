// Goal: when replicas campaign: in time, never together for long, never against a leader.
// Method: a property over seeds for the draws, stories for what restarts the clock.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// campaigns returns how many ticks passed before each of n times that a replica which hears from nobody first asks for
// pre-votes; as after a leader was heard where it forgets.
func campaigns(t require.TestingT, cfg Config, n int, forgets bool) []int {
	cfg.Servers = cfg.Servers.With(1).With(2).With(3)
	r, err := New(cfg, protocol.HardState{}, 0)
	require.NoError(t, err)
	var took []int
	for ticks := 1; len(took) < n; ticks++ {
		require.Less(t, ticks, 2*r.cfg.ElectionTicks<<mostDoublings, "too late")
		if len(r.Step(Tick()).Messages) == 0 {
			continue
		}
		took, ticks = append(took, ticks), 0
		granted := protocol.Message{Type: protocol.RequestPreVoteResponse, From: 2, To: cfg.ID, Term: r.node.CurrentTerm() + 1, Granted: true}
		r.Step(Received(&granted))
		r.Step(Durable(r.lastMark))
		if forgets {
			r.clock.failed = 0
			r.redraw()
		}
	}
	return took
}

func TestElectionTimeoutsComeFromSeed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{ID: 1, Seed: rapid.Uint64().Draw(t, "seed"), ElectionTicks: rapid.IntRange(2, 50).Draw(t, "ticks")}
		took := campaigns(t, cfg, 50, true)
		for _, ticks := range took {
			require.GreaterOrEqual(t, ticks, cfg.ElectionTicks)
			require.Less(t, ticks, cfg.ElectionTicks+max(2, cfg.ElectionTicks/4))
		}
		require.Equal(t, took, campaigns(t, cfg, 50, true), "same seed, same timeouts")
		if cfg.ElectionTicks >= 10 { // 50 draws of 10 or more values
			other := cfg
			other.Seed++
			require.NotEqual(t, took, campaigns(t, other, 50, true))
			other = cfg
			other.ID = 2
			require.NotEqual(t, took, campaigns(t, other, 50, true), "replicas may share a seed")
		}
	})
}

func TestElectionTimeoutsReachTheirWholeRange(t *testing.T) {
	seen := map[int]int{}
	for _, ticks := range campaigns(t, Config{ID: 1, ElectionTicks: 40}, 2000, true) {
		seen[ticks]++
	}
	require.Len(t, seen, 10)
	for ticks, times := range seen {
		require.InDelta(t, 200, times, 80, "%d ticks", ticks)
	}
}

// A campaign that gave no leader has the next one wait for longer.
func TestCampaignsBackOff(t *testing.T) {
	for k, ticks := range campaigns(t, Config{ID: 1}, 50, false) {
		least, most := 10, 12
		if k > 1 {
			least = 10 << min(k-1, mostDoublings)
			most = 2 * least
		}
		require.GreaterOrEqual(t, ticks, least, k)
		require.Less(t, ticks, most, k)
	}
}

// waitOneShortOf lets time pass until one more tick would be the last.
func (r *replica) waitOneShortOf() {
	for r.clock.ticks+1 < r.clock.timeout {
		r.step(Tick())
	}
}

func TestSignsOfALeaderRestartTheElectionClock(t *testing.T) {
	late := protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 2}
	for name, c := range map[string]struct {
		m        protocol.Message
		restarts bool
	}{
		"append accepted":  {protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 3}, true},
		"append refused":   {protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 3, Prev: 9, PrevTerm: 3}, true},
		"append, old term": {late, false},
		"vote given":       {*requestVote(2, 4, 5, 3), true},
		"vote refused":     {*requestVote(2, 4, 0, 0), false},
		"vote, old term":   {*requestVote(2, 2, 5, 3), false},
		"response":         {protocol.Message{Type: protocol.RequestVoteResponse, From: 2, To: 1, Term: 4}, false},
		"not for it":       {protocol.Message{Type: protocol.AppendEntries, From: 2, To: 3, Term: 3}, false},
		"not a member":     {protocol.Message{Type: protocol.AppendEntries, From: 9, To: 1, Term: 3}, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := follower(t, 3, one, three)
			r.waitOneShortOf()
			r.step(Received(&c.m))
			require.Equal(t, c.restarts, len(r.step(Tick()).Messages) == 0, "pre-votes")
		})
	}
}

func TestLeaderNeverTimesOut(t *testing.T) {
	c := newTrio(t)
	c.elect(1)
	for range 1000 {
		c.tick()
	}
	require.Equal(t, protocol.Leader, c.at(1).node.Role())
	require.EqualValues(t, 1, c.at(1).node.CurrentTerm())
}

func TestWhoLedWaitsAsLongAsAnybody(t *testing.T) {
	c := newTrio(t)
	r := c.at(1)
	r.untilCandidate()
	r.waitOneShortOf()
	c.settle()
	require.Equal(t, protocol.Leader, r.node.Role())
	r.hearNobody()
	r.step(Received(requestVote(3, 9, 0, 0)))
	require.Equal(t, protocol.Follower, r.node.Role())
	for range 9 {
		require.Empty(t, r.step(Tick()).Messages, "not before ElectionTicks")
	}
	r.untilCandidate()
}

func TestTimerIsFreshAfterRestart(t *testing.T) {
	c := newTrio(t)
	r := c.at(1)
	r.waitOneShortOf()
	r.crash(0)
	r.start()
	for range 9 {
		r.step(Tick())
	}
	require.Equal(t, protocol.Follower, r.node.Role())
}

// With a disk slower than the timeout, a candidate that went on would have its requests
// leave in terms that are over.
func TestCandidateWaitsForItsOwnVote(t *testing.T) {
	c := newTrio(t)
	c.acknowledge = false
	r := c.at(1)
	r.untilCandidate()
	for range 500 {
		require.Empty(t, r.step(Tick()).Messages)
	}
	require.EqualValues(t, 1, r.node.CurrentTerm(), "one campaign")
	require.Equal(t, 1, r.Status().PendingWrites)
	r.sync(1)
	require.Len(t, c.network, 2)
	c.acknowledge = true
	c.settle()
	require.Equal(t, protocol.Leader, r.node.Role())
}

func TestSingleReplicaLeadsOnceItsVoteIsDurable(t *testing.T) {
	c := newCluster(t, 1, Config{})
	r := c.at(1)
	r.untilCandidate()
	r.disk.keep(1)
	out := r.step(Durable(r.lastMark))
	require.Equal(t, protocol.Leader, r.node.Role())
	require.EqualValues(t, 1, out.NoOp)
	require.Zero(t, out.Committed.To, "its own disk has yet to hold it")
	r.sync(1)
	require.EqualValues(t, 1, r.Status().AppliedIndex)
	require.True(t, r.Status().Healthy)
}

// §8: what was committed before commits again, with the no-op, though no client comes.
func TestIdleClusterCommitsItsLogAfterRestart(t *testing.T) {
	c := newTrio(t)
	c.elect(1).step(Proposed(2))
	c.settle()
	for _, r := range c.replicas {
		r.crash(0)
	}
	for _, r := range c.replicas {
		r.start()
		require.EqualValues(t, 1, r.Status().CommitIndex, "what it knew when it wrote the two commands")
		require.EqualValues(t, 1, r.step(Tick()).Committed.To, "is applied before any leader is heard")
	}
	r := c.elect(3)
	require.EqualValues(t, 4, r.Status().AppliedIndex, "bootstrap, two commands, no-op")
	require.Equal(t, protocol.NoOp, r.At(4).Value)
	for _, r := range c.replicas {
		require.EqualValues(t, 4, r.Status().AppliedIndex, "told at once, not with the next heartbeat")
	}
}
