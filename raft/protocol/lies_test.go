package protocol

// Goal: whatever a peer says, no node panics: it handles what a correct node could have said, and nothing else does anything.
// Method: walks of clusters, and after them messages near to what the nodes hold and far from it, wrong in each field, to
// each node.

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Bounds of the search.
const (
	lyingWalks = 1500
	lieSteps   = 120
	liesEach   = 40
)

// liar draws messages.
type liar struct{ *rand.Rand }

func (l liar) index(i *Node) Index {
	near := []Index{0, 1, i.commitIndex, i.commitIndex + 1, i.log.LastIndex(), i.log.LastIndex() + 1, MaxIndex, Index(l.Uint64N(uint64(MaxIndex)))}
	if base := i.log.base; base > 0 {
		near = append(near, base-1, base)
	}
	return near[l.IntN(len(near))]
}

func (l liar) term(i *Node) Term {
	near := []Term{0, 1, i.currentTerm - min(1, i.currentTerm), i.currentTerm, i.currentTerm, i.currentTerm + 1, MaxTerm, Term(l.Uint64N(uint64(MaxTerm)))}
	return near[l.IntN(len(near))]
}

// says returns a message to i. What LoadMessage would not return it does not say.
func (l liar) says(i *Node) Message {
	m := Message{Type: MessageType(l.IntN(int(InstallSnapshot)) + 1), From: NodeID(l.IntN(4) + 1), To: i.id, Term: l.term(i)}
	if l.IntN(20) == 0 {
		m.To = NodeID(l.IntN(4) + 1)
	}
	switch m.Type {
	case RequestVote, RequestPreVote:
		m.LastIndex, m.LastTerm = l.index(i), l.term(i)
	case RequestVoteResponse, RequestPreVoteResponse:
		m.Granted = l.IntN(2) == 0
	case AppendEntries:
		m.Prev, m.PrevTerm, m.Commit = l.index(i), l.term(i), l.index(i)
		if i.log.base <= m.Prev && m.Prev <= i.log.LastIndex() && l.IntN(2) == 0 {
			m.PrevTerm = i.log.TermAt(m.Prev)
		}
		for range l.IntN(4) {
			m.Entries.Add(Run{Term: l.term(i), Value: Value(l.IntN(4)), Count: l.Uint64N(3) + 1})
		}
	case InstallSnapshot:
		m.LastIndex, m.LastTerm = l.index(i), l.term(i)
		if i.log.base <= m.LastIndex && m.LastIndex <= i.log.LastIndex() && l.IntN(2) == 0 {
			m.LastTerm = i.log.TermAt(m.LastIndex)
		}
	case AppendEntriesResponse:
		m.Success, m.Match, m.Hint, m.HintTerm = l.IntN(2) == 0, l.index(i), l.index(i), l.term(i)
	case ConfirmTerm, ConfirmTermResponse:
		m.Read = []ReadID{0, i.readID, i.readID + 1, MaxReadID}[l.IntN(4)]
	}
	decoded, rest, err := LoadMessage(AppendMessage(nil, &m))
	if err != nil || len(rest) > 0 {
		return l.says(i)
	}
	return decoded
}

// told has a node handle a message in every way there is, and returns how it broke, or nil.
func told(i *Node, m *Message) (how *breach, checked error) {
	w := &world{}
	before := i.AppendState(nil)
	w.guarded(func() { checked = i.CheckMessage(m) })
	taken, after := false, before
	w.guarded(func() {
		var out Output
		for _, handle := range []func(*Message, *Output) bool{
			i.HandleRequestVote, i.HandleRequestVoteResponse, i.HandleAppendEntries, i.HandleAppendEntriesResponse, i.StepDown,
			i.HandleInstallSnapshot, i.HandleRequestPreVote, i.HandleTimeoutNow, i.HandleConfirmTerm, i.HandleConfirmTermResponse,
		} {
			taken = handle(m, &out) || taken
		}
		after = i.AppendState(nil)
		w.breach("MatchWithinLog", Cluster{i}.MatchWithinLog())
		for j := i.server.Next(Nil); j != Nil && i.role == Leader && w.broken == nil; j = i.server.Next(j) { // policy sends from here on
			if j != i.id && !i.AppendEntries(j, i.nextIndex[j]-1, 0, &out) && !i.SendSnapshot(j, &out) {
				panic("invariant broken: a leader can send from where it would resume")
			}
		}
		i.AdvanceCommitIndex(&out)
	})
	if w.broken == nil && checked != nil && !taken && string(before) != string(after) {
		w.broken = &breach{"NotEnabledChangesNothing", m.String()}
	}
	return w.broken, checked
}

