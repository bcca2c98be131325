// Goal: members come and go while the service goes on, whatever becomes of leader and links meanwhile.
// Method: stories in ticks.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

var nodes = protocol.Nodes

func TestAClusterGrowsAndShrinksUnderLoad(t *testing.T) {
	c := newGrowing(t, 9, nodes(1), Config{})
	c.until(30, func() bool { return c.leader() != nil })
	var load int
	for _, voters := range []protocol.NodeSet{nodes(1, 2, 3), nodes(1, 2, 3, 4, 5), nodes(1, 2, 3, 4, 5, 6, 7), nodes(5, 6, 7)} {
		before := load
		for range 5 {
			load += c.leader().step(Proposed(3)).Proposed.Count
			c.tick()
		}
		require.Equal(t, 15, load-before)
		c.becomes(voters)
		c.ticks(3)
		load += c.leader().step(Proposed(3)).Proposed.Count
		c.tick()
		c.until(20, func() bool { return c.allHave(voters) })
	}
	commands := 0
	for _, e := range c.applied {
		if e.Value == protocol.Command {
			commands++
		}
	}
	require.Equal(t, load, commands, "all that was accepted")
	for id := protocol.NodeID(1); id <= 4; id++ {
		require.True(t, c.at(id).Removed(), "%d knows", id)
		require.NotEqual(t, protocol.Leader, c.at(id).Role())
	}
	c.ticks(40)
	require.Empty(t, c.leader().leaving)
	require.Len(t, c.leader().peers, 2, "nobody else is sent anything")
	for id := protocol.NodeID(8); id <= 9; id++ {
		require.False(t, c.at(id).Removed(), "who stands by was never taken in")
		require.Zero(t, c.at(id).Term(), "and asks nobody")
	}
}

func TestAReplacementIsEndedByTheNextLeader(t *testing.T) {
	for _, reached := range [][]protocol.NodeID{{2, 3, 4}, {2}, {3, 4}, {}} {
		c := newGrowing(t, 4, nodes(1, 2, 3), Config{})
		c.elect(1)
		c.change(nodes(1, 2, 3), nodes(4))
		c.until(30, func() bool { return c.settled(nodes(1, 2, 3), nodes(4)) && c.leader().Level(4) })
		require.Equal(t, 1, c.change(nodes(2, 3, 4), 0).Count)
		for _, id := range reached {
			c.pass(id)
		}
		c.at(1).crash(len(c.at(1).disk.waiting))
		c.network = nil
		c.until(200, func() bool { l := c.leader(); return l != nil && l.InForceCommitted() && !l.inForce.IsJoint() })
		if c.leader().inForce.Voters == nodes(1, 2, 3) { // it got lost
			require.Less(t, len(reached), 3)
			continue
		}
		require.True(t, c.settled(nodes(2, 3, 4), 0))
		c.at(1).start()
		c.until(100, func() bool { return c.at(1).Removed() })
		require.Equal(t, c.leader().Term(), c.at(1).Term())
	}
}

func TestALeaderThatIsVotedOutHandsOver(t *testing.T) {
	for _, learns := range []protocol.NodeSet{0, nodes(1)} {
		c := newGrowing(t, 3, nodes(1, 2, 3), Config{})
		old := c.elect(1)
		c.ticks(2)
		c.lost = func(m *protocol.Message) bool { return m.To == 2 && m.Entries.Len() > 0 } // 3 has most
		require.Equal(t, 1, c.change(nodes(2, 3), learns).Count)
		c.pass(2)
		c.pass(3)
		c.pass(1)
		c.lost = nil
		c.until(5, func() bool { return c.settled(nodes(2, 3), learns) && c.leader() != old })
		require.EqualValues(t, 2, c.leader().Term(), "at the first try")
		c.until(5, func() bool {
			return old.Removed() == (learns == 0) && old.Leader() == c.leader().cfg.ID || old.Removed()
		})
		c.ticks(50)
		require.EqualValues(t, 2, c.leader().Term())
		require.Equal(t, protocol.Follower, old.Role())
	}
}

