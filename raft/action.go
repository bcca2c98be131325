package raft

import "github.com/eventstreamcore/semel/raft/protocol"

// Action is one action of the mechanism that was taken: its name, which is that of the
// specification and of the method of protocol.Node, and its parameters.
type Action struct {
	Name    string
	Message *protocol.Message // of a handler and of StepDown, else nil
	Value   protocol.Value    // of ClientRequest
	Peer    protocol.NodeID   // of AppendEntries, and the two below
	Prev    protocol.Index
	Count   uint64
}

// Recorder is called when an action has been taken, with the node as it then is. It may
// read the node, as with AppendState, and must not call its actions; it keeps neither
// the node nor the message.
type Recorder func(a Action, node *protocol.Node)

// Below is each action as policy takes it: try it, and record that it was taken. A nil
// recorder costs a branch.

func (r *Raft) timeout() bool {
	taken := r.node.Timeout(&r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "Timeout"}, r.node)
	}
	return taken
}

func (r *Raft) becomeLeader() bool {
	taken := r.node.BecomeLeader(&r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "BecomeLeader"}, r.node)
	}
	return taken
}

func (r *Raft) handleRequestVote(m *protocol.Message) bool {
	taken := r.node.HandleRequestVote(m, &r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "HandleRequestVote", Message: m}, r.node)
	}
	return taken
}

func (r *Raft) handleRequestVoteResponse(m *protocol.Message) bool {
	taken := r.node.HandleRequestVoteResponse(m, &r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "HandleRequestVoteResponse", Message: m}, r.node)
	}
	return taken
}

func (r *Raft) handleAppendEntries(m *protocol.Message) bool {
	taken := r.node.HandleAppendEntries(m, &r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "HandleAppendEntries", Message: m}, r.node)
	}
	return taken
}

func (r *Raft) handleAppendEntriesResponse(m *protocol.Message) bool {
	taken := r.node.HandleAppendEntriesResponse(m, &r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "HandleAppendEntriesResponse", Message: m}, r.node)
	}
	return taken
}

func (r *Raft) stepDown(m *protocol.Message) bool {
	taken := r.node.StepDown(m, &r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "StepDown", Message: m}, r.node)
	}
	return taken
}

func (r *Raft) clientRequest(v protocol.Value) bool {
	taken := r.node.ClientRequest(v, &r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "ClientRequest", Value: v}, r.node)
	}
	return taken
}

func (r *Raft) appendEntries(j protocol.NodeID, prev protocol.Index, n uint64) bool {
	taken := r.node.AppendEntries(j, prev, n, &r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "AppendEntries", Peer: j, Prev: prev, Count: n}, r.node)
	}
	return taken
}

func (r *Raft) advanceCommitIndex() bool {
	taken := r.node.AdvanceCommitIndex(&r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "AdvanceCommitIndex"}, r.node)
	}
	return taken
}

func (r *Raft) persist() bool {
	taken := r.node.Persist(&r.taken)
	if taken && r.record != nil {
		r.record(Action{Name: "Persist"}, r.node)
	}
	return taken
}
