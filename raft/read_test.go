// Goal: a read is answered by who leads, puts nothing in the log, sees what was committed when it came, and is never lost.
// Method: stories on three replicas; the cluster of this package holds every read that is confirmed to what anybody had
// applied when it came.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestReadsAreConfirmedByAQuorumAndPutNothingInTheLog(t *testing.T) {
	c := newTrio(t)
	l := c.elect(1)
	l.step(Proposed(2))
	c.settle()
	last, commit := l.node.LastIndex(), l.node.CommitIndex()
	out := l.step(Read(3))
	require.Zero(t, out.Reads)
	require.Empty(t, out.Writes)
	require.Len(t, out.Messages, 2, "three reads, one question a peer")
	out = l.step(Received(&protocol.Message{Type: protocol.ConfirmTermResponse, From: 2, To: 1, Term: 1, Read: 1}))
	require.Equal(t, Reads{Confirmed: 3, Index: commit}, out.Reads)
	c.settle()
	require.Equal(t, last, l.node.LastIndex())
	require.Equal(t, 3, l.read)
}

func TestAReadWaitsForAnEntryOfTheLeadersTerm(t *testing.T) {
	c := newTrio(t)
	c.lost = func(m *protocol.Message) bool { return m.Type == protocol.AppendEntriesResponse }
	l := c.elect(1)
	l.step(Read(1))
	c.settle()
	require.Zero(t, l.read, "it does not know what is committed")
	c.lost = nil
	c.ticks(3)
	require.Equal(t, 1, l.read)
}

// An answer to a question that was asked before a read came says nothing of it.
func TestAReadThatComesMeanwhileWaitsForTheNextRound(t *testing.T) {
	c := newTrio(t)
	l := c.elect(1)
	c.settle()
	l.step(Read(1))
	l.step(Read(5))
	answer := func(id protocol.ReadID) Reads {
		return l.step(Received(&protocol.Message{Type: protocol.ConfirmTermResponse, From: 3, To: 1, Term: 1, Read: id})).Reads
	}
	require.Equal(t, 1, answer(1).Confirmed)
	require.Zero(t, answer(1))
	require.Equal(t, 5, answer(2).Confirmed)
}

func TestQuestionsThatAreLostAreAskedAgain(t *testing.T) {
	c := newTrio(t)
	l := c.elect(1)
	c.settle()
	c.lost = func(m *protocol.Message) bool { return m.Type == protocol.ConfirmTerm }
	l.step(Read(2))
	c.ticks(2)
	require.Zero(t, l.read)
	c.lost = nil
	c.ticks(1)
	require.Equal(t, 2, l.read)
}

func TestALeaderThatIsDeposedAnswersNoRead(t *testing.T) {
	c := newTrio(t)
	old := c.elect(1)
	c.settle()
	c.cut(1)
	c.elect(2).step(Proposed(4))
	c.settle()
	require.Equal(t, protocol.Leader, old.node.Role())
	old.step(Read(2))
	require.Zero(t, old.read)
	c.lost = nil
	c.ticks(1)
	require.Equal(t, protocol.Follower, old.node.Role())
	require.Equal(t, 2, old.dropped)
	require.Zero(t, old.read)
}

func TestWhoDoesNotLeadDropsReadsAtOnce(t *testing.T) {
	c := newTrio(t)
	c.elect(1)
	require.Equal(t, Reads{Dropped: 3}, c.at(2).step(Read(3)).Reads)
}

func TestOneNodeAnswersAtOnce(t *testing.T) {
	c := newCluster(t, 1, Config{})
	c.acknowledge = true
	l := c.elect(1)
	require.Equal(t, Reads{Confirmed: 2, Index: 1}, l.step(Read(2)).Reads)
}

func TestALeaderThatResignsDropsReads(t *testing.T) {
	c := newTrio(t)
	l := c.elect(1)
	c.settle()
	c.cut(1)
	l.step(Read(1))
	c.until(200, func() bool { return l.node.Role() != protocol.Leader })
	require.Equal(t, 1, l.dropped)
}
