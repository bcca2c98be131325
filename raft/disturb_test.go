// Goal: a minority that is deaf, mute, slow or behind does not stop the others, and whoever is behind catches up.
// Method: stories in ticks on three replicas; each trap is named by the system that fell into it.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// ticks lets time pass at all, and delivers.
func (c *cluster) ticks(n int) {
	c.t.Helper()
	for range n {
		c.tick()
	}
}

// until lets time pass until it holds, and returns how many ticks it took.
func (c *cluster) until(most int, holds func() bool) int {
	c.t.Helper()
	for n := range most + 1 {
		if holds() {
			return n
		}
		c.tick()
	}
	require.Fail(c.t, "it does not come to pass", "%d ticks", most)
	return most
}

func (c *cluster) deafen(id protocol.NodeID) {
	c.lost = func(m *protocol.Message) bool { return m.To == id }
}

func TestADeafNodeDisturbsNobody(t *testing.T) {
	c := newTrio(t)
	leader := c.elect(1)
	c.deafen(3)
	c.ticks(500)
	require.Equal(t, protocol.Leader, leader.node.Role())
	require.EqualValues(t, 1, leader.node.CurrentTerm())
	require.EqualValues(t, 1, c.at(3).node.CurrentTerm(), "it only asks")
	require.Equal(t, protocol.Nil, c.at(3).Status().Leader, "it says that it knows of none")
	c.lost = nil
	c.ticks(20)
	require.EqualValues(t, 1, c.at(3).Status().Leader)
	require.EqualValues(t, 1, leader.node.CurrentTerm())
}

func TestALeaderWhomNobodyAnswersResigns(t *testing.T) {
	c := newTrio(t)
	old := c.elect(1)
	c.deafen(1) // its heartbeats hold the others off
	took := c.until(100, func() bool { l := c.leader(); return l != nil && l != old })
	require.LessOrEqual(t, took, 10+12+2, "the patience of a leader, an election timeout, and some")
	require.Equal(t, protocol.Follower, old.node.Role())
	require.EqualValues(t, 1, old.node.CurrentTerm(), "it resigned by itself")
}

func TestWhoHearsALeaderVotesForNobodyElse(t *testing.T) {
	c := newTrio(t)
	c.elect(1)
	c.tick()
	last := c.at(2).node.LastIndex()
	ask := func(kind protocol.MessageType, term protocol.Term, transfer bool) []protocol.Message {
		return c.at(2).step(Received(&protocol.Message{
			Type: kind, From: 3, To: 2, Term: term, LastIndex: last, LastTerm: 1, Transfer: transfer,
		})).Messages
	}
	before := c.at(2).AppendState(nil)
	require.Empty(t, ask(protocol.RequestPreVote, 2, false))
	require.Empty(t, ask(protocol.RequestVote, 2, false))
	require.Equal(t, before, c.at(2).AppendState(nil), "the term is not adopted: that would be the harm")
	require.Equal(t, []string{"2->3 RequestPreVoteResponse term=1 granted=false"}, text(ask(protocol.RequestPreVote, 1, false)), "who is behind is told")
	for range 10 {
		c.at(2).step(Tick())
	}
	require.Equal(t, []string{"2->3 RequestPreVoteResponse term=2 granted=true"}, text(ask(protocol.RequestPreVote, 2, false)), "nothing came for as long as the shortest timeout")
	c.at(2).step(Received(&protocol.Message{Type: protocol.AppendEntries, From: 1, To: 2, Term: 1, Prev: last, PrevTerm: 1}))
	ask(protocol.RequestVote, 2, true)
	require.EqualValues(t, 2, c.at(2).node.CurrentTerm(), "the leader wants it")
}

// standing returns three replicas that start with these terms and logs.
func standing(t *testing.T, images ...image) *cluster {
	c := newTrio(t)
	for k, i := range images {
		c.replicas[k].disk.image = i
		c.replicas[k].start()
	}
	return c
}

// etcd#8243: who is behind in term asks those ahead, who say nothing, and nobody is ever elected.
func TestWhoIsBehindInTermLearnsIt(t *testing.T) {
	c := standing(t, image{term: 1, log: []protocol.Entry{one, one}}, image{term: 7, log: []protocol.Entry{one}}, image{term: 1})
	c.cut(3)
	c.until(200, func() bool { l := c.leader(); return l == c.at(1) && l.node.CurrentTerm() > 7 })
}

// etcd#8501: a node with a later term and a shorter log drops whatever its leader sends. An append teaches the leader the later
// term, and so does the question that it asks the silent: either is enough.
func TestALaterTermWithAShorterLogHasTheLeaderFollow(t *testing.T) {
	for _, lost := range []protocol.MessageType{0, protocol.ConfirmTerm, protocol.RequestPreVoteResponse} {
		c := standing(t, image{term: 2, log: []protocol.Entry{one, two}}, image{term: 2, log: []protocol.Entry{one, two}}, image{term: 9, log: []protocol.Entry{one}})
		c.cut(3)
		c.until(200, func() bool { return c.leader() != nil })
		c.lost = func(m *protocol.Message) bool { return m.Type == lost && (m.To == 3 || m.From == 3) }
		c.until(200, func() bool {
			l := c.leader()
			return l != nil && l.node.CurrentTerm() > 9 && c.at(3).Status().Leader == l.Config().ID
		})
	}
}