func TestALeaderThatIsVotedOutResignsWhereNobodyTakesOver(t *testing.T) {
	c := newGrowing(t, 3, nodes(1, 2, 3), Config{})
	old := c.elect(1)
	c.ticks(2)
	c.lost = func(m *protocol.Message) bool { return m.Type == protocol.TimeoutNow }
	require.Equal(t, 1, c.change(nodes(2, 3), 0).Count)
	c.settle()
	require.True(t, c.settled(nodes(2, 3), 0))
	require.Equal(t, protocol.Leader, old.Role())
	require.False(t, old.Removed(), "it leads")
	require.Equal(t, HandingOver, c.change(nodes(2), 0).Refused)
	c.ticks(11)
	require.Equal(t, protocol.Follower, old.Role())
	require.True(t, old.Removed())
	c.until(50, func() bool { return c.leader() != nil })
	require.True(t, c.settled(nodes(2, 3), 0) || c.leader().Term() > 1)
}

// By the joint configuration, which is all that they have, 2 needs the vote of 1, whose log is longer; by the last one 1 is no voter.
func TestWhoVotedItselfOutLeadsTheOthersToIt(t *testing.T) {
	c := newGrowing(t, 3, nodes(1, 2), Config{})
	c.elect(1)
	c.ticks(2)
	c.change(nodes(1, 2), nodes(3))
	c.ticks(5)
	require.Equal(t, 1, c.change(nodes(2, 3), 0).Count)
	c.pass(2)
	c.pass(3)
	require.True(t, c.at(1).inForce.IsJoint())
	c.pass(1)
	require.False(t, c.at(1).inForce.IsJoint(), "it has left the joint one")
	c.network = nil
	c.at(1).crash(0)
	c.at(1).start()
	c.until(200, func() bool { return c.settled(nodes(2, 3), 0) && c.leader() != c.at(1) })
	c.until(20, func() bool { return c.at(1).Removed() })
}

func TestWhoWasAwayWhenRemovedDisturbsNobodyAndIsTold(t *testing.T) {
	c := newGrowing(t, 4, nodes(1, 2, 3, 4), Config{})
	leader := c.elect(1)
	c.cut(4)
	c.becomes(nodes(1, 2, 3))
	c.ticks(100)
	require.Zero(t, leader.leaving, "it is given up")
	require.EqualValues(t, 1, c.at(4).Term(), "it only asks")
	require.False(t, c.at(4).Removed())
	c.lost = func(m *protocol.Message) bool { return m.To == 4 } // it is heard, and hears nothing
	c.ticks(100)
	require.EqualValues(t, 1, leader.Term())
	require.Same(t, leader, c.leader())
	c.lost = nil
	c.until(100, func() bool { return c.at(4).Removed() })
	c.ticks(100)
	require.EqualValues(t, 1, leader.Term())
	require.Same(t, leader, c.leader())
	require.Zero(t, leader.leaving)
}

func TestALaterTermOfWhoIsRemovedDeposesNobody(t *testing.T) {
	c := newGrowing(t, 4, nodes(1, 2, 3, 4), Config{})
	leader := c.elect(1)
	c.ticks(2)
	c.at(4).disk.image.term = 7 // it was a candidate
	c.at(4).start()
	c.cut(4)
	c.becomes(nodes(1, 2, 3))
	c.lost = nil
	c.ticks(100)
	require.Same(t, leader, c.leader())
	require.EqualValues(t, 1, leader.Term())
	require.EqualValues(t, 7, c.at(4).Term())
	for c.leader().Term() < 7 {
		c.leader().step(Transfer(c.leader().inForce.Voters.Without(c.leader().cfg.ID).Next(protocol.Nil)))
		c.settle()
		c.tick()
	}
	c.until(100, func() bool { return c.at(4).Removed() })
}

func TestWhoIsRemovedIsToldAtOnce(t *testing.T) {
	c := newGrowing(t, 4, nodes(1, 2, 3), Config{})
	c.elect(1)
	c.ticks(2)
	c.change(nodes(1, 2, 3), nodes(4))
	c.ticks(2)
	require.Equal(t, 1, c.change(nodes(1, 2), 0).Count)
	c.ticks(2)
	require.True(t, c.at(3).Removed(), "a voter")
	require.True(t, c.at(4).Removed(), "a learner")
	c.ticks(5)
	require.Zero(t, c.leader().leaving, "they have acknowledged it")
}

