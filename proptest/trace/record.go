package trace

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Actions are all that a run may record, by their names in the specification: those of Next but for Lose, which no node sees.
var Actions = []string{
	"Timeout", "BecomeLeader", "ClientRequest", "AppendEntries", "AdvanceCommitIndex", "HandleRequestVote",
	"HandleRequestVoteResponse", "HandleAppendEntries", "HandleAppendEntriesResponse", "StepDown", "Resign", "PreVote",
	"HandleRequestPreVote", "TransferLeadership", "HandleTimeoutNow", "ReadRequest", "ConfirmTerm", "HandleConfirmTerm",
	"HandleConfirmTermResponse", "ConfirmRead", "Persist", "Restart", "Compact", "SendSnapshot", "HandleInstallSnapshot",
	"ChangeConfiguration", "LeaveJoint",
}

// codes are the places in Actions, from 1.
var codes = func() map[string]byte {
	c := map[string]byte{}
	for k, name := range Actions {
		c[name] = byte(k + 1)
	}
	return c
}()

// handles reports whether an action has a message.
func handles(name string) bool {
	switch name {
	case "HandleRequestVote", "HandleRequestVoteResponse", "HandleAppendEntries", "HandleAppendEntriesResponse", "StepDown",
		"HandleRequestPreVote", "HandleTimeoutNow", "HandleConfirmTerm", "HandleConfirmTermResponse", "HandleInstallSnapshot":
		return true
	}
	return false
}

// Record is one action that was taken.
type Record struct {
	Number int // in its run, from 1
	Node   protocol.NodeID
	raft.Action
	After After
	Whole *State // the node's whole state after the action; mostly nil
}

// String is the record for people.
func (r *Record) String() string {
	what := ""
	switch {
	case r.Message != nil:
		what = r.Message.String()
	case r.Name == "ClientRequest":
		what = r.Value.String()
	case r.Name == "AppendEntries":
		what = fmt.Sprintf("to %d, prev %d, %d entries", r.Peer, r.Prev, r.Count)
	case r.Name == "Compact":
		what = fmt.Sprintf("up to %d", r.Prev)
	case r.Name == "ChangeConfiguration":
		what = fmt.Sprintf("to %v, learners %v", r.Voters, r.Learners)
	case r.Peer != protocol.Nil:
		what = fmt.Sprintf("to %d", r.Peer)
	case r.Name == "Restart":
		what = fmt.Sprintf("found mark %d", r.Mark)
	}
	return fmt.Sprintf("record %d: node %d, %s(%s), after it %v", r.Number, r.Node, r.Name, what, r.After)
}

// After is what a record has of its node: what is cheap to read. Names are the specification's variables, or what stands there.
type After struct {
	CurrentTerm protocol.Term
	VotedFor    protocol.NodeID
	Role        protocol.Role
	LastIndex   protocol.Index // of log
	LastTerm    protocol.Term  // of its last entry

	SnapshotIndex protocol.Index
	CommitIndex   protocol.Index
	DurableIndex  protocol.Index // of disk's log
	Pending       int            // how many writes
	VotesGranted  protocol.NodeSet
	ReadID        protocol.ReadID
	ReadIndex     protocol.Index

	// Of the peer that the action concerns: who sent its message, or is sent one. Nil for others.
	Peer       protocol.NodeID
	NextIndex  protocol.Index
	MatchIndex protocol.Index
	ReadAcked  protocol.ReadID
}

// afterOf reads a node after an action that concerns a peer, or none.
func afterOf(n *protocol.Node, peer protocol.NodeID) After {
	a := After{
		CurrentTerm: n.CurrentTerm(), VotedFor: n.VotedFor(), Role: n.Role(), LastIndex: n.LastIndex(), LastTerm: n.TermAt(n.LastIndex()), SnapshotIndex: n.SnapshotIndex(),
		CommitIndex: n.CommitIndex(), DurableIndex: n.DurableIndex(), Pending: n.Pending(), VotesGranted: n.VotesGranted(), Peer: peer,
	}
	a.ReadID, a.ReadIndex = n.ReadID()
	if peer != protocol.Nil {
		a.NextIndex, a.MatchIndex, a.ReadAcked = n.NextIndex(peer), n.MatchIndex(peer), n.ReadAcked(peer)
	}
	return a
}

// String is what is known after a record, for people.
func (a After) String() string {
	text := fmt.Sprintf("%v term=%d vote=%d last=%d@%d commit=%d durable=%d pending=%d", a.Role, a.CurrentTerm, a.VotedFor,
		a.LastIndex, a.LastTerm, a.CommitIndex, a.DurableIndex, a.Pending)
	if a.SnapshotIndex != 0 {
		text += fmt.Sprintf(" snapshot=%d", a.SnapshotIndex)
	}
	if a.VotesGranted != 0 {
		text += fmt.Sprintf(" votes=%v", a.VotesGranted)
	}
	if a.ReadID != 0 {
		text += fmt.Sprintf(" read=%d@%d", a.ReadID, a.ReadIndex)
	}
	if a.Peer != protocol.Nil && a.Role == protocol.Leader {
		text += fmt.Sprintf(" %d:next=%d,match=%d,read=%d", a.Peer, a.NextIndex, a.MatchIndex, a.ReadAcked)
	}
	return text
}

// peerOf is whom an action concerns beside its node.
func peerOf(a *raft.Action) protocol.NodeID {
	if a.Message != nil {
		return a.Message.From
	}
	return a.Peer
}
