// Goal: a log ends where its host says that a snapshot is durable, and who lacks what was forgotten is told of the snapshot until it
// has it, while the others go on. Method: stories on three replicas; the network brings InstallSnapshot as if the bytes had come.

package raft

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// behind is a leader that has forgotten what the third replica lacks.
func behind(t *testing.T) (c *cluster, leader *replica) {
	c = newTrio(t)
	leader = c.elect(1)
	c.lost = func(m *protocol.Message) bool { return m.To == 3 }
	for range 5 {
		leader.step(Proposed(2))
		c.tick()
	}
	require.EqualValues(t, 11, leader.node.CommitIndex())
	out := leader.step(Compact(10))
	require.Len(t, out.Writes, 1)
	require.EqualValues(t, 10, out.Writes[0].Base)
	require.EqualValues(t, 10, leader.SnapshotIndex())
	return c, leader
}

func TestWhoLacksWhatIsForgottenIsToldOfTheSnapshot(t *testing.T) {
	c, leader := behind(t)
	told, here := 0, false
	c.lost = func(m *protocol.Message) bool {
		if m.Type == protocol.InstallSnapshot {
			told++
		}
		return m.To == 3 && m.Type == protocol.InstallSnapshot && !here // the bytes have not come
	}
	c.ticks(15)
	require.GreaterOrEqual(t, told, 10, "again with each heartbeat")
	require.Equal(t, protocol.Leader, leader.node.Role())
	require.EqualValues(t, 0, c.at(3).SnapshotIndex())
	here = true
	told = 0
	leader.step(Proposed(1))
	c.until(10, func() bool { return c.at(3).node.LastIndex() == leader.node.LastIndex() })
	require.EqualValues(t, 10, c.at(3).SnapshotIndex())
	require.Positive(t, told)
	told = 0
	c.ticks(3)
	require.Zero(t, told, "once it has it, nobody speaks of it")
	require.Equal(t, leader.node.CommitIndex(), c.at(3).node.CommitIndex())
}

func TestASnapshotThatCameTakesThePlaceOfWhatWasApplied(t *testing.T) {
	c, leader := behind(t)
	m := protocol.Message{Type: protocol.InstallSnapshot, From: 1, To: 3, Term: leader.node.CurrentTerm(), LastIndex: 10, LastTerm: 1}
	out := c.at(3).step(Received(&m))
	require.EqualValues(t, 10, out.Installed)
	require.Equal(t, Committed{10, 10}, out.Committed)
	require.EqualValues(t, 1, c.at(3).Status().Leader, "it hears its leader")
	again := c.at(3).step(Received(&m))
	require.Zero(t, again.Installed)
	require.Empty(t, again.Writes)
}

func TestWhoHasAllIsNotToldOfASnapshot(t *testing.T) {
	c := newTrio(t)
	leader := c.elect(1)
	leader.step(Proposed(3))
	c.tick()
	c.lost = func(m *protocol.Message) bool {
		require.NotEqual(t, protocol.InstallSnapshot, m.Type)
		return false
	}
	for _, r := range c.replicas {
		r.step(Compact(r.appliedIndex))
	}
	leader.step(Proposed(3))
	c.ticks(5)
	require.EqualValues(t, 7, c.at(3).appliedIndex)
}

func TestWhoseEntriesAreOnTheirWayIsNotToldOfASnapshot(t *testing.T) {
	c := newTrio(t)
	leader := c.elect(1)
	var late []protocol.Message
	c.lost = func(m *protocol.Message) bool {
		if m.To == 3 {
			late = append(late, *m)
		}
		return m.To == 3
	}
	leader.step(Proposed(4))
	c.tick()
	require.EqualValues(t, 5, leader.appliedIndex)
	leader.step(Compact(5))
	c.ticks(4)
	c.lost = nil
	for _, m := range late {
		require.NotEqual(t, protocol.InstallSnapshot, m.Type, "what it lacks was sent before it was forgotten")
		c.deliver(m)
	}
	require.EqualValues(t, 5, c.at(3).appliedIndex)
	require.Zero(t, c.at(3).SnapshotIndex())
}

func TestALeaderThatIsElectedBehindASnapshotFindsWhereLogsPart(t *testing.T) {
	c, _ := behind(t)
	c.lost = nil
	c.at(2).step(Compact(c.at(2).appliedIndex))
	l := c.elect(2) // and 3 has nothing
	c.until(20, func() bool { return c.at(3).appliedIndex == l.node.LastIndex() })
	require.NotZero(t, c.at(3).SnapshotIndex())
}

func TestAReplicaComesBackBehindItsSnapshot(t *testing.T) {
	c, leader := behind(t)
	c.lost = nil
	leader.crash(0)
	leader.start()
	require.EqualValues(t, 10, leader.SnapshotIndex())
	out := leader.step(Tick())
	require.EqualValues(t, 10, out.Committed.From, "what the snapshot stands for is applied")
	require.Zero(t, out.Installed)
}

func TestWhatIsNotAppliedIsNotForgotten(t *testing.T) {
	c := newTrio(t)
	leader := c.elect(1)
	require.Panics(t, func() { leader.Step(Compact(leader.node.LastIndex() + 1)) })
}