func TestALearnerNeitherCampaignsNorCounts(t *testing.T) {
	c := newGrowing(t, 5, nodes(1, 2), Config{})
	c.elect(1)
	c.ticks(2)
	require.Equal(t, 1, c.change(nodes(1, 2), nodes(3, 4, 5)).Count)
	c.until(50, func() bool { return c.settled(nodes(1, 2), nodes(3, 4, 5)) && c.allLevel(nodes(3, 4, 5)) })
	require.False(t, c.at(1).Level(9))
	require.Empty(t, c.at(1).step(Transfer(3)).Messages)
	require.Zero(t, c.at(1).Transferring(), "a learner is handed nothing")
	c.at(2).crash(0)
	went := c.at(1).step(Proposed(1)).Proposed
	require.Equal(t, 1, went.Count)
	c.ticks(40)
	require.Less(t, c.at(1).CommitIndex(), went.First)
	require.Nil(t, c.leader(), "nobody that counts answers it")
	require.False(t, c.at(1).HearsQuorum(5))
	for id := protocol.NodeID(3); id <= 5; id++ {
		require.EqualValues(t, 1, c.at(id).Term())
		require.Equal(t, protocol.Nil, c.at(id).Leader())
		c.at(id).step(Received(&protocol.Message{Type: protocol.TimeoutNow, From: 1, To: id, Term: 1}))
		require.EqualValues(t, 1, c.at(id).Term())
	}
	c.at(1).crash(0)
	c.ticks(100)
	require.EqualValues(t, 1, c.at(3).Term())
	require.Empty(t, c.network)
	c.at(1).start()
	c.at(2).start()
	c.until(100, func() bool { return c.settled(nodes(1, 2), nodes(3, 4, 5)) && c.allHave(nodes(1, 2, 3, 4, 5)) })
}

// Three of nine slots decide.
func TestAQuorumIsOfThoseWhoDecideAndNotOfAllSlots(t *testing.T) {
	c := newGrowing(t, 9, nodes(1, 2, 3), Config{})
	c.at(3).crash(0)
	c.until(50, func() bool { return c.leader() != nil })
	leader := c.leader()
	c.ticks(50)
	require.Same(t, leader, c.leader())
	require.True(t, leader.HearsQuorum(5))
	require.True(t, leader.Status().Healthy)
}

func TestALearnerIsLevelWhenItHasWhatTheLeaderHad(t *testing.T) {
	for _, snapshot := range []bool{false, true} {
		c := newGrowing(t, 4, nodes(1, 2, 3), Config{MaxEntriesPerMessage: 2, MaxInflightEntries: 4})
		leader := c.elect(1)
		c.ticks(2)
		for range 50 {
			leader.step(Proposed(6))
			c.tick()
		}
		if snapshot {
			leader.step(Compact(leader.appliedIndex - 100))
		}
		c.lost = func(m *protocol.Message) bool { return m.To == 4 }
		require.Equal(t, 1, c.change(nodes(1, 2, 3), nodes(4)).Count)
		for range 30 {
			c.tick()
			require.False(t, leader.Level(4))
		}
		sent := 0
		c.lost = func(m *protocol.Message) bool { // four entries a tick
			sent += int(m.Entries.Len())
			return m.To == 4 && m.Entries.Len() > 0 && sent > 4
		}
		var was []bool
		for range 300 {
			sent = 0
			leader.step(Proposed(1))
			c.tick()
			if l := leader.Level(4); len(was) == 0 || was[len(was)-1] != l {
				was = append(was, l)
			}
			if leader.Level(4) {
				require.Less(t, leader.node.LastIndex()-leader.Acknowledged(4), protocol.Index(40))
			}
		}
		require.Equal(t, []bool{false, true}, was, "once, and it stays so")
		c.lost = nil
		c.cut(4)
		c.ticks(10)
		require.False(t, leader.Level(4), "it does not answer")
	}
}

