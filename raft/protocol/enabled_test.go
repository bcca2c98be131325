// Goal: an action that is not enabled changes nothing and wants nothing.
// Method: each condition of each guard is missed alone, the rest being as it should.

package protocol

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestActionsThatAreNotEnabledChangeNothing(t *testing.T) {
	follower := func() *Node { return sound()[1] }
	deposed := func() *Node { // what it knew of the others' logs stands where it stood
		n := follower()
		n.matchIndex[3] = n.log.LastIndex()
		return n
	}
	candidate := func() *Node {
		n := follower()
		n.Timeout(&Output{})
		n.Persist(&Output{})
		return n
	}
	for _, c := range []struct {
		name   string
		node   *Node
		action func(*Node, *Output) bool
	}{
		{"a leader campaigns", leading(), (*Node).Timeout},
		{"a follower becomes leader", follower(), (*Node).BecomeLeader},
		{"a candidate without a quorum becomes leader", candidate(), (*Node).BecomeLeader},
		{"a follower takes a request", follower(), func(n *Node, out *Output) bool { return n.ClientRequest(Command, out) }},
		{"a candidate takes a request", candidate(), func(n *Node, out *Output) bool { return n.ClientRequest(Command, out) }},
		{"a follower sends entries", follower(), func(n *Node, out *Output) bool { return n.AppendEntries(3, 2, 0, out) }},
		{"a leader sends itself entries", leading(), func(n *Node, out *Output) bool { return n.AppendEntries(1, 2, 0, out) }},
		{"a leader sends a stranger entries", leading(), func(n *Node, out *Output) bool { return n.AppendEntries(9, 2, 0, out) }},
		{"a follower counts", follower(), (*Node).AdvanceCommitIndex},
		{"a leader counts what only it has", leading(), (*Node).AdvanceCommitIndex},
		{"a leader counts a vote", leading(), func(n *Node, out *Output) bool {
			return n.HandleRequestVoteResponse(&Message{Type: RequestVoteResponse, From: 2, To: 1, Term: 2, Granted: true}, out)
		}},
		{"nothing is pending", leading(), (*Node).Persist},
		{"a follower resigns", follower(), (*Node).Resign},
		{"a candidate resigns", candidate(), (*Node).Resign},
		{"a leader asks for pre-votes", leading(), (*Node).PreVote},
		{"a follower hands over", deposed(), func(n *Node, out *Output) bool { return n.TransferLeadership(3, out) }},
		{"a leader hands over to itself", leading(), func(n *Node, out *Output) bool { return n.TransferLeadership(1, out) }},
		{"a leader hands over to a stranger", leading(), func(n *Node, out *Output) bool { return n.TransferLeadership(9, out) }},
		{"a leader hands over to one who lacks entries", leading(), func(n *Node, out *Output) bool { return n.TransferLeadership(2, out) }},
		{"a node forgets what it has forgotten", compacted(), func(n *Node, out *Output) bool { return n.Compact(1, out) }},
		{"a node forgets what is not committed", compacted(), func(n *Node, out *Output) bool { return n.Compact(3, out) }},
		{"a candidate forgets", candidating(), func(n *Node, out *Output) bool { return n.Compact(2, out) }},
		{"a follower sends a snapshot", compacted(), func(n *Node, out *Output) bool { return n.SendSnapshot(2, out) }},
		{"a leader without one sends a snapshot", leading(), func(n *Node, out *Output) bool { return n.SendSnapshot(2, out) }},
		{"a follower reads", follower(), (*Node).ReadRequest},
		{"a leader reads before an entry of its own is committed", leading(), (*Node).ReadRequest},
		{"a leader of the same term has it confirmed", leading(), func(n *Node, out *Output) bool {
			return n.HandleConfirmTerm(&Message{Type: ConfirmTerm, From: 2, To: 1, Term: 2}, out)
		}},
		{"a leader is confirmed what it has not asked", leading(), func(n *Node, out *Output) bool {
			return n.HandleConfirmTermResponse(&Message{Type: ConfirmTermResponse, From: 2, To: 1, Term: 2, Read: 1}, out)
		}},
		{"a follower has its term confirmed", follower(), func(n *Node, out *Output) bool { return n.ConfirmTerm(3, out) }},
		{"a leader asks itself", leading(), func(n *Node, out *Output) bool { return n.ConfirmTerm(1, out) }},
		{"a leader asks a stranger", leading(), func(n *Node, out *Output) bool { return n.ConfirmTerm(9, out) }},
		{"nothing was to be read", leading(), (*Node).ConfirmRead},
		{"a candidate is told to campaign", candidate(), func(n *Node, out *Output) bool {
			return n.HandleTimeoutNow(&Message{Type: TimeoutNow, From: 2, To: 1, Term: n.currentTerm}, out)
		}},
		{"a leader of another term tells to campaign", follower(), func(n *Node, out *Output) bool {
			return n.HandleTimeoutNow(&Message{Type: TimeoutNow, From: 2, To: 1, Term: n.currentTerm + 1}, out)
		}},
	} {
		t.Run(c.name, func(t *testing.T) { requireNotEnabled(t, c.node, c.action) })
	}
}

// compacted is node 1 of three in term 2, with two of three entries committed, and a snapshot of the first.
func compacted() *Node {
	n := New(1, Nodes(1, 2, 3), HardState{Term: 2, Log: LogOf(Entry{Term: 1, Value: NoOp}, Entry{Term: 1, Value: Command}, Entry{Term: 2, Value: NoOp}), Commit: 2})
	n.Compact(1, &Output{})
	n.Persist(&Output{})
	return n
}

// candidating is that node as it asks for votes.
func candidating() *Node {
	n := compacted()
	n.Timeout(&Output{})
	return n
}

