package trace_test

// Goal: a run in which members change is the specification's, from folders that come to those that are gone, and snapshots carry who decides. Method: walks of the
// mechanism itself, without policy or hosts: whatever is enabled happens, with changes to any voters and learners; every record is validated, and TLC takes the
// same steps.

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/trace"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/tla"
)

// folders are those of the walks, and the numbers that their nodes know: more than there are.
var (
	folders = protocol.Nodes(1, 2, 3, 4)
	numbers = protocol.Nodes(1, 2, 3, 4, 7, 63)
	ofFour  = trace.Members{Servers: folders, First: protocol.Configuration{Voters: protocol.Nodes(1, 2)}}
)

// walk is one of them.
type walk struct {
	*rand.Rand
	nodes    []*protocol.Node
	marks    []raft.Mark
	network  []protocol.Message
	recorder *trace.Recorder
	alter    func(*raft.Action)
}

// take takes an action at a node, if it is enabled, and records it.
func (w *walk) take(n *protocol.Node, a raft.Action, action func(*protocol.Output) bool) bool {
	var out protocol.Output
	pending := n.Pending()
	if !action(&out) {
		return false
	}
	mark := &w.marks[n.ID()-1]
	if a.Name == "Restart" {
		*mark -= raft.Mark(pending)
		a.Mark = *mark
	} else if n.Pending() > pending {
		*mark++
	}
	a.Sent = out.Messages
	w.network = append(w.network, out.Messages...)
	if w.alter != nil {
		w.alter(&a)
	}
	w.recorder.Record(a, n)
	return true
}

func (w *walk) handle(m *protocol.Message) {
	n := w.nodes[m.To-1]
	if n.CheckMessage(m) != nil {
		return
	}
	handlers := map[protocol.MessageType]struct {
		name   string
		action func(*protocol.Message, *protocol.Output) bool
	}{
		protocol.RequestVote:           {"HandleRequestVote", n.HandleRequestVote},
		protocol.RequestVoteResponse:   {"HandleRequestVoteResponse", n.HandleRequestVoteResponse},
		protocol.AppendEntries:         {"HandleAppendEntries", n.HandleAppendEntries},
		protocol.AppendEntriesResponse: {"HandleAppendEntriesResponse", n.HandleAppendEntriesResponse},
		protocol.InstallSnapshot:       {"HandleInstallSnapshot", n.HandleInstallSnapshot},
	}
	h := handlers[m.Type]
	if !w.take(n, raft.Action{Name: h.name, Message: m}, func(out *protocol.Output) bool { return h.action(m, out) }) {
		w.take(n, raft.Action{Name: "StepDown", Message: m}, func(out *protocol.Output) bool { return n.StepDown(m, out) })
	}
}

// happens is one drawn thing.
func (w *walk) happens() {
	n := w.nodes[w.IntN(len(w.nodes))]
	switch k := w.IntN(1000); {
	case k < 500 && len(w.network) > 0:
		at := w.IntN(min(len(w.network), 6))
		m := w.network[at]
		if w.IntN(20) > 0 { // else it comes again
			w.network = append(w.network[:at:at], w.network[at+1:]...)
		}
		w.handle(&m)
	case k < 650:
		w.take(n, raft.Action{Name: "Persist"}, n.Persist)
	case k < 651:
		w.take(n, raft.Action{Name: "Restart"}, n.Restart)
	case k < 653 || n.CurrentTerm() == 0 && k < 700:
		w.take(n, raft.Action{Name: "Timeout"}, n.Timeout)
	case n.Role() == protocol.Candidate:
		w.take(n, raft.Action{Name: "BecomeLeader"}, n.BecomeLeader)
	case k < 670 && n.CommitIndex() > 1:
		upTo := n.CommitIndex() - protocol.Index(w.IntN(2))
		w.take(n, raft.Action{Name: "Compact", Prev: upTo}, func(out *protocol.Output) bool { return n.Compact(upTo, out) })
	case n.Role() == protocol.Leader:
		w.leads(n, k)
	}
}