// A minority's leader begins a change; the others have another leader meanwhile, and take it back.
func TestAConfigurationThatIsCutOffIsTakenBack(t *testing.T) {
	c := newGrowing(t, 6, nodes(1, 2, 3), Config{})
	old := c.elect(1)
	c.ticks(2)
	c.lost = func(m *protocol.Message) bool { return (m.From == 1) != (m.To == 1) && m.From != 4 && m.To != 4 }
	require.Equal(t, 1, c.change(nodes(1, 4), nodes(5)).Count)
	require.Equal(t, nodes(1, 2, 3, 4, 5), old.Status().Members)
	c.ticks(2)
	require.Equal(t, nodes(1, 2, 3, 4, 5), c.at(4).Status().Members)
	require.False(t, old.InForceCommitted())
	c.until(50, func() bool { return c.leader() != nil && c.leader() != old })
	c.change(nodes(1, 2, 3), nodes(6))
	c.ticks(5)
	require.True(t, c.settled(nodes(1, 2, 3), nodes(6)))
	c.lost = nil
	c.ticks(20)
	require.Equal(t, nodes(1, 2, 3, 6), old.Status().Members)
	require.Len(t, old.Status().Peers, 3)
	require.True(t, old.InForceCommitted())
	require.False(t, old.Removed())
	require.EqualValues(t, 2, c.leader().Term(), "4 took itself for a voter, and could win nothing")
	require.Equal(t, c.leader().inForce, c.at(4).inForce, "and is told, since it asked")
	require.False(t, c.at(4).Removed(), "it was never taken in")
}

func TestAChangeGoesOnWithWhoeverIsThere(t *testing.T) {
	c := newGrowing(t, 5, nodes(1, 2, 3), Config{})
	c.elect(1)
	c.change(nodes(1, 2, 3), nodes(4, 5))
	c.until(50, func() bool { return c.settled(nodes(1, 2, 3), nodes(4, 5)) && c.allLevel(nodes(4, 5)) })
	c.cut(3) // whom it is about to leave out
	require.Equal(t, 1, c.change(nodes(1, 2, 4, 5), 0).Count)
	require.Equal(t, ChangeUnderWay, c.change(nodes(1), 0).Refused)
	c.until(5, func() bool { return c.settled(nodes(1, 2, 4, 5), 0) })
	c.lost = nil
	c.until(100, func() bool { return c.at(3).Removed() })
}

func TestAChangeIsRefused(t *testing.T) {
	c := newGrowing(t, 4, nodes(1, 2, 3), Config{})
	require.Equal(t, Proposal{Refused: NotLeader}, c.at(2).step(Change(nodes(1), 0)).Proposed)
	leader := c.at(1)
	leader.untilCandidate()
	c.lost = func(m *protocol.Message) bool { return m.Type == protocol.AppendEntriesResponse }
	c.settle()
	require.Equal(t, protocol.Leader, leader.Role())
	for _, e := range []Event{Change(0, nodes(1)), Change(nodes(1, 2), nodes(2)), Change(nodes(1, 9), 0), Change(nodes(1), nodes(0))} {
		require.Equal(t, NotWellFormed, leader.step(e).Proposed.Refused, "%v", e)
	}
	require.Equal(t, AlreadyInForce, c.change(nodes(1, 2, 3), 0).Refused)
	require.Equal(t, TermNotCommitted, c.change(nodes(1, 2), 0).Refused)
	require.EqualValues(t, 1, leader.node.LastIndex())
	c.lost = nil
	c.tick()
	require.Equal(t, Proposal{Term: 1, First: 2, Count: 1, Leader: 1}, c.change(nodes(1, 2, 3), nodes(4)))
	require.Equal(t, ConfigurationNotCommitted, c.change(nodes(1, 2, 3), 0).Refused)
	c.tick()
	require.Equal(t, 1, c.change(nodes(1, 2), 0).Count)
	require.Equal(t, ChangeUnderWay, c.change(nodes(1, 2), 0).Refused)
	c.ticks(2)
	require.True(t, c.settled(nodes(1, 2), 0))
	c.lost = func(m *protocol.Message) bool { return m.Type == protocol.TimeoutNow }
	leader.step(Transfer(2))
	require.Equal(t, HandingOver, c.change(nodes(1), 0).Refused)
	for f := NotRefused; f <= TermNotCommitted; f++ {
		require.NotEmpty(t, f.String())
	}
}