func tellLies(property string) (refused int, found *breach) {
	l := liar{rand.New(rand.NewPCG(14, 48))}
	for seed := range uint64(lyingWalks) {
		w := seeded(seed, 3)
		w.only = "nothing"
		w.walk(lieSteps)
		for _, n := range w.nodes {
			for range liesEach {
				m := l.says(n)
				how, checked := told(copied(n), &m)
				if checked != nil {
					refused++
				}
				if how != nil && (property == "" || how.property == property) {
					return refused, how
				}
			}
		}
	}
	return refused, nil
}

func TestNoMessagePanicsANode(t *testing.T) {
	refused, found := tellLies("")
	require.Nil(t, found)
	require.Greater(t, refused, lyingWalks, "lies were told")
}

func TestWhatIsImpossibleIsNamed(t *testing.T) {
	append2 := Message{Type: AppendEntries, From: 2, To: 1, Term: 3, Prev: 2, PrevTerm: 1}
	for want, spoil := range map[string]func(*Message, *Node){
		"goes from 1 to 1":       func(m *Message, _ *Node) { m.From = 1 },
		"goes from 2 to 3":       func(m *Message, _ *Node) { m.To = 3 },
		"it is of no term":       func(m *Message, _ *Node) { m.Term = 0 },
		"every entry has a term": func(m *Message, _ *Node) { m.PrevTerm = 0 },
		"terms don't fall along a log": func(m *Message, _ *Node) {
			m.Entries = EntriesOf(Entry{Term: 3, Value: Command}, Entry{Term: 2, Value: Command})
		},
		"nor go above its leader's":                      func(m *Message, _ *Node) { m.Entries = EntriesOf(Entry{Term: 4, Value: Command}) },
		"entries are commands, no-ops or configurations": func(m *Message, _ *Node) { m.Entries = EntriesOf(Entry{Term: 3, Value: 3}) },
		"leader of term 2":                               func(m *Message, _ *Node) { m.Term = 2 },
		"commit index 2": func(m *Message, n *Node) {
			n.commitIndex, m.Prev, m.Entries = 2, 1, EntriesOf(Entry{Term: 3, Value: Command})
		},
		"commit index 1": func(m *Message, n *Node) { n.commitIndex, m.Prev, m.PrevTerm = 1, 1, 2 },
		"a candidate's log ends before": func(m *Message, _ *Node) {
			*m = Message{Type: RequestVote, From: 2, To: 1, Term: 3, LastIndex: 1, LastTerm: 3}
		},
		"an acknowledgement has no hint": func(m *Message, _ *Node) {
			*m = Message{Type: AppendEntriesResponse, From: 2, To: 1, Term: 2, Success: true, Hint: 1}
		},
		"a refusal acknowledges nothing": func(m *Message, _ *Node) {
			*m = Message{Type: AppendEntriesResponse, From: 2, To: 1, Term: 2, Match: 1}
		},
		"last index 2, and is sent": func(m *Message, _ *Node) {
			*m = Message{Type: AppendEntriesResponse, From: 2, To: 1, Term: 2, Success: true, Match: 3}
		},
		"is sent 2->1 ConfirmTerm term": func(m *Message, _ *Node) {
			*m = Message{Type: ConfirmTerm, From: 2, To: 1, Term: 2}
		},
		"is sent 2->1 ConfirmTermResponse": func(m *Message, _ *Node) {
			*m = Message{Type: ConfirmTermResponse, From: 2, To: 1, Term: 2, Read: 1}
		},
	} {
		n, m := leading(), append2
		if want == "commit index 2" || want == "commit index 1" {
			n.role = Follower
			forget(n)
		}
		spoil(&m, n)
		err := n.CheckMessage(&m)
		require.ErrorIs(t, err, ErrImpossible, want)
		require.ErrorContains(t, err, want)
	}
	require.NoError(t, leading().CheckMessage(&append2))
}

