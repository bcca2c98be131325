// Goal: the sixteen unit tests of the notes that this project grew from, by their names,
// each as a test of the correct behaviour.
// Method: one story each, on three replicas in memory whose disks acknowledge at once
// unless the story is about that. cluster_test.go checks the rest after every step.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

var (
	one   = protocol.Entry{Term: 1, Value: protocol.Command}
	two   = protocol.Entry{Term: 2, Value: protocol.Command}
	three = protocol.Entry{Term: 3, Value: protocol.Command}
)

func TestInitialState(t *testing.T) {
	fresh := newTrio(t).at(1).Status()
	require.Equal(t, Status{ID: 1, Members: protocol.Nodes(1, 2, 3), Role: protocol.Follower,
		Configuration: protocol.Configuration{Voters: protocol.Nodes(1, 2, 3)}, ConfigurationCommitted: true,
		Peers: []PeerStatus{{ID: 2, Voter: true}, {ID: 3, Voter: true}}}, fresh)

	back := follower(t, 4, one, three).Status()
	require.Equal(t, protocol.Follower, back.Role)
	require.EqualValues(t, 4, back.Term, "the term survives")
	require.EqualValues(t, 2, back.LastIndex, "and the log")
	require.EqualValues(t, 2, back.DurableIndex)
	require.Zero(t, back.CommitIndex, "what is committed is learnt anew, where the disk says nothing of it")
	require.Zero(t, back.AppliedIndex)
}

func TestBecomeLeader(t *testing.T) {
	c := newTrio(t)
	r := c.at(1)
	r.untilCandidate()
	require.Len(t, c.network, 2, "votes are asked for, none is there")
	c.deliver(c.take(0))
	vote := c.take(len(c.network) - 1)
	require.Equal(t, "2->1 RequestVoteResponse term=1 granted=true", vote.String())

	out := r.step(Received(&vote))
	require.Equal(t, protocol.Leader, r.node.Role(), "two of three are a quorum")
	require.EqualValues(t, 1, r.Status().Leader)
	require.EqualValues(t, 1, out.NoOp, "an entry of its own in the same step: here the bootstrap")
	require.Equal(t, []string{
		"1->2 AppendEntries term=1 prev=0@0 entries=[1*] commit=0",
		"1->3 AppendEntries term=1 prev=0@0 entries=[1*] commit=0",
	}, text(out.Messages))
}

func TestBecomeFollower(t *testing.T) {
	c := newTrio(t)
	old := c.elect(1)
	c.cut(1)
	c.elect(2)
	require.Equal(t, protocol.Leader, old.node.Role(), "cut off, it can't know")
	c.lost = nil
	c.tick()
	require.Equal(t, protocol.Follower, old.node.Role(), "the later term ends its own")
	require.EqualValues(t, 2, old.Status().Leader)
	require.Zero(t, old.step(Proposed(1)).Proposed.Count)

	for _, kind := range []protocol.MessageType{protocol.RequestVoteResponse, protocol.AppendEntriesResponse} {
		r := c.elect(1)
		later := r.term + 1
		r.step(Received(&protocol.Message{Type: kind, From: 3, To: 1, Term: later}))
		require.Equal(t, later, r.Status().Term, "a response of a later term is enough")
		require.Equal(t, protocol.Follower, r.node.Role())
		require.Equal(t, protocol.Nil, r.Status().Leader)
	}
}

func TestAppendEntryAsLeader(t *testing.T) {
	c := newTrio(t)
	r := c.elect(1)
	out := r.step(Proposed(1))
	require.Equal(t, Proposal{Term: 1, First: 2, Count: 1, Leader: 1}, out.Proposed)
	require.Equal(t, "term=1 vote=1 keep=1 then=[1] commit=1", out.Writes[0].String())
	require.Equal(t, []string{
		"1->2 AppendEntries term=1 prev=1@1 entries=[1] commit=1",
		"1->3 AppendEntries term=1 prev=1@1 entries=[1] commit=1",
	}, text(out.Messages), "sent in the same step, before its own disk has it")
	require.Equal(t, one, r.At(2))
}

func TestFollowerCannotAppendEntry(t *testing.T) {
	c := newTrio(t)
	r := c.at(2)
	out := r.step(Proposed(3))
	require.Equal(t, Proposal{}, out.Proposed, "refused, and nobody is known to lead")
	c.elect(1)
	before := r.AppendState(nil)
	out = r.step(Proposed(3))
	require.Equal(t, Proposal{Term: 1, Leader: 1}, out.Proposed, "refused: ask 1")
	require.Empty(t, out.Writes)
	require.Empty(t, out.Messages)
	require.Equal(t, before, r.AppendState(nil))
}

func TestMultipleLogEntries(t *testing.T) {
	c := newTrio(t)
	r := c.elect(1)
	out := r.step(Proposed(5))
	require.Equal(t, Proposal{Term: 1, First: 2, Count: 5, Leader: 1}, out.Proposed)
	require.Len(t, out.Writes, 1, "five writes of the mechanism, one record")
	require.Equal(t, "term=1 vote=1 keep=1 then=[1x5] commit=1", out.Writes[0].String())
	require.Len(t, out.Messages, 2, "one message a peer")
	c.settle()
	for _, r := range c.replicas {
		require.EqualValues(t, 6, r.node.LastIndex())
		require.Equal(t, c.at(1).disk.image.log, r.disk.image.log)
	}
}

