package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Action is one action of the mechanism that was taken: its name, which is that of the
// specification and of the method of protocol.Node, and its parameters. Restart is what New is.
type Action struct {
	Name    string
	Message *protocol.Message // of a handler and of StepDown, else nil
	Value   protocol.Value    // of ClientRequest
	Peer    protocol.NodeID   // of TransferLeadership, ConfirmTerm and SendSnapshot, and of AppendEntries with the two below
	Prev    protocol.Index    // of AppendEntries; of Compact: up to where
	Count   uint64
	Mark    Mark // of Restart: of the last write that was found

	Voters, Learners protocol.NodeSet // of ChangeConfiguration

	// Sent is what the action let leave: at once, and of Persist what waited for the disk.
	Sent []protocol.Message
}

// Recorder is called when an action has been taken, with the node as it then is, before anything
// that the action put out has left. It may read the node, as with AppendState, and must not call
// its actions; it keeps neither the node nor a message.
type Recorder func(a Action, node *protocol.Node)

// Below is each action as policy takes it: it is tried, and recorded if it was taken.

func (r *Raft) timeout() bool { return r.node.Timeout(&r.taken) && r.took(Action{Name: "Timeout"}) }

func (r *Raft) becomeLeader() bool {
	return r.node.BecomeLeader(&r.taken) && r.took(Action{Name: "BecomeLeader"})
}

func (r *Raft) handleRequestVote(m *protocol.Message) bool {
	return r.node.HandleRequestVote(m, &r.taken) && r.took(Action{Name: "HandleRequestVote", Message: m})
}

func (r *Raft) handleRequestVoteResponse(m *protocol.Message) bool {
	return r.node.HandleRequestVoteResponse(m, &r.taken) && r.took(Action{Name: "HandleRequestVoteResponse", Message: m})
}

func (r *Raft) handleAppendEntries(m *protocol.Message) bool {
	return r.node.HandleAppendEntries(m, &r.taken) && r.took(Action{Name: "HandleAppendEntries", Message: m})
}

func (r *Raft) handleAppendEntriesResponse(m *protocol.Message) bool {
	return r.node.HandleAppendEntriesResponse(m, &r.taken) && r.took(Action{Name: "HandleAppendEntriesResponse", Message: m})
}

func (r *Raft) stepDown(m *protocol.Message) bool {
	return r.node.StepDown(m, &r.taken) && r.took(Action{Name: "StepDown", Message: m})
}

func (r *Raft) clientRequest(v protocol.Value) bool {
	return r.node.ClientRequest(v, &r.taken) && r.took(Action{Name: "ClientRequest", Value: v})
}

func (r *Raft) appendEntries(j protocol.NodeID, prev protocol.Index, n uint64) bool {
	return r.node.AppendEntries(j, prev, n, &r.taken) && r.took(Action{Name: "AppendEntries", Peer: j, Prev: prev, Count: n})
}

func (r *Raft) advanceCommitIndex() bool {
	return r.node.AdvanceCommitIndex(&r.taken) && r.took(Action{Name: "AdvanceCommitIndex"})
}

func (r *Raft) resign() bool { return r.node.Resign(&r.taken) && r.took(Action{Name: "Resign"}) }

func (r *Raft) preVote() bool { return r.node.PreVote(&r.taken) && r.took(Action{Name: "PreVote"}) }

func (r *Raft) handleRequestPreVote(m *protocol.Message) bool {
	return r.node.HandleRequestPreVote(m, &r.taken) && r.took(Action{Name: "HandleRequestPreVote", Message: m})
}

func (r *Raft) transferLeadership(j protocol.NodeID) bool {
	return r.node.TransferLeadership(j, &r.taken) && r.took(Action{Name: "TransferLeadership", Peer: j})
}

func (r *Raft) handleTimeoutNow(m *protocol.Message) bool {
	return r.node.HandleTimeoutNow(m, &r.taken) && r.took(Action{Name: "HandleTimeoutNow", Message: m})
}

func (r *Raft) sendSnapshot(j protocol.NodeID) bool {
	return r.node.SendSnapshot(j, &r.taken) && r.took(Action{Name: "SendSnapshot", Peer: j})
}

func (r *Raft) compact(k protocol.Index) bool {
	return r.node.Compact(k, &r.taken) && r.took(Action{Name: "Compact", Prev: k})
}

func (r *Raft) handleInstallSnapshot(m *protocol.Message) bool {
	return r.node.HandleInstallSnapshot(m, &r.taken) && r.took(Action{Name: "HandleInstallSnapshot", Message: m})
}

func (r *Raft) readRequest() bool {
	return r.node.ReadRequest(&r.taken) && r.took(Action{Name: "ReadRequest"})
}

func (r *Raft) confirmTerm(j protocol.NodeID) bool {
	return r.node.ConfirmTerm(j, &r.taken) && r.took(Action{Name: "ConfirmTerm", Peer: j})
}

func (r *Raft) handleConfirmTerm(m *protocol.Message) bool {
	return r.node.HandleConfirmTerm(m, &r.taken) && r.took(Action{Name: "HandleConfirmTerm", Message: m})
}

func (r *Raft) handleConfirmTermResponse(m *protocol.Message) bool {
	return r.node.HandleConfirmTermResponse(m, &r.taken) && r.took(Action{Name: "HandleConfirmTermResponse", Message: m})
}

func (r *Raft) confirmRead() bool {
	return r.node.ConfirmRead(&r.taken) && r.took(Action{Name: "ConfirmRead"})
}

func (r *Raft) changeConfiguration(voters, learners protocol.NodeSet) bool {
	return r.node.ChangeConfiguration(voters, learners, &r.taken) && r.took(Action{Name: "ChangeConfiguration", Voters: voters, Learners: learners})
}

func (r *Raft) leaveJoint() bool {
	return r.node.LeaveJoint(&r.taken) && r.took(Action{Name: "LeaveJoint"})
}

func (r *Raft) persist() bool { return r.node.Persist(&r.taken) && r.took(Action{Name: "Persist"}) }

// took records an action that was taken; without a recorder that costs a branch. It returns true.
func (r *Raft) took(a Action) bool {
	leaves(r, a.Name)
	return r.record == nil || r.tell(&a)
}

func (r *Raft) tell(a *Action) bool {
	a.Sent = r.taken.Messages[r.told:]
	r.told = len(r.taken.Messages)
	r.record(*a, r.node)
	return true
}
