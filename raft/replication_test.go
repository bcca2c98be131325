// Goal: flow control: batches, windows, one probe at a time, the way out of every loss.
// Method: stories on three replicas with peer 2 cut off, held back or answered for by
// hand; cluster_test.go asserts windows and cursors after every step.

package raft

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// to returns the messages for id, in the protocol's words.
func to(id protocol.NodeID, messages []protocol.Message) []string {
	var own []protocol.Message
	for _, m := range messages {
		if m.To == id {
			own = append(own, m)
		}
	}
	return text(own)
}

// first takes the first message for id off the network.
func (c *cluster) first(id protocol.NodeID) *protocol.Message {
	m := c.take(slices.IndexFunc(c.network, func(m protocol.Message) bool { return m.To == id }))
	return &m
}

// hold keeps back the messages to 2 until told otherwise, and counts them.
func (c *cluster) hold() *[]protocol.Message {
	held := &[]protocol.Message{}
	c.lost = func(m *protocol.Message) bool {
		if m.To == 2 {
			*held = append(*held, *m)
		}
		return m.To == 2
	}
	return held
}

func newWindowed(t *testing.T, entries, messages, inMessage int) (*cluster, *replica) {
	c := newCluster(t, 3, Config{MaxInflightEntries: entries, MaxInflightMessages: messages, MaxEntriesPerMessage: inMessage})
	c.acknowledge = true
	return c, c.elect(1)
}

func TestBatchesAreCutToMessages(t *testing.T) {
	c, r := newWindowed(t, 100, 10, 4)
	require.Equal(t, []string{
		"1->2 AppendEntries term=1 prev=1@1 entries=[1x4] commit=1",
		"1->2 AppendEntries term=1 prev=5@1 entries=[1x4] commit=1",
		"1->2 AppendEntries term=1 prev=9@1 entries=[1 1] commit=1",
	}, to(2, r.step(Proposed(10)).Messages))
	c.settle()
	require.EqualValues(t, 11, c.at(2).Status().AppliedIndex)
}

func TestWindowBoundsEntries(t *testing.T) {
	c, r := newWindowed(t, 10, 100, 4)
	held := c.hold()
	r.step(Proposed(25))
	require.EqualValues(t, 10, r.Status().Peers[0].InflightEntries)
	require.Len(t, *held, 3)
	r.step(Proposed(25))
	require.Len(t, *held, 3, "not one more")
	require.EqualValues(t, 51, r.node.LastIndex(), "proposals don't wait for a slow peer")

	r.step(Tick())
	require.Equal(t, "1->2 AppendEntries term=1 prev=11@1 entries=[] commit=1", (*held)[3].String(),
		"a heartbeat needs no room, and asks for all that was sent")
	c.settle()
	require.EqualValues(t, 51, r.node.CommitIndex(), "nor does the quorum")

	c.lost = nil
	c.network = *held
	c.pass(2)
	out := r.step(Received(c.first(1)))
	require.Equal(t, []string{"1->2 AppendEntries term=1 prev=11@1 entries=[1x4] commit=51"}, to(2, out.Messages), "as far as there is room")
	c.settle()
	require.EqualValues(t, 51, c.at(2).Status().AppliedIndex)
}

func TestWindowBoundsMessages(t *testing.T) {
	c, r := newWindowed(t, 1000, 3, 10)
	held := c.hold()
	for range 20 {
		r.step(Proposed(1))
	}
	require.Equal(t, 3, r.Status().Peers[0].InflightMessages)
	require.EqualValues(t, 3, r.Status().Peers[0].InflightEntries)
	c.network = append(c.network, *held...)
	c.lost = nil
	c.settle()
	require.EqualValues(t, 21, c.at(2).Status().AppliedIndex)
	require.Zero(t, r.Status().Peers[0].InflightMessages)
}

func TestAFullWindowRefusedBringsOneProbe(t *testing.T) {
	c, r := newWindowed(t, 4096, 64, 1)
	c.lost = func(m *protocol.Message) bool { return m.To == 2 }
	r.step(Proposed(1))
	c.settle()
	c.lost = nil
	r.rewindTo(2, 2) // as if the entry at 2 had been sent and lost
	r.step(Proposed(64))
	refused := r.Status().Peers[0].InflightMessages
	require.Equal(t, 64, refused)

	c.pass(2)
	probes, refusals := 0, 0
	for _, m := range c.network {
		if m.From == 2 && !m.Success {
			refusals++
			probes += len(to(2, r.step(Received(&m)).Messages))
		}
	}
	require.Equal(t, 64, refusals)
	require.Equal(t, 1, probes)
	require.True(t, r.Status().Peers[0].Probing)
}

// rewindTo puts the cursor of a peer by hand.
func (r *replica) rewindTo(id protocol.NodeID, cursor protocol.Index) {
	r.peer(id).rewind(cursor)
}

func TestALostAppendIsFoundByTheNextHeartbeat(t *testing.T) {
	c, r := newWindowed(t, 100, 10, 10)
	c.cut(2)
	r.step(Proposed(3))
	c.settle()
	c.lost = nil
	require.EqualValues(t, 3, r.Status().Peers[0].InflightEntries)
	c.tick()
	require.EqualValues(t, 4, c.at(2).Status().AppliedIndex)
	require.Equal(t, PeerStatus{ID: 2, Voter: true, Level: true, NextIndex: 5, MatchIndex: 4}, r.Status().Peers[0])
}