func TestCommitIndexAdvancement(t *testing.T) {
	c := newTrio(t)
	r := c.elect(1)
	c.acknowledge = false
	r.step(Proposed(2))
	c.pass(2)
	c.pass(1)
	require.EqualValues(t, 1, r.node.CommitIndex(), "nobody has it on disk")
	c.at(2).sync(1)
	c.pass(1)
	require.EqualValues(t, 1, r.node.CommitIndex(), "one of three: the leader's own disk does not count yet")
	r.disk.keep(1)
	out := r.step(Durable(r.lastMark))
	require.EqualValues(t, 3, r.node.CommitIndex())
	require.Equal(t, Committed{From: 1, To: 3}, out.Committed)

	r.step(Proposed(1))
	c.pass(2)
	c.pass(3)
	c.at(2).sync(1)
	c.pass(1)
	require.EqualValues(t, 3, r.node.CommitIndex())
	c.at(3).sync(2)
	c.pass(1)
	require.EqualValues(t, 4, r.node.CommitIndex(), "a quorum without the leader's own disk")
}

// §5.4.2: entries of an earlier term commit with the first of the leader's own, not by
// counting.
func TestApplyCommittedEntries(t *testing.T) {
	r := follower(t, 2, one, one, two)
	c := r.cluster
	c.at(2).disk.image = image{term: 2, log: r.disk.image.log}
	c.at(2).start()
	c.lost = func(m *protocol.Message) bool { return m.Entries.Len() > 0 }
	c.elect(1)
	r.step(Tick())
	c.settle()
	require.EqualValues(t, 3, r.node.MatchIndex(2), "all it had is on a quorum")
	require.Zero(t, r.Status().AppliedIndex, "none of it is of term 3")

	var ack protocol.Message
	c.lost = func(m *protocol.Message) bool {
		held := m.Success && m.Match == 4
		if held {
			ack = *m
		}
		return held
	}
	r.step(Tick())
	c.settle()
	require.Zero(t, r.Status().AppliedIndex)
	require.Equal(t, Committed{From: 0, To: 4}, r.step(Received(&ack)).Committed, "in order, from the first")
	require.EqualValues(t, 4, r.Status().AppliedIndex)
	require.Equal(t, Committed{From: 4, To: 4}, r.step(Received(&ack)).Committed, "and once")
	require.Equal(t, []protocol.Entry{one, one, two, {Term: 3, Value: protocol.NoOp}}, c.applied)
}

func TestVotingInNewTerm(t *testing.T) {
	r := follower(t, 1, one)
	ask := requestVote(2, 2, 1, 1)
	r.cluster.acknowledge = false
	out := r.step(Received(ask))
	require.Empty(t, out.Messages, "a vote does not leave before it is on disk")
	require.Equal(t, "term=2 vote=2 keep=1 then=[]", out.Writes[0].String(), "term and vote in one write")
	out = r.step(Durable(r.lastMark))
	require.Equal(t, []string{"1->2 RequestVoteResponse term=2 granted=true"}, text(out.Messages))
	require.Empty(t, r.step(Received(requestVote(3, 2, 1, 1))).Messages, "one vote a term")
	require.Equal(t, []string{"1->2 RequestVoteResponse term=2 granted=true"},
		text(r.step(Received(ask)).Messages), "who has it gets it again")
}

func TestRejectOldTermVote(t *testing.T) {
	r := follower(t, 5, one)
	out := r.step(Received(requestVote(2, 4, 9, 4)))
	require.Equal(t, []string{"1->2 RequestVoteResponse term=5 granted=false"}, text(out.Messages))
	require.Empty(t, out.Writes)
	require.EqualValues(t, 5, r.node.CurrentTerm())
	require.Equal(t, protocol.Nil, r.node.VotedFor())
}

func TestFollowerRejectsHigherTermCandidate(t *testing.T) {
	r := follower(t, 2, one, two)
	for _, behind := range []*protocol.Message{
		requestVote(2, 7, 1, 2), // as new an entry, a shorter log
		requestVote(2, 8, 9, 1), // a longer log, older entries
	} {
		out := r.step(Received(behind))
		require.Equal(t, behind.Term, r.node.CurrentTerm(), "the term is adopted")
		require.Equal(t, protocol.Nil, r.node.VotedFor(), "the vote is not given")
		require.Empty(t, out.Messages)
	}
	r.step(Received(requestVote(3, 8, 2, 2)))
	require.EqualValues(t, 3, r.node.VotedFor(), "and is free for who has the log")
}

func requestVote(from protocol.NodeID, term protocol.Term, last protocol.Index, lastTerm protocol.Term) *protocol.Message {
	return &protocol.Message{Type: protocol.RequestVote, From: from, To: 1, Term: term, LastIndex: last, LastTerm: lastTerm}
}

