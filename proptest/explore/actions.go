package explore

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// ErrInvariant is returned, wrapped with the path that led there, where a state breaks an
// invariant, a step breaks an action property, or the code's own assertion fails.
var ErrInvariant = errors.New("invariant broken by raft/protocol")

// ErrImpure is returned where the same step of the same state gave two results.
var ErrImpure = errors.New("the same step has two results")

// Action is one action with its parameters. Those that its name has no use for are zero.
type Action struct {
	Name    string
	Node    protocol.NodeID
	To      protocol.NodeID   // AppendEntries, SendSnapshot, TransferLeadership, ConfirmTerm
	Prev    protocol.Index    // AppendEntries; Compact: up to where
	Count   uint64            // AppendEntries
	Value   protocol.Value    // ClientRequest
	Message *protocol.Message // what is handled or lost

	Voters, Learners protocol.NodeSet // ChangeConfiguration
}

// String writes the action as the specification calls it.
func (a Action) String() string {
	switch {
	case a.Name == "ClientRequest":
		return fmt.Sprintf("ClientRequest(%d, %v)", a.Node, a.Value)
	case a.Name == "AppendEntries":
		return fmt.Sprintf("AppendEntries(%d, %d, %d, %d)", a.Node, a.To, a.Prev, a.Count)
	case a.Name == "Compact":
		return fmt.Sprintf("Compact(%d, %d)", a.Node, a.Prev)
	case a.Name == "ChangeConfiguration":
		return fmt.Sprintf("ChangeConfiguration(%d, %v, %v)", a.Node, a.Voters, a.Learners)
	case a.To != protocol.Nil:
		return fmt.Sprintf("%s(%d, %d)", a.Name, a.Node, a.To)
	case a.Name == "Lose":
		return fmt.Sprintf("Lose(%v)", *a.Message)
	case a.Message != nil:
		return fmt.Sprintf("%s(%d, %v)", a.Name, a.Node, *a.Message)
	}
	return fmt.Sprintf("%s(%d)", a.Name, a.Node)
}

// actionNames are the actions of the specification; Lose is the world's.
var actionNames = []string{
	"Timeout", "BecomeLeader", "ClientRequest", "AppendEntries", "AdvanceCommitIndex",
	"HandleRequestVote", "HandleRequestVoteResponse", "HandleAppendEntries",
	"HandleAppendEntriesResponse", "StepDown", "Persist", "Restart", "Lose",
	"Resign", "PreVote", "HandleRequestPreVote", "TransferLeadership", "HandleTimeoutNow",
	"ReadRequest", "ConfirmTerm", "HandleConfirmTerm", "HandleConfirmTermResponse", "ConfirmRead",
	"Compact", "SendSnapshot", "HandleInstallSnapshot",
	"ChangeConfiguration", "LeaveJoint",
}

// handlers are the actions that take a message.
var handlers = []string{
	"HandleRequestVote", "HandleRequestVoteResponse", "HandleAppendEntries",
	"HandleAppendEntriesResponse", "StepDown", "HandleRequestPreVote", "HandleTimeoutNow",
	"HandleConfirmTerm", "HandleConfirmTermResponse", "HandleInstallSnapshot",
}

// on runs the action on node i, which is the code that ships.
func (a *Action) on(i *protocol.Node, out *protocol.Output) bool {
	switch a.Name {
	case "Timeout":
		return i.Timeout(out)
	case "BecomeLeader":
		return i.BecomeLeader(out)
	case "ClientRequest":
		return i.ClientRequest(a.Value, out)
	case "AppendEntries":
		return i.AppendEntries(a.To, a.Prev, a.Count, out)
	case "AdvanceCommitIndex":
		return i.AdvanceCommitIndex(out)
	case "Persist":
		return i.Persist(out)
	case "Restart":
		return i.Restart(out)
	case "Resign":
		return i.Resign(out)
	case "PreVote":
		return i.PreVote(out)
	case "TransferLeadership":
		return i.TransferLeadership(a.To, out)
	case "Compact":
		return i.Compact(a.Prev, out)
	case "SendSnapshot":
		return i.SendSnapshot(a.To, out)
	case "ChangeConfiguration":
		return i.ChangeConfiguration(a.Voters, a.Learners, out)
	case "LeaveJoint":
		return i.LeaveJoint(out)
	case "ReadRequest":
		return i.ReadRequest(out)
	case "ConfirmTerm":
		return i.ConfirmTerm(a.To, out)
	case "ConfirmRead":
		return i.ConfirmRead(out)
	}
	return a.handle(i, out)
}

