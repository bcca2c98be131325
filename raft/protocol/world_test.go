// The world that tests drive nodes in: all nodes, the messages in flight, and what must
// hold after every action. It stands in for the specification's network and for TLC.

package protocol

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

type world struct {
	nodes    Cluster
	messages []Message // in flight, in the order in which they were sent
	out      Output    // of the last action
	history  []taken   // the actions that happened
	only     string    // where set, the one property that is looked at
	broken   *breach   // the first one; nothing happens after it

	most Index            // the highest index that anybody ever knew to be committed
	owed map[NodeID]Index // that, when a leader's newest read came
}

// taken is an action that happened.
type taken struct {
	name   string
	i      NodeID
	detail string
	m      Message
}

func (t taken) String() string {
	if t.m.Type != 0 {
		return fmt.Sprintf("%s %d %v", t.name, t.i, t.m)
	}
	return fmt.Sprintf("%s %d%s", t.name, t.i, t.detail)
}

// breach is a property that broke, and how.
type breach struct {
	property string
	how      string
}

// newWorld returns n nodes that start from empty disks.
func newWorld(n int) *world { return worldOf(make([]HardState, n)) }

// worldOf returns a node for each disk.
func worldOf(disks []HardState) *world {
	w := &world{}
	var server NodeSet
	for k := range disks {
		server = server.With(NodeID(k + 1))
	}
	for k := range disks {
		w.nodes = append(w.nodes, New(NodeID(k+1), server, disks[k]))
	}
	return w
}

func (w *world) node(i NodeID) *Node { return w.nodes[i-1] }

// act takes an action at node t.i, where it is enabled, and then checks what must hold.
func (w *world) act(t taken, action func(*Node, *Output) bool) bool {
	if w.broken != nil {
		return false
	}
	before := copied(w.node(t.i))
	w.out = Output{}
	enabled := false
	w.guarded(func() { enabled = action(w.node(t.i), &w.out) })
	if t.m.Type != 0 && w.broken == nil && w.looksAt("OnlyPossible") {
		w.breach("OnlyPossible", Step{Message: &t.m, Before: before}.OnlyPossible())
	}
	if enabled && w.broken == nil {
		w.history = append(w.history, t)
		w.messages = append(w.messages, w.out.Messages...)
		step := Step{Action: t.name, Before: before, After: w.node(t.i)}
		if t.m.Type != 0 {
			step.Message = &t.m
		}
		w.guarded(func() { w.check(step) })
		w.remember(t)
	}
	if !enabled && w.broken == nil {
		w.checkUntouched(before, t)
	}
	return enabled
}

// guarded calls f; a panic is a breach of what was asserted.
func (w *world) guarded(f func()) {
	defer func() {
		if r := recover(); r != nil {
			text := fmt.Sprint(r)
			_, property, asserted := strings.Cut(text, "invariant broken: ")
			if !asserted {
				property = "panic"
			}
			w.broken = &breach{property, text}
		}
	}()
	f()
}

func (w *world) check(step Step) {
	for _, inv := range Invariants() {
		if w.looksAt(inv.Name) {
			w.breach(inv.Name, inv.Holds(w.nodes))
		}
	}
	for _, p := range StepProperties() {
		if w.looksAt(p.Name) {
			w.breach(p.Name, p.Holds(step))
		}
	}
}

// remember is what models know of what happened: ReadSeesCommitted is said of it.
func (w *world) remember(t taken) {
	i := w.node(t.i)
	switch t.name {
	case "ReadRequest":
		if w.owed == nil {
			w.owed = map[NodeID]Index{}
		}
		w.owed[t.i] = w.most
	case "ConfirmRead":
		if i.readIndex < w.owed[t.i] && w.looksAt("ReadSeesCommitted") {
			w.breach("ReadSeesCommitted", fmt.Errorf("node %d reads at %d, and %d was committed when the read came", t.i, i.readIndex, w.owed[t.i]))
		}
	}
	w.most = max(w.most, i.commitIndex)
}

func (w *world) looksAt(property string) bool { return w.only == "" || w.only == property }

func (w *world) breach(property string, err error) {
	if err != nil && w.broken == nil {
		w.broken = &breach{property, err.Error()}
	}
}

// checkUntouched: what is not enabled changes nothing and wants nothing.
func (w *world) checkUntouched(before *Node, t taken) {
	same := bytes.Equal(before.AppendState(nil), w.node(t.i).AppendState(nil))
	if !same || len(w.out.Writes)+len(w.out.Messages) > 0 {
		w.broken = &breach{"NotEnabledChangesNothing", t.String()}
	}
}

// story tells what happened, for a failure's text.
func (w *world) story() string {
	var b strings.Builder
	for _, t := range w.history {
		fmt.Fprintln(&b, t)
	}
	for _, n := range w.nodes {
		fmt.Fprintln(&b, n)
	}
	if w.broken != nil {
		fmt.Fprintf(&b, "broken: %s: %s\n", w.broken.property, w.broken.how)
	}
	return b.String()
}

// copied returns a node in the same state that shares nothing with i.
func copied(i *Node) *Node {
	j, rest, err := LoadState(i.AppendState(nil))
	if err != nil || len(rest) > 0 {
		panic(fmt.Sprintf("a state does not load: %v, %d bytes left", err, len(rest)))
	}
	return j
}

// The actions, by the specification's names.