func TestLostAcknowledgementsAreMadeGoodByTheNextHeartbeat(t *testing.T) {
	c, r := newWindowed(t, 4, 4, 4)
	c.lost = func(m *protocol.Message) bool { return m.From == 2 }
	r.step(Proposed(9))
	c.settle()
	require.EqualValues(t, 4, r.Status().Peers[0].InflightEntries, "stuck")
	c.lost = nil
	c.tick()
	require.EqualValues(t, 10, c.at(2).Status().AppliedIndex)
	require.Zero(t, r.Status().Peers[0].InflightEntries)
}

func TestOneProbeUntilASuccess(t *testing.T) {
	c, r := newWindowed(t, 100, 10, 10)
	c.cut(2)
	r.step(Proposed(3))
	c.settle()
	out := r.step(Received(r.refusal(2, 1, 1)))
	probe := []string{"1->2 AppendEntries term=1 prev=1@1 entries=[] commit=4"}
	require.Equal(t, probe, to(2, out.Messages))
	for range 3 {
		require.Empty(t, to(2, r.step(Received(r.refusal(2, 1, 1))).Messages), "lowers nothing")
		require.Empty(t, to(2, r.step(Proposed(1)).Messages), "no entries behind a probe")
		c.pass(3)
		c.pass(1)
	}
	require.Equal(t, []string{"1->2 AppendEntries term=1 prev=1@1 entries=[] commit=7"}, to(2, r.step(Tick()).Messages), "the heartbeat is the probe again")

	c.lost = nil
	c.tick()
	require.EqualValues(t, 7, c.at(2).Status().AppliedIndex)
	require.False(t, r.Status().Peers[0].Probing)
}

func TestLateRefusalsAreIgnored(t *testing.T) {
	c, r := newWindowed(t, 100, 10, 10)
	r.step(Proposed(3))
	c.settle()
	before := r.Status()
	for range 5 {
		require.Empty(t, r.step(Received(r.refusal(2, 1, 1))).Messages)
	}
	require.Equal(t, before, r.Status())
}

func TestIdlePeersAreToldOfACommitAtOnce(t *testing.T) {
	c := newTrio(t)
	r := c.elect(1)
	r.step(Proposed(1))
	c.settle()
	for _, r := range c.replicas {
		require.EqualValues(t, 2, r.Status().AppliedIndex, "without a tick")
	}

	c.acknowledge = false
	r.step(Proposed(1))
	r.step(Proposed(1))
	r.sync(2)
	c.pass(2)
	c.at(2).sync(1)
	out := r.step(Received(c.first(1)))
	require.EqualValues(t, 3, out.Committed.To)
	require.Empty(t, out.Messages, "a busy peer learns it with what comes next")
}

func TestIdlePeersAreToldOfAFewCommitsATick(t *testing.T) {
	c := newCluster(t, 3, Config{HeartbeatTicks: 5})
	c.acknowledge = true
	r := c.elect(1) // the no-op is the first news
	for range newsATick {
		r.step(Proposed(1))
		c.settle()
	}
	require.EqualValues(t, 1+newsATick, r.Status().AppliedIndex)
	require.EqualValues(t, newsATick, c.at(2).Status().AppliedIndex, "the last one waits")
	require.Len(t, r.step(Tick()).Messages, 2, "for a tick, not for a heartbeat")
	c.settle()
	require.EqualValues(t, 1+newsATick, c.at(2).Status().AppliedIndex)
	require.Empty(t, r.step(Tick()).Messages, "what was told is not told again")
}

func TestANewLeaderStartsItsWindowsAnew(t *testing.T) {
	c, r := newWindowed(t, 4, 4, 4)
	c.cut(2)
	r.step(Proposed(9))
	c.settle()
	require.EqualValues(t, 4, r.Status().Peers[0].InflightEntries)
	r.step(Received(r.refusal(2, 1, 1)))
	require.True(t, r.Status().Peers[0].Probing)
	c.lost = nil
	c.elect(3)
	require.Equal(t, PeerStatus{ID: 2, Voter: true}, withoutTicks(r.Status().Peers[0]), "a follower has none")
	c.tick()
	c.elect(1)
	require.Zero(t, r.Status().Peers[0].InflightEntries)
	require.EqualValues(t, 12, c.at(2).Status().AppliedIndex)
}

func TestANewLeaderStartsItsHeartbeatsAnew(t *testing.T) {
	c := newCluster(t, 3, Config{HeartbeatTicks: 3})
	c.acknowledge = true
	r := c.elect(1)
	for range 2 {
		require.Empty(t, r.step(Tick()).Messages)
	}
	c.elect(2)
	c.elect(1)
	for range 2 {
		require.Empty(t, r.step(Tick()).Messages)
	}
	require.Len(t, r.step(Tick()).Messages, 2)
}

func withoutTicks(p PeerStatus) PeerStatus {
	p.TicksSinceHeard = 0
	return p
}