func (a *Action) handle(i *protocol.Node, out *protocol.Output) bool {
	m := *a.Message
	switch a.Name {
	case "HandleRequestVote":
		return i.HandleRequestVote(&m, out)
	case "HandleRequestVoteResponse":
		return i.HandleRequestVoteResponse(&m, out)
	case "HandleAppendEntries":
		return i.HandleAppendEntries(&m, out)
	case "HandleAppendEntriesResponse":
		return i.HandleAppendEntriesResponse(&m, out)
	case "StepDown":
		return i.StepDown(&m, out)
	case "HandleRequestPreVote":
		return i.HandleRequestPreVote(&m, out)
	case "HandleTimeoutNow":
		return i.HandleTimeoutNow(&m, out)
	case "HandleInstallSnapshot":
		return i.HandleInstallSnapshot(&m, out)
	case "HandleConfirmTerm":
		return i.HandleConfirmTerm(&m, out)
	case "HandleConfirmTermResponse":
		return i.HandleConfirmTermResponse(&m, out)
	}
	panic("explore: no action " + a.Name)
}

// outcome is what an enabled action makes of its node, and what it sends.
type outcome struct {
	action *Action
	node   nodeNumber
	sent   setNumber
}

// step runs the action on a copy of node n; enabled is false where its guard is.
func (p *Parts) step(n nodeNumber, a *Action, writeThrough bool) (o outcome, enabled bool, err error) {
	i := p.copyOf(n)
	out, enabled, unlike, err := a.Perform(i, writeThrough)
	if err != nil {
		return o, true, fmt.Errorf("%w: %w by %v", ErrInvariant, err, a)
	}
	if unlike != nil && !p.deaf {
		return o, true, unlike
	}
	if err = (protocol.Step{Message: a.Message, Before: p.nodes.values[n]}).OnlyPossible(); err != nil {
		return o, true, fmt.Errorf("%w: OnlyPossible: %w: %v", ErrInvariant, err, a)
	}
	o.action = a
	if o.node, err = p.node(i.AppendState(nil)); err != nil {
		return o, true, err
	}
	if !enabled {
		if o.node != n || len(out.Messages) > 0 || len(out.Writes) > 0 {
			err = fmt.Errorf("%w: %v returned false and changed something", ErrImpure, a)
		}
		return o, false, err
	}
	if o.sent, err = p.messagesOf(out.Messages); err != nil {
		return o, true, err
	}
	step := protocol.Step{Action: a.Name, Message: a.Message, Before: p.nodes.values[n], After: i}
	if err = step.Check(); err != nil {
		err = fmt.Errorf("%w: %w: %v", ErrInvariant, err, a)
	}
	return o, true, err
}

// Perform runs the action on node i; where the disk is instant it acknowledges every write in
// the same step. An assertion of the code that fails is an error; unlike says where what the
// action told its host is not what it did.
func (a *Action) Perform(i *protocol.Node, writeThrough bool) (out protocol.Output, enabled bool, unlike, err error) {
	defer func() {
		if failed := recover(); failed != nil {
			err = fmt.Errorf("assertion: %v", failed)
		}
	}()
	from := imagesOf(i)
	told := alreadyTold()
	enabled = a.on(i, &told)
	out, unlike = toldSince(told)
	if enabled && unlike == nil {
		unlike = sameAsStep(a, from, imagesOf(i), &out)
	}
	for enabled && writeThrough && i.Pending() > 0 {
		i.Persist(&out)
	}
	return out, enabled, unlike, nil
}
