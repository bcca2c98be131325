// Goal: timeouts follow what was measured, within bounds, and elections that meet cost ticks instead of timeouts. Method: stories
// in ticks on three and five replicas.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// terms is how many began.
func (c *cluster) terms() (latest protocol.Term) {
	for _, r := range c.replicas {
		latest = max(latest, r.node.CurrentTerm())
	}
	return latest
}

// The requests of two that ask at the same time meet on the way.
func TestOfTwoThatAskOneCampaigns(t *testing.T) {
	for seed := range uint64(50) {
		c := newCluster(t, 3, Config{Seed: seed, ElectionTicks: 1000})
		c.acknowledge = true
		c.at(1).untilLeading()
		c.at(1).crash(0)
		c.network = nil
		for id := protocol.NodeID(2); id <= 3; id++ {
			c.at(id).step(Gone(1))
		}
		require.Len(t, c.network, 4, "both have asked")
		c.settle()
		require.NotNil(t, c.leader(), "in no time")
		require.EqualValues(t, 2, c.leader().Config().ID)
		require.EqualValues(t, 2, c.terms(), "one campaign")
	}
}

// One that asks all the time and hears nobody is given way to once: it could hold the others off for ever.
func TestOneThatHearsNothingIsGivenWayToOnce(t *testing.T) {
	c := newCluster(t, 5, Config{})
	c.acknowledge = true
	old := c.elect(5)
	c.tick()
	c.lost = func(m *protocol.Message) bool { return m.To == 1 }
	old.crash(0)
	deaf := protocol.Message{Type: protocol.RequestPreVote, From: 1, Term: 2, LastIndex: old.node.LastIndex(), LastTerm: 1}
	took := c.until(40, func() bool {
		for id := protocol.NodeID(2); id <= 4; id++ {
			m := deaf
			m.To = id
			c.network = append(c.network, m)
		}
		l := c.leader()
		return l != nil && l != old
	})
	require.LessOrEqual(t, took, 10+2+2*4)
}

// What a leader sent in its last moment comes after the news of its death: it is taken, and changes nothing. False news are
// soon forgotten.
func TestWhatComesAfterTheNewsOfADeathIsNoSignOfLife(t *testing.T) {
	r := follower(t, 3, one, three)
	beat := Received(&protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 3})
	r.step(beat)
	r.step(Gone(2))
	require.Len(t, r.step(beat).Messages, 1, "it is acknowledged")
	require.Equal(t, protocol.Nil, r.leader)
	require.Equal(t, 1, r.granted.Len(), "and still asks")
	for range r.doubt() {
		r.step(Tick())
	}
	r.step(beat)
	require.EqualValues(t, 2, r.leader, "it lives")
	require.Zero(t, r.granted)
}

// collide has nodes 2 and 3 campaign in the same term, each with its own vote.
func collide(t *testing.T, c *cluster) {
	c.at(1).untilLeading()
	c.tick()
	c.at(1).crash(0)
	c.network = nil
	for id := protocol.NodeID(2); id <= 3; id++ {
		r := c.at(id)
		r.step(Gone(1))
		r.step(Received(&protocol.Message{Type: protocol.RequestPreVoteResponse, From: 5 - id, To: id, Term: 2, Granted: true}))
		require.Equal(t, protocol.Candidate, r.node.Role())
	}
}

func TestCampaignsThatCollideAreRepeatedSoon(t *testing.T) {
	for seed := range uint64(50) {
		c := newCluster(t, 3, Config{Seed: seed, ElectionTicks: 1000, HeartbeatTicks: 3})
		c.acknowledge = true
		collide(t, c)
		c.settle()
		require.Nil(t, c.leader(), "the votes are shared")
		took := c.until(2000, func() bool { return c.leader() != nil })
		require.LessOrEqual(t, took, 5)
		require.EqualValues(t, 3, c.terms(), "the second campaign collides no more")
	}
}

// The vote that decides may be on the way to a slow disk: it is waited for, for as long as the own one took.
func TestWhoCollidesWaitsForDisksAsSlowAsItsOwn(t *testing.T) {
	for seed := range uint64(30) {
		c := newCluster(t, 3, Config{Seed: seed, ElectionTicks: 200, HeartbeatTicks: 3})
		c.acknowledge = true
		c.at(1).untilLeading()
		c.acknowledge = false
		c.at(1).crash(0)
		r := c.at(2)
		r.step(Gone(1))
		r.step(Received(&protocol.Message{Type: protocol.RequestPreVoteResponse, From: 3, To: 2, Term: 2, Granted: true}))
		for range 50 {
			r.step(Tick())
		}
		r.sync(len(r.disk.waiting))
		r.step(Received(&protocol.Message{Type: protocol.RequestVote, From: 3, To: 2, Term: 2, LastIndex: r.node.LastIndex(), LastTerm: 1}))
		c.network = nil
		for range 50 {
			require.Empty(t, r.step(Tick()).Messages)
		}
	}
}

