// Goal: policy only sequences actions. Whatever Step does to the node and gives as output
// is what its recorded actions, taken one by one by nobody's policy, do and give.
// Method: every replica of the tests has a twin, a bare protocol.Node that takes each
// recorded action; state is compared after each, output after each step.

package raft

import (
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// replay takes a on the twin and holds it against the node, and the action against the
// specification's action properties.
func (r *replica) replay(a Action, node *protocol.Node) {
	t := r.cluster.t
	before, _, err := protocol.LoadState(r.twin.AppendState(nil))
	require.NoError(t, err)
	sent := len(r.twinOut.Messages)
	require.True(t, a.takeOn(r.twin, &r.twinOut), "%s is not enabled", a.Name)
	require.Len(t, a.Sent, len(r.twinOut.Messages)-sent, "sent by %s", a.Name)
	for k := range a.Sent {
		require.Equal(t, r.twinOut.Messages[sent+k], a.Sent[k], "sent by %s", a.Name)
	}
	require.Equal(t, r.twin.AppendState(nil), node.AppendState(nil), "after %s", a.Name)
	step := protocol.Step{Action: a.Name, Message: a.Message, Before: before, After: r.twin}
	require.NoError(t, step.Check())
}

// takeOn takes the action on another node.
func (a *Action) takeOn(n *protocol.Node, out *protocol.Output) bool {
	switch a.Name {
	case "Timeout":
		return n.Timeout(out)
	case "BecomeLeader":
		return n.BecomeLeader(out)
	case "HandleRequestVote":
		return n.HandleRequestVote(a.Message, out)
	case "HandleRequestVoteResponse":
		return n.HandleRequestVoteResponse(a.Message, out)
	case "HandleAppendEntries":
		return n.HandleAppendEntries(a.Message, out)
	case "HandleAppendEntriesResponse":
		return n.HandleAppendEntriesResponse(a.Message, out)
	case "StepDown":
		return n.StepDown(a.Message, out)
	case "ClientRequest":
		return n.ClientRequest(a.Value, out)
	case "AppendEntries":
		return n.AppendEntries(a.Peer, a.Prev, a.Count, out)
	case "AdvanceCommitIndex":
		return n.AdvanceCommitIndex(out)
	case "Persist":
		return n.Persist(out)
	case "Resign":
		return n.Resign(out)
	case "PreVote":
		return n.PreVote(out)
	case "HandleRequestPreVote":
		return n.HandleRequestPreVote(a.Message, out)
	case "TransferLeadership":
		return n.TransferLeadership(a.Peer, out)
	case "HandleTimeoutNow":
		return n.HandleTimeoutNow(a.Message, out)
	case "Compact":
		return n.Compact(a.Prev, out)
	case "SendSnapshot":
		return n.SendSnapshot(a.Peer, out)
	case "HandleInstallSnapshot":
		return n.HandleInstallSnapshot(a.Message, out)
	case "ReadRequest":
		return n.ReadRequest(out)
	case "ConfirmTerm":
		return n.ConfirmTerm(a.Peer, out)
	case "HandleConfirmTerm":
		return n.HandleConfirmTerm(a.Message, out)
	case "HandleConfirmTermResponse":
		return n.HandleConfirmTermResponse(a.Message, out)
	case "ChangeConfiguration":
		return n.ChangeConfiguration(a.Voters, a.Learners, out)
	case "LeaveJoint":
		return n.LeaveJoint(out)
	case "ConfirmRead":
		return n.ConfirmRead(out)
	}
	return false
}

// checkOutput holds an output against the twin's: the same messages; writes that make
// the same of the disk, marks counting the twin's; nothing left that policy should do.
func (r *replica) checkOutput(out *Output) {
	t := r.cluster.t
	require.Equal(t, r.twin.AppendState(nil), r.AppendState(nil), "changed without an action")
	require.Equal(t, text(r.twinOut.Messages), text(out.Messages))
	require.Equal(t, r.twin.CommitIndex(), out.Committed.To)
	r.checkWrites(out)

	rest, _, err := protocol.LoadState(r.twin.AppendState(nil))
	require.NoError(t, err)
	require.False(t, rest.BecomeLeader(&protocol.Output{}), "BecomeLeader was left")
	require.False(t, rest.LeaveJoint(&protocol.Output{}), "LeaveJoint was left")
	require.False(t, rest.AdvanceCommitIndex(&protocol.Output{}), "AdvanceCommitIndex was left")
}

func (r *replica) checkWrites(out *Output) {
	t := r.cluster.t
	merged, single := r.disk.clone(), r.disk.clone()
	for k := range out.Writes {
		require.Greater(t, out.Writes[k].Mark, r.disk.given(), "marks rise")
		merged.apply(&out.Writes[k].Write)
	}
	for k := range r.twinOut.Writes {
		single.apply(&r.twinOut.Writes[k])
	}
	require.Equal(t, single, merged)
	if n := len(out.Writes); n > 0 {
		require.Equal(t, r.disk.given()+Mark(len(r.twinOut.Writes)), out.Writes[n-1].Mark)
	}
}

// given is the mark of the last write that the disk was given.
func (d *disk) given() Mark {
	if n := len(d.waiting); n > 0 {
		return d.waiting[n-1].Mark
	}
	return d.lastMark
}

// clone is the disk's image with all that waits.
func (d *disk) clone() image {
	i := d.image
	i.log = slices.Clone(i.log)
	for k := range d.waiting {
		i.apply(&d.waiting[k].Write)
	}
	return i
}

// checkWindows asserts what holds of policy's own fields after every step.
func (r *replica) checkWindows() {
	t := r.cluster.t
	require.Equal(t, r.node.CurrentTerm(), r.term, "the term of which policy knows leader and time")
	if r.node.Role() != protocol.Leader {
		return
	}
	for k := range r.peers {
		p := &r.peers[k]
		require.GreaterOrEqual(t, p.cursor+1, r.node.NextIndex(p.id))
		require.LessOrEqual(t, p.cursor, r.node.LastIndex())
		require.GreaterOrEqual(t, p.cursor, r.node.SnapshotIndex())
		require.LessOrEqual(t, r.inflightEntries(p), uint64(r.Raft.cfg.MaxInflightEntries))
		require.LessOrEqual(t, p.flight.count, r.Raft.cfg.MaxInflightMessages)
		require.True(t, p.flight.count <= 1 || p.flight.bytes <= r.Raft.cfg.MaxInflightBytes, "%d bytes are on their way", p.flight.bytes)
		require.False(t, p.probeDue, "a probe was left")
		if p.probing {
			require.Zero(t, p.flight.count, "entries are on their way behind a probe")
			require.Equal(t, r.resumes(p), p.cursor)
		}
	}
}