func TestWhatIsInForceIsSaidAgain(t *testing.T) {
	c := newGrowing(t, 4, nodes(1, 2, 3), Config{})
	require.Equal(t, Proposal{Refused: NotLeader}, c.at(2).step(Restate()).Proposed)
	leader := c.elect(1)
	c.ticks(2)
	before, members := leader.inForce, leader.inForce.Configuration
	p := leader.step(Restate()).Proposed
	require.Equal(t, Proposal{Term: 1, First: 2, Count: 1, Leader: 1}, p)
	require.NotEqual(t, before, leader.inForce, "it stands elsewhere")
	require.Equal(t, members, leader.inForce.Configuration)
	require.Equal(t, ConfigurationNotCommitted, leader.step(Restate()).Proposed.Refused)
	require.Equal(t, ConfigurationNotCommitted, c.change(nodes(1, 2), 0).Refused)
	c.until(5, func() bool { return c.settled(nodes(1, 2, 3), 0) })
	c.lost = func(m *protocol.Message) bool { return m.From == 2 }
	require.Equal(t, 1, c.change(nodes(1, 2), 0).Count)
	require.Equal(t, ChangeUnderWay, leader.step(Restate()).Proposed.Refused)
	c.lost = nil
	c.until(5, func() bool { return c.settled(nodes(1, 2), 0) })
	require.Equal(t, 1, leader.step(Restate()).Proposed.Count)
	c.until(5, func() bool { return c.settled(nodes(1, 2), 0) && c.at(2).inForce == leader.inForce })
}

func TestALeaderIsHandedToTheNewestVotersOnly(t *testing.T) {
	c := newGrowing(t, 4, nodes(1, 2, 3), Config{})
	leader := c.elect(1)
	c.change(nodes(1, 2, 3), nodes(4))
	c.ticks(5)
	c.lost = func(m *protocol.Message) bool { return m.From != 1 }
	require.Equal(t, 1, c.change(nodes(1, 2, 4), 0).Count)
	require.True(t, leader.inForce.IsJoint())
	for _, id := range []protocol.NodeID{3, protocol.Nil, 1, 9} {
		leader.step(Transfer(id))
		require.Zero(t, leader.Transferring())
	}
	leader.step(Transfer(4))
	require.EqualValues(t, 4, leader.Transferring())
}

// Its log is of a time when its leader was no member.
func TestWhoIsBehindHearsALeaderThatItDoesNotKnow(t *testing.T) {
	c := newGrowing(t, 4, nodes(1, 2), Config{})
	r := c.at(4)
	require.Equal(t, most, r.TicksSinceHeard(3))
	r.step(Received(&protocol.Message{Type: protocol.AppendEntries, From: 3, To: 4, Term: 1}))
	r.step(Tick())
	require.EqualValues(t, 3, r.Leader())
	require.Equal(t, 1, r.TicksSinceHeard(3))
	require.Equal(t, 1, r.TicksSinceHeard(1))
	require.Equal(t, most, r.TicksSinceHeard(protocol.Nil))
}

// Who is taken in reads of a time in which it was no member.
func TestEarlierConfigurationsDoNotRemoveWhoJoins(t *testing.T) {
	c := newGrowing(t, 4, nodes(1, 2, 3), Config{MaxEntriesPerMessage: 1, MaxInflightEntries: 1})
	c.elect(1)
	c.ticks(2)
	c.becomes(nodes(1, 2))
	c.becomes(nodes(1, 2, 3))
	require.Equal(t, 1, c.change(nodes(1, 2, 3), nodes(4)).Count)
	c.lost = func(m *protocol.Message) bool { return m.To == 4 }
	c.ticks(3)
	c.lost = nil
	r := c.at(4)
	for n := 0; r.inForce.at < r.cfg.Joined; n++ {
		require.Less(t, n, 100)
		require.False(t, r.Removed())
		c.leader().step(Tick())
		c.pass(4)
		c.pass(1)
	}
	c.until(20, func() bool { return c.allHave(nodes(4)) })
	require.False(t, r.Removed())
	r.step(Compact(r.appliedIndex))
	require.False(t, r.Removed())
}
