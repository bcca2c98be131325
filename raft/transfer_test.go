// Goal: a leader hands over to one that has all, soon and only to such a one, and goes on where that does not come about.
// Method: stories on three replicas.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestALeaderHandsOver(t *testing.T) {
	for _, to := range []protocol.NodeID{2, 3} {
		c := newTrio(t)
		old := c.elect(1)
		c.tick()
		old.step(Proposed(3))
		old.step(Transfer(to))
		require.NotZero(t, old.Transferring())
		require.Zero(t, old.step(Proposed(1)).Proposed.Count, "the peer would never have all of it")
		c.settle() // in no time, although the third hears from its leader
		l := c.leader()
		require.NotSame(t, old, l)
		require.EqualValues(t, 2, l.node.CurrentTerm())
		require.Zero(t, old.Transferring())
		require.Equal(t, to, l.Config().ID)
		c.tick()
		require.Equal(t, l.Config().ID, old.Status().Leader)
		require.EqualValues(t, 5, old.node.CommitIndex(), "all that was proposed, and two that are the leaders' own")
	}
}

func TestAHandOverWaitsUntilThePeerHasAll(t *testing.T) {
	c := newTrio(t)
	old := c.elect(1)
	c.tick()
	c.lost = func(m *protocol.Message) bool { return m.To == 2 && m.Entries.Len() > 0 }
	old.step(Proposed(1))
	old.step(Transfer(2))
	c.ticks(5)
	require.Equal(t, protocol.Leader, old.node.Role())
	require.Zero(t, old.step(Proposed(1)).Proposed.Count)
	c.lost = nil
	c.until(5, func() bool { return c.leader() == c.at(2) })
}

func TestAHandOverThatFailsEnds(t *testing.T) {
	c := newTrio(t)
	old := c.elect(1)
	c.tick()
	c.lost = func(m *protocol.Message) bool { return m.Type == protocol.TimeoutNow }
	old.step(Transfer(2))
	c.ticks(9)
	require.EqualValues(t, 2, old.Transferring())
	old.step(Transfer(3))
	require.EqualValues(t, 2, old.Transferring(), "one at a time")
	c.tick()
	require.Zero(t, old.Transferring())
	require.Equal(t, 1, old.step(Proposed(1)).Proposed.Count, "it goes on")
	require.EqualValues(t, 1, old.node.CurrentTerm())
}

func TestAMessageThatIsLostIsSentAgain(t *testing.T) {
	c := newTrio(t)
	old := c.elect(1)
	c.tick()
	first := true
	c.lost = func(m *protocol.Message) bool {
		lost := first && m.Type == protocol.TimeoutNow
		first = first && !lost
		return lost
	}
	old.step(Transfer(2))
	c.settle()
	c.until(1, func() bool { return c.leader() == c.at(2) })
}

func TestThereIsSomebodyToHandOverTo(t *testing.T) {
	c := newTrio(t)
	old := c.elect(1)
	c.at(3).step(Transfer(2))
	require.Zero(t, c.at(3).Transferring(), "it does not lead")
	for _, to := range []protocol.NodeID{protocol.Nil, 1, 9} {
		old.step(Transfer(to))
		require.Zero(t, old.Transferring(), "%d", to)
	}
	c.cut(2)
	for range 10 {
		c.tick()
	}
	old.step(Transfer(2))
	require.Zero(t, old.Transferring(), "nothing is heard of it")
	old.step(Transfer(3))
	require.EqualValues(t, 3, old.Transferring())
}

// The next leader is there within some ticks, however long an election timeout is, and whoever led.
func TestTheDeathOfALeaderIsNews(t *testing.T) {
	for id := protocol.NodeID(1); id <= 3; id++ {
		for seed := range uint64(10) {
			c := newCluster(t, 3, Config{Seed: seed, ElectionTicks: 1000, HeartbeatTicks: 3})
			c.acknowledge = true
			for n := 0; c.leader() != c.at(id); n++ {
				c.at(id).untilLeading()
			}
			c.tick()
			c.at(id).crash(0)
			for _, r := range c.replicas {
				if !r.crashed {
					r.step(Gone(id))
					require.Zero(t, r.Status().Leader)
				}
			}
			took := c.until(10, func() bool { l := c.leader(); return l != nil && l != c.at(id) })
			require.LessOrEqual(t, took, 1)
			require.EqualValues(t, 2, c.leader().node.CurrentTerm(), "at the first try")
		}
	}
}

// Where the first of them lacks entries, the next one is asked.
func TestWhoLacksEntriesLeavesItToTheNext(t *testing.T) {
	c := newCluster(t, 3, Config{ElectionTicks: 1000, HeartbeatTicks: 3})
	c.acknowledge = true
	c.at(1).untilLeading()
	c.lost = func(m *protocol.Message) bool { return m.To == 2 && m.Entries.Len() > 0 }
	c.at(1).step(Proposed(1))
	c.settle()
	c.at(1).crash(0)
	c.lost = nil
	c.at(2).step(Gone(1))
	c.at(3).step(Gone(1))
	require.LessOrEqual(t, c.until(10, func() bool { return c.leader() == c.at(3) }), 3)
}

func TestNewsOfOthersChangeNothing(t *testing.T) {
	c := newTrio(t)
	c.elect(1)
	c.tick()
	before := c.at(2).clock
	c.at(2).step(Gone(3))
	c.at(2).step(Gone(protocol.Nil))
	require.Equal(t, before, c.at(2).clock)
	c.at(1).step(Gone(2))
	require.Equal(t, protocol.Leader, c.at(1).node.Role())
	c.at(2).step(Gone(1))
	for range c.at(2).doubt() {
		c.at(2).step(Tick())
	}
	c.at(2).step(Received(&protocol.Message{Type: protocol.AppendEntries, From: 1, To: 2, Term: 1}))
	require.EqualValues(t, 1, c.at(2).Status().Leader, "it was wrong")
	require.GreaterOrEqual(t, c.at(2).clock.timeout, 10)
}

// untilLeading has r lead, whatever others hear.
func (r *replica) untilLeading() {
	for r.node.Role() != protocol.Leader {
		r.step(Tick())
		r.cluster.settle()
	}
}