// openraft#1796: two cohorts, one with the later term, one with the later log, and neither votes for the other.
func TestUnequalTermsAndLogsElect(t *testing.T) {
	for _, down := range []protocol.NodeID{1, 2, 3} {
		c := standing(t, image{term: 3, log: []protocol.Entry{one, two}}, image{term: 8, log: []protocol.Entry{one, one}}, image{term: 5, log: []protocol.Entry{one, two}})
		c.cut(down)
		c.until(400, func() bool {
			l := c.leader()
			return l != nil && l.Config().ID != down && l.node.CommitIndex() == l.node.LastIndex()
		})
	}
}

// NuRaft#134: who can't win, for its log is shorter, is given pre-votes and raises the term with each campaign.
func TestWhoCannotWinRaisesNoTerm(t *testing.T) {
	c := standing(t, image{term: 2, log: []protocol.Entry{one, two}}, image{term: 2, log: []protocol.Entry{one}}, image{term: 2})
	c.lost = func(m *protocol.Message) bool {
		return m.From == 3 || m.To == 3 || m.From == 1 && m.Type == protocol.RequestPreVote // who could win does not ask
	}
	c.ticks(300)
	require.EqualValues(t, 2, c.at(1).node.CurrentTerm())
	require.EqualValues(t, 2, c.at(2).node.CurrentTerm())
	c.cut(3)
	c.until(200, func() bool { l := c.leader(); return l == c.at(1) })
}

// slowly lets time pass where each disk is done with what it was given that many ticks later.
func (c *cluster) slowly(latency map[protocol.NodeID]int, most int, holds func() bool) {
	c.t.Helper()
	c.acknowledge = false
	type job struct{ at, count int }
	jobs := map[protocol.NodeID]*job{}
	for now := range most {
		for _, r := range c.replicas {
			id := r.Config().ID
			j := jobs[id]
			if j == nil && len(r.disk.waiting) > 0 {
				j = &job{now + latency[id], len(r.disk.waiting)}
				jobs[id] = j
			}
			if j != nil && now >= j.at {
				delete(jobs, id)
				r.sync(j.count)
			}
		}
		c.tick()
		if holds() {
			return
		}
	}
	require.Fail(c.t, "it does not come to pass", "%d ticks", most)
}

// With syncs that take four election timeouts a candidate has its votes after eight.
func TestDisksSlowerThanTheTimeoutElectAndCommit(t *testing.T) {
	for seed := range uint64(30) {
		c := newCluster(t, 3, Config{Seed: seed})
		all := map[protocol.NodeID]int{1: 40, 2: 40, 3: 40}
		c.slowly(all, 3000, func() bool { l := c.leader(); return l != nil && l.node.CommitIndex() > 0 })
		term := c.leader().node.CurrentTerm()
		for k := range 20 { // and the leader stays, writing all the time
			l := c.leader()
			require.NotNil(t, l, "seed %d, command %d", seed, k)
			l.step(Proposed(1))
			want := l.node.LastIndex()
			c.slowly(all, 1000, func() bool { return c.leader() != nil && c.leader().node.CommitIndex() >= want })
		}
		require.LessOrEqual(t, c.leader().node.CurrentTerm(), term+1, "seed %d", seed)
	}
}

// The votes of others take as long as its own: with syncs of four timeouts the first campaign succeeds.
func TestACandidateWaitsForDisksAsSlowAsItsOwn(t *testing.T) {
	for seed := range uint64(30) {
		c := newCluster(t, 3, Config{Seed: seed})
		c.lost = func(m *protocol.Message) bool { return m.From != 1 && m.Type == protocol.RequestPreVote } // it alone campaigns
		c.slowly(map[protocol.NodeID]int{1: 40, 2: 40, 3: 40}, 20+40+40+10, func() bool { return c.leader() != nil })
		require.EqualValues(t, 1, c.leader().node.CurrentTerm(), "seed %d", seed)
	}
}

func TestALeaderWhoseDiskStandsStillResigns(t *testing.T) {
	c := newTrio(t)
	old := c.elect(1)
	c.acknowledge = false
	old.step(Proposed(1))
	c.slowly(map[protocol.NodeID]int{1: 1 << 30}, 200, func() bool {
		l := c.leader()
		return l != nil && l != old && l.node.CommitIndex() == 3 // what it proposed, and the new leader's own
	})
}

// It would help nobody: the others are not ahead of it.
func TestALeaderOfNothingButSlowDisksStays(t *testing.T) {
	c := newTrio(t)
	old := c.elect(1)
	c.at(3).crash(0)
	c.acknowledge = false
	old.step(Proposed(1))
	for range 1000 {
		c.at(1).step(Tick())
		c.at(2).step(Tick())
		c.settle()
		c.at(2).sync(len(c.at(2).disk.waiting))
	}
	require.Equal(t, protocol.Leader, old.node.Role())
}