func (w *world) timeout(i NodeID) bool {
	return w.act(taken{name: "Timeout", i: i}, (*Node).Timeout)
}

func (w *world) becomeLeader(i NodeID) bool {
	return w.act(taken{name: "BecomeLeader", i: i}, (*Node).BecomeLeader)
}

func (w *world) clientRequest(i NodeID, v Value) bool {
	return w.act(taken{name: "ClientRequest", i: i, detail: " " + v.String()},
		func(n *Node, out *Output) bool { return n.ClientRequest(v, out) })
}

func (w *world) appendEntries(i, j NodeID, prev Index, n uint64) bool {
	return w.act(taken{name: "AppendEntries", i: i, detail: fmt.Sprintf(" %d prev=%d n=%d", j, prev, n)},
		func(node *Node, out *Output) bool { return node.AppendEntries(j, prev, n, out) })
}

func (w *world) advanceCommitIndex(i NodeID) bool {
	return w.act(taken{name: "AdvanceCommitIndex", i: i}, (*Node).AdvanceCommitIndex)
}

func (w *world) persist(i NodeID) bool {
	return w.act(taken{name: "Persist", i: i}, (*Node).Persist)
}

func (w *world) restart(i NodeID) bool {
	return w.act(taken{name: "Restart", i: i}, (*Node).Restart)
}

func (w *world) resign(i NodeID) bool {
	return w.act(taken{name: "Resign", i: i}, (*Node).Resign)
}

func (w *world) preVote(i NodeID) bool {
	return w.act(taken{name: "PreVote", i: i}, (*Node).PreVote)
}

func (w *world) transferLeadership(i, j NodeID) bool {
	return w.act(taken{name: "TransferLeadership", i: i, detail: fmt.Sprintf(" %d", j)},
		func(n *Node, out *Output) bool { return n.TransferLeadership(j, out) })
}

func (w *world) compact(i NodeID, k Index) bool {
	return w.act(taken{name: "Compact", i: i, detail: fmt.Sprintf(" %d", k)},
		func(n *Node, out *Output) bool { return n.Compact(k, out) })
}

func (w *world) sendSnapshot(i, j NodeID) bool {
	return w.act(taken{name: "SendSnapshot", i: i, detail: fmt.Sprintf(" %d", j)},
		func(n *Node, out *Output) bool { return n.SendSnapshot(j, out) })
}

func (w *world) changeConfiguration(i NodeID, voters, learners NodeSet) bool {
	return w.act(taken{name: "ChangeConfiguration", i: i, detail: fmt.Sprintf(" %v %v", voters, learners)},
		func(n *Node, out *Output) bool { return n.ChangeConfiguration(voters, learners, out) })
}

func (w *world) leaveJoint(i NodeID) bool {
	return w.act(taken{name: "LeaveJoint", i: i}, (*Node).LeaveJoint)
}

func (w *world) readRequest(i NodeID) bool {
	return w.act(taken{name: "ReadRequest", i: i}, (*Node).ReadRequest)
}

func (w *world) confirmTerm(i, j NodeID) bool {
	return w.act(taken{name: "ConfirmTerm", i: i, detail: fmt.Sprintf(" %d", j)},
		func(n *Node, out *Output) bool { return n.ConfirmTerm(j, out) })
}

func (w *world) confirmRead(i NodeID) bool {
	return w.act(taken{name: "ConfirmRead", i: i}, (*Node).ConfirmRead)
}

// deliver hands m to whom it is for: one action, the handler of its type, or StepDown
// where a response is of a later term. It returns that action's name, "" where none is
// enabled; the message is then dropped.
func (w *world) deliver(m Message) string {
	handlers := []string{m.Type.String()}
	switch m.Type {
	case RequestVoteResponse, AppendEntriesResponse, ConfirmTermResponse:
		handlers = append(handlers, "StepDown")
	case RequestPreVoteResponse: // policy counts those that are granted
		handlers = []string{"StepDown"}
	}
	for _, name := range handlers {
		if name != "StepDown" {
			name = "Handle" + name
		}
		if w.act(taken{name: name, i: m.To, m: m}, handler(name, &m)) {
			return name
		}
	}
	return ""
}

func handler(name string, m *Message) func(*Node, *Output) bool {
	handle := map[string]func(*Node, *Message, *Output) bool{
		"HandleRequestVote":           (*Node).HandleRequestVote,
		"HandleRequestVoteResponse":   (*Node).HandleRequestVoteResponse,
		"HandleAppendEntries":         (*Node).HandleAppendEntries,
		"HandleAppendEntriesResponse": (*Node).HandleAppendEntriesResponse,
		"StepDown":                    (*Node).StepDown,
		"HandleRequestPreVote":        (*Node).HandleRequestPreVote,
		"HandleTimeoutNow":            (*Node).HandleTimeoutNow,
		"HandleInstallSnapshot":       (*Node).HandleInstallSnapshot,
		"HandleConfirmTerm":           (*Node).HandleConfirmTerm,
		"HandleConfirmTermResponse":   (*Node).HandleConfirmTermResponse,
	}[name]
	return func(i *Node, out *Output) bool { return handle(i, m, out) }
}

// take removes message k from those in flight and returns it.
func (w *world) take(k int) Message {
	m := w.messages[k]
	w.messages = slices.Delete(w.messages, k, k+1)
	return m
}