func TestHeartbeatTimeout(t *testing.T) {
	c := newCluster(t, 3, Config{HeartbeatTicks: 3})
	c.acknowledge = true
	r := c.elect(1)
	for range 3 {
		c.settle()
		require.Empty(t, r.step(Tick()).Messages)
		require.Empty(t, r.step(Tick()).Messages)
		require.Equal(t, []string{
			"1->2 AppendEntries term=1 prev=1@1 entries=[] commit=1",
			"1->3 AppendEntries term=1 prev=1@1 entries=[] commit=1",
		}, text(r.step(Tick()).Messages), "every third tick")
	}
	c.settle()
	require.Equal(t, protocol.Leader, r.node.Role())
	require.Empty(t, c.at(2).step(Tick()).Messages, "a follower has no heartbeat")
}

func TestElectionTimeout(t *testing.T) {
	c := newTrio(t)
	c.elect(1)
	for range 100 {
		c.tick()
	}
	require.EqualValues(t, 1, c.at(2).node.CurrentTerm(), "heartbeats hold off elections")

	r := c.at(2)
	c.cut(1)
	ticks := 0
	for ; r.node.Role() == protocol.Follower; ticks++ {
		require.Less(t, ticks, 20)
		r.step(Tick())
		r.grantPreVotes()
	}
	require.GreaterOrEqual(t, ticks, 10)
	require.Equal(t, protocol.Candidate, r.node.Role())
	require.EqualValues(t, 2, r.node.CurrentTerm())
	require.EqualValues(t, 2, r.node.VotedFor())
	require.Equal(t, protocol.Nil, r.Status().Leader)
	c.at(3).hearNobody()
	c.settle()
	require.Equal(t, protocol.Leader, r.node.Role())
}

func TestGetStats(t *testing.T) {
	c := newTrio(t)
	r := c.elect(1)
	c.acknowledge = false
	r.step(Proposed(3))
	r.step(Proposed(2))
	r.step(Received(r.ack(2, 4)))
	r.step(Tick())
	require.Equal(t, Status{
		ID: 1, Members: protocol.Nodes(1, 2, 3), Role: protocol.Leader, Term: 1, Leader: 1, Healthy: true,
		LastIndex: 6, DurableIndex: 1, CommitIndex: 1, AppliedIndex: 1, PendingWrites: 5, LastMark: 7,
		Configuration: protocol.Configuration{Voters: protocol.Nodes(1, 2, 3)}, ConfigurationCommitted: true,
		Peers: []PeerStatus{
			{ID: 2, Voter: true, Level: true, NextIndex: 5, MatchIndex: 4, InflightEntries: 2, InflightMessages: 1, TicksSinceHeard: 1},
			{ID: 3, Voter: true, Level: true, NextIndex: 2, MatchIndex: 1, InflightEntries: 5, InflightMessages: 2, TicksSinceHeard: 1},
		},
	}, r.Status())
	r.step(Received(r.refusal(3, 1, 1)))
	require.Equal(t, PeerStatus{ID: 3, Voter: true, Level: true, NextIndex: 2, MatchIndex: 1, Probing: true}, r.Status().Peers[1])

	c.settle()
	stats := c.at(3).Status()
	require.Equal(t, 2, stats.PendingWrites)
	require.EqualValues(t, 6, stats.LastIndex)
	require.EqualValues(t, 1, stats.DurableIndex)
}

func TestClusterCoordinatorBasics(t *testing.T) {
	c := newCluster(t, 5, Config{})
	c.acknowledge = true
	for _, r := range c.replicas {
		require.Equal(t, protocol.Nodes(1, 2, 3, 4, 5), r.Status().Members, "each knows all")
		require.Len(t, r.Status().Peers, 4)
		require.False(t, r.Status().Healthy, "nobody leads")
	}
	leader := c.elect(4)
	c.tick()
	for _, r := range c.replicas {
		s := r.Status()
		require.True(t, s.Healthy)
		require.EqualValues(t, 4, s.Leader)
		require.EqualValues(t, 1, s.Term)
		require.Equal(t, r == leader, s.Role == protocol.Leader)
	}
}

func TestCoordinatorLeadershipQueries(t *testing.T) {
	c := newTrio(t)
	c.elect(1)
	c.tick()
	c.cut(1)
	for range 9 {
		require.EqualValues(t, 1, c.at(1).Status().Leader)
		c.at(1).step(Tick())
	}
	c.at(1).step(Tick())
	s := c.at(1).Status()
	require.Equal(t, protocol.Follower, s.Role, "it has heard from nobody, and resigns")
	require.Equal(t, protocol.Nil, s.Leader)
	require.False(t, s.Healthy)

	require.True(t, c.at(2).Status().Healthy, "it has not yet noticed")
	c.elect(2)
	require.EqualValues(t, 2, c.at(3).Status().Leader)
	require.True(t, c.at(3).Status().Healthy)
	require.True(t, c.at(2).Status().Healthy, "two of three")

	c.lost = nil
	c.tick()
	require.EqualValues(t, 2, c.at(1).Status().Leader)
	require.True(t, c.at(1).Status().Healthy)
	require.Equal(t, protocol.Nodes(1, 2, 3), c.at(1).Status().Members)
}