// TestMessagesThatReachNobodyAreDropped: of another type, for another node, from the node
// itself or a stranger.
func TestMessagesThatReachNobodyAreDropped(t *testing.T) {
	good := map[string]Message{
		"HandleRequestVote":           {Type: RequestVote, From: 2, To: 1, Term: 3},
		"HandleRequestVoteResponse":   {Type: RequestVoteResponse, From: 2, To: 1, Term: 3, Granted: true},
		"HandleAppendEntries":         {Type: AppendEntries, From: 2, To: 1, Term: 3},
		"HandleAppendEntriesResponse": {Type: AppendEntriesResponse, From: 2, To: 1, Term: 2, Success: true},
		"StepDown":                    {Type: AppendEntriesResponse, From: 2, To: 1, Term: 4},
		"HandleRequestPreVote":        {Type: RequestPreVote, From: 2, To: 1, Term: 3},
		"HandleTimeoutNow":            {Type: TimeoutNow, From: 2, To: 1, Term: 2},
		"HandleInstallSnapshot":       {Type: InstallSnapshot, From: 2, To: 1, Term: 3, LastIndex: 9, LastTerm: 2},
		"HandleConfirmTerm":           {Type: ConfirmTerm, From: 2, To: 1, Term: 3},
		"HandleConfirmTermResponse":   {Type: ConfirmTermResponse, From: 2, To: 1, Term: 2},
	}
	for name, m := range good {
		node := func() *Node {
			n := leading()
			if name == "HandleRequestVoteResponse" {
				n = New(1, Nodes(1, 2, 3), HardState{Term: 2})
				n.Timeout(&Output{})
			}
			if name == "HandleTimeoutNow" {
				n = New(1, Nodes(1, 2, 3), HardState{Term: 2})
			}
			return n
		}
		require.True(t, handler(name, &m)(node(), &Output{}), name)
		for what, alter := range map[string]func(*Message){
			"another type":    func(m *Message) { m.Type = m.Type%ConfirmTermResponse + 1 },
			"no type":         func(m *Message) { m.Type = 0 },
			"another node":    func(m *Message) { m.To = 3 },
			"nobody":          func(m *Message) { m.To = Nil },
			"from itself":     func(m *Message) { m.From = 1 },
			"from a stranger": func(m *Message) { m.From = 9 },
			"from nobody":     func(m *Message) { m.From = Nil },
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				bad := m
				alter(&bad)
				if name == "StepDown" && what == "another type" {
					bad.Type = AppendEntries
				}
				requireNotEnabled(t, node(), handler(name, &bad))
			})
		}
	}
}

// TestResponsesOfAnotherTermAreDropped: earlier ones mean nothing, later ones are
// StepDown's.
func TestResponsesOfAnotherTermAreDropped(t *testing.T) {
	for _, term := range []Term{1, 3} {
		m := Message{Type: AppendEntriesResponse, From: 2, To: 1, Term: term, Success: true, Match: 2}
		requireNotEnabled(t, leading(), handler("HandleAppendEntriesResponse", &m))
	}
	for _, m := range []Message{
		{Type: AppendEntriesResponse, From: 2, To: 1, Term: 2},
		{Type: RequestVoteResponse, From: 2, To: 1, Term: 1},
		{Type: RequestPreVoteResponse, From: 2, To: 1, Term: 2},
		{Type: ConfirmTermResponse, From: 2, To: 1, Term: 2},
		{Type: RequestPreVoteResponse, From: 2, To: 1, Term: 3, Granted: true},
	} {
		requireNotEnabled(t, leading(), handler("StepDown", &m))
		requireNotEnabled(t, leading(), handler("HandleRequestVoteResponse", &m))
	}
}

func requireNotEnabled(t *testing.T, n *Node, action func(*Node, *Output) bool) {
	t.Helper()
	before := n.AppendState(nil)
	var out Output
	require.False(t, action(n, &out))
	require.Empty(t, out)
	require.Equal(t, before, n.AppendState(nil))
}

// TestAccessorsTellTheState that the encoding and the text tell, too.
func TestAccessorsTellTheState(t *testing.T) {
	n := leading()
	n.ClientRequest(NoOp, &Output{})
	n.matchIndex[2], n.nextIndex[2] = 1, 2
	require.Equal(t, NodeID(1), n.ID())
	require.Equal(t, Nodes(1, 2, 3), n.Server())
	require.Equal(t, Term(2), n.CurrentTerm())
	require.Equal(t, NodeID(1), n.VotedFor())
	require.Equal(t, Leader, n.Role())
	require.Equal(t, Index(3), n.LastIndex())
	require.Equal(t, Index(2), n.DurableIndex())
	require.Equal(t, 1, n.Pending())
	require.Equal(t, Entry{Term: 2, Value: NoOp}, n.At(3))
	require.Equal(t, Term(1), n.TermAt(1))
	require.Equal(t, []Index{2, 1}, []Index{n.NextIndex(2), n.MatchIndex(2)})
}

// TestTextOfWhatIsUnknown: a reader of a trace sees the number.
func TestTextOfWhatIsUnknown(t *testing.T) {
	require.Equal(t, "Value(9)", Value(9).String())
	require.Equal(t, "MessageType(11)", MessageType(11).String())
	require.Equal(t, "1->2 MessageType(11) term=3", Message{Type: 11, From: 1, To: 2, Term: 3}.String())
	require.Equal(t, "[1x5 2*]", EntriesOf(Entry{Term: 1, Value: Command}, Entry{Term: 1, Value: Command}, Entry{Term: 1, Value: Command},
		Entry{Term: 1, Value: Command}, Entry{Term: 1, Value: Command}, Entry{Term: 2, Value: NoOp}).String())
}