// TestTheLimitIsALossOfTheNetwork: what is beyond it is not decoded, and so nothing happens, as by Lose.
func TestTheLimitIsALossOfTheNetwork(t *testing.T) {
	good := []Message{
		{Type: RequestVote, From: 2, To: 1, Term: MaxTerm, LastIndex: MaxIndex, LastTerm: MaxTerm},
		{Type: RequestVoteResponse, From: 2, To: 1, Term: MaxTerm, Granted: true},
		{Type: AppendEntries, From: 2, To: 1, Term: MaxTerm, Prev: MaxIndex - 1, PrevTerm: MaxTerm, Commit: MaxIndex, Entries: EntriesOf(Entry{Term: MaxTerm, Value: Command})},
		{Type: AppendEntriesResponse, From: 2, To: 1, Term: MaxTerm, Match: MaxIndex, Hint: MaxIndex, HintTerm: MaxTerm},
	}
	spoils := []func(*Message){
		func(m *Message) { m.Term++ }, func(m *Message) { m.Term = 1<<64 - 1 },
		func(m *Message) {
			m.LastIndex++
			m.PrevTerm++
			m.Match++
			m.Term += Term(bit(m.Type == RequestVoteResponse))
		},
		func(m *Message) {
			m.LastTerm++
			m.Commit++
			m.Hint++
			m.Term += Term(bit(m.Type == RequestVoteResponse))
		},
		func(m *Message) { m.Prev++; m.HintTerm++; m.Term += Term(bit(m.Type < AppendEntries)) },
		func(m *Message) {
			m.Entries = EntriesOf(Entry{Term: MaxTerm + 1, Value: Command})
			m.Term += Term(bit(m.Type != AppendEntries))
		},
		func(m *Message) {
			m.Entries.Add(Run{Term: MaxTerm, Value: Command, Count: 1})
			m.Term += Term(bit(m.Type != AppendEntries))
		},
	}
	for _, m := range good {
		decoded, _, err := LoadMessage(AppendMessage(nil, &m))
		require.NoError(t, err)
		require.Equal(t, m, decoded)
		for k, spoil := range spoils {
			wrong := m
			spoil(&wrong)
			_, rest, err := LoadMessage(AppendMessage(nil, &wrong))
			require.ErrorIs(t, err, ErrState, "%d of %v", k, m)
			require.NotEmpty(t, rest)
		}
	}
	for _, h := range []HardState{{Term: MaxTerm + 1}, {Term: MaxTerm, Log: LogOf(Entry{Term: MaxTerm + 1, Value: Command})}} {
		_, _, err := LoadState(New(1, Nodes(1), h).AppendState(nil))
		require.ErrorIs(t, err, ErrState)
	}
}

// TestANodeGoesToTheLimitAndNoFurther: it is worth nothing then, and says nothing wrong.
func TestANodeGoesToTheLimitAndNoFurther(t *testing.T) {
	n := New(1, Nodes(1, 2, 3), HardState{Term: MaxTerm - 1})
	require.True(t, n.Timeout(&Output{}))
	require.Equal(t, MaxTerm, n.CurrentTerm())
	require.False(t, n.Timeout(&Output{}))
	require.False(t, n.PreVote(&Output{}), "it names the next term")
	n.role = Follower
	require.False(t, n.HandleTimeoutNow(&Message{Type: TimeoutNow, From: 2, To: 1, Term: MaxTerm}, &Output{}))
	n.role, n.log = Leader, Log{spans: []span{{1, MaxTerm, Command}}, last: MaxIndex}
	require.False(t, n.ClientRequest(Command, &Output{}))
	n.commitIndex, n.readID = n.log.LastIndex(), MaxReadID
	require.False(t, n.ReadRequest(&Output{}))
}