// A campaign that collides again and again has another reason.
func TestFewCampaignsFollowSoon(t *testing.T) {
	r := follower(t, 3, one, three)
	for k := range mostSoon + 2 {
		r.clock.failed, r.clock.soon = 1, false
		r.retrySoon()
		r.retrySoon()
		require.Equal(t, min(k+1, mostSoon), r.clock.collided, "once a campaign")
	}
	require.Equal(t, 1, r.clock.failed)
	r.step(Received(&protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 3}))
	require.Zero(t, r.clock.collided)
}

// What tells a stalled majority of disks from a leader whom nobody hears is a question that needs no disk to be answered.
func TestALeaderThatIsHeardWaitsForDisksThatStandStill(t *testing.T) {
	c := newCluster(t, 3, Config{HeartbeatTicks: 3})
	c.acknowledge = true
	old := c.elect(1)
	c.tick()
	c.acknowledge = false
	old.step(Proposed(1))
	c.ticks(1000)
	require.Equal(t, protocol.Leader, old.node.Role())
	require.True(t, old.Status().Healthy)
	require.EqualValues(t, 1, c.terms(), "an election would help nobody")
	c.deafen(1)
	require.LessOrEqual(t, c.until(100, func() bool { return old.node.Role() != protocol.Leader }), 10, "and is deaf for no longer than any other")
}

// Nobody is asked who answers anyhow.
func TestALeaderThatIsAcknowledgedAsksNothing(t *testing.T) {
	c := newCluster(t, 3, Config{HeartbeatTicks: 3})
	c.acknowledge = true
	c.elect(1)
	c.lost = func(m *protocol.Message) bool {
		require.NotEqual(t, protocol.ConfirmTerm, m.Type)
		return false
	}
	c.ticks(100)
}

// heartbeat has the leader be heard after so many ticks.
func (r *replica) heartbeatAfter(ticks int) (asked bool) {
	for range ticks {
		asked = len(r.step(Tick()).Messages) > 0 || asked
	}
	r.step(Received(&protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 3}))
	r.cluster.network = nil
	return asked
}

func TestALeaderMayBeSilentForAsLongAsItWasOfLate(t *testing.T) {
	r := follower(t, 3, one, three)
	r.heartbeatAfter(0)
	require.False(t, r.heartbeatAfter(9))
	require.False(t, r.heartbeatAfter(17), "twice nine")
	require.False(t, r.heartbeatAfter(19))
	require.True(t, r.heartbeatAfter(23), "at most two election timeouts, and what is drawn")
	for range 400 {
		r.heartbeatAfter(1)
	}
	require.Equal(t, 10, r.silence(), "it was long ago")
	require.True(t, r.heartbeatAfter(12))
}

func TestWhatIsSizedIsBounded(t *testing.T) {
	r := follower(t, 3, one)
	for ticks := range 1000 {
		r.silences.took(ticks)
		r.stall.slowest.took(ticks)
		p := &r.peers[0]
		p.ticksSinceAnswer = ticks
		r.noteAnswer(p)
		require.Equal(t, min(max(10, 2*ticks), 20), r.silence())
		require.Equal(t, min(max(2, 2*ticks), 10), r.spread())
		require.Equal(t, min(max(40, 2*ticks), 160), r.diskPatience())
		require.Equal(t, min(max(10, 2*ticks), 40), r.patienceWith(p))
	}
}

// Where messages take longer than an election timeout the first answer in a term does.
func TestALeaderFarAwayWaitsForItsFirstAnswer(t *testing.T) {
	c := newCluster(t, 3, Config{HeartbeatTicks: 3})
	c.acknowledge = true
	const far = 15 // ticks each way
	type arrival struct {
		at int
		m  protocol.Message
	}
	var late []arrival
	leads := 0
	for now := range 1000 {
		for _, m := range c.network {
			late = append(late, arrival{now + far, m})
		}
		c.network = nil
		for len(late) > 0 && late[0].at <= now {
			c.deliver(late[0].m)
			late = late[1:]
		}
		for _, r := range c.replicas {
			r.step(Tick())
		}
		if l := c.leader(); l != nil && l.node.CommitIndex() > 0 {
			leads++
		}
	}
	require.Greater(t, leads, 500)
	require.LessOrEqual(t, c.terms(), protocol.Term(mostSoon+4), "campaigns that are repeated soon meet again, the next ones wait for longer")
}