// leads is one drawn thing that a leader does.
func (w *walk) leads(n *protocol.Node, k int) {
	peer := protocol.NodeID(1 + w.IntN(len(w.nodes)))
	switch {
	case k < 700:
		w.take(n, raft.Action{Name: "ClientRequest", Value: protocol.Command}, func(out *protocol.Output) bool { return n.ClientRequest(protocol.Command, out) })
	case k < 740:
		some := func() (set protocol.NodeSet) { return folders.Intersect(protocol.NodeSet(w.IntN(32))) }
		voters, learners := some(), some()
		w.take(n, raft.Action{Name: "ChangeConfiguration", Voters: voters, Learners: learners},
			func(out *protocol.Output) bool { return n.ChangeConfiguration(voters, learners, out) })
	case k < 780:
		w.take(n, raft.Action{Name: "LeaveJoint"}, n.LeaveJoint)
	case k < 850:
		w.take(n, raft.Action{Name: "AdvanceCommitIndex"}, n.AdvanceCommitIndex)
	case peer == n.ID():
	case n.NextIndex(peer) <= n.SnapshotIndex():
		w.take(n, raft.Action{Name: "SendSnapshot", Peer: peer}, func(out *protocol.Output) bool { return n.SendSnapshot(peer, out) })
	default:
		prev := n.NextIndex(peer) - 1
		count := min(uint64(n.LastIndex()-prev), 3)
		w.take(n, raft.Action{Name: "AppendEntries", Peer: peer, Prev: prev, Count: count},
			func(out *protocol.Output) bool { return n.AppendEntries(peer, prev, count, out) })
	}
}

// walked is a recorded walk; alter, where not nil, is given each action before it is recorded. With panics it ends where something does.
func walked(t require.TestingT, seed int, alter func(*raft.Action), panics bool) (file []byte) {
	var written bytes.Buffer
	w := &walk{Rand: rand.New(rand.NewPCG(uint64(seed), 39)), recorder: trace.NewRecorder(&written, "walk", folders), alter: alter}
	w.recorder.Every(1)
	defer func() {
		if panics {
			_ = recover()
		}
		require.NoError(t, w.recorder.Close())
		file = written.Bytes()
	}()
	for id := folders.Next(protocol.Nil); id != protocol.Nil; id = folders.Next(id) {
		n := protocol.New(id, numbers, protocol.HardState{Log: protocol.LogOf().Under(ofFour.First)})
		w.nodes, w.marks = append(w.nodes, n), append(w.marks, 0)
		w.recorder.Record(raft.Action{Name: "Restart"}, n)
	}
	for range 24000 {
		w.happens()
	}
	return nil
}

func TestChangesAreTheSpecifications(t *testing.T) {
	r := replayer(t)
	module, err := tla.Load(t.Context(), r.Jar, r.SpecDir, "Raft")
	require.NoError(t, err)
	v, err := trace.NewValidator(module, ofFour)
	require.NoError(t, err)
	taken, carried := map[string]int{}, 0
	var sample []trace.Step
	for seed := range 12 {
		run := load(t, walked(t, seed, nil, false))
		require.Equal(t, ofFour, run.Members())
		steps, err := run.Steps()
		require.NoError(t, err)
		_, err = v.Validate(steps)
		require.NoError(t, err, "seed %d", seed)
		left := false
		for k, s := range steps {
			taken[s.Action()]++
			left = left || s.Action() == "LeaveJoint"
			if s.Action() == "HandleInstallSnapshot" && s.Whole.Hard.Log.BaseConfiguration != ofFour.First && s.After.SnapshotIndex > 0 {
				if carried++; sample == nil && left && k < 1500 {
					sample = steps[:k+1]
				}
			}
		}
	}
	t.Log(taken, carried)
	for _, action := range []string{"ChangeConfiguration", "LeaveJoint", "HandleInstallSnapshot", "Restart", "StepDown"} {
		require.GreaterOrEqual(t, taken[action], 30, action)
	}
	require.GreaterOrEqual(t, carried, 10)
	require.NotEmpty(t, sample)
	came, err := r.Replay(t.Context(), ofFour, [][]trace.Step{sample})
	require.NoError(t, err)
	require.Equal(t, []int{len(sample)}, came, "TLC takes them, too")
}

func TestWhatALogBeginsWithIsLookedAt(t *testing.T) {
	r := replayer(t)
	module, err := tla.Load(t.Context(), r.Jar, r.SpecDir, "Raft")
	require.NoError(t, err)
	v, err := trace.NewValidator(module, ofFour)
	require.NoError(t, err)
	run := load(t, walked(t, 1, nil, false))
	run.Records[2].Whole.Hard.Log.BaseConfiguration.Learners = protocol.Nodes(3)
	steps, err := run.Steps()
	require.NoError(t, err)
	took, err := v.Validate(steps)
	require.Equal(t, 2, took)
	require.ErrorIs(t, err, trace.ErrRejected)
	require.ErrorContains(t, err, "what is in force where a log begins")
}
