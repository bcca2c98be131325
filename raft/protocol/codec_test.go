// Goal: the encoding is the state, no more and no less: a loaded node acts as the
// original does, equal states have equal bytes, and bytes that are no state are refused.
// Method: round trips of every state and message that walks reach; bytes that are wrong
// in one place; fuzzing, where what is accepted must encode to the same bytes.

package protocol

import (
	"bytes"
	"encoding/binary"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestStatesAndMessagesSurviveARoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := walkOf(t, rapid.IntRange(1, 5).Draw(t, "nodes"))
		for range rapid.IntRange(1, 120).Draw(t, "steps") {
			w.step()
			for _, n := range w.nodes {
				b := n.AppendState([]byte("before"))
				loaded, rest, err := LoadState(append(b, "behind"...)[len("before"):])
				require.NoError(t, err)
				require.Equal(t, "behind", string(rest))
				require.Equal(t, b, loaded.AppendState([]byte("before")))
				require.Equal(t, n.pending.len(), loaded.pending.len())
			}
			for _, m := range w.messages {
				b := AppendMessage(nil, &m)
				loaded, rest, err := LoadMessage(append(b, "behind"...))
				require.NoError(t, err)
				require.Equal(t, "behind", string(rest))
				require.True(t, m.equal(&loaded))
			}
		}
	})
}

// TestLoadedNodeActsAsTheOriginal: nothing that matters hides outside the encoding.
func TestLoadedNodeActsAsTheOriginal(t *testing.T) {
	for nodes := 1; nodes <= 5; nodes++ {
		for seed := range uint64(12) {
			one, other := seeded(seed, nodes), seeded(seed, nodes)
			for range 200 {
				for k := range other.nodes {
					other.nodes[k] = copied(other.nodes[k])
				}
				one.step()
				other.step()
				require.Equal(t, said(one.out.Messages), said(other.out.Messages))
				slices.SortFunc(one.messages, inOrder) // what one write held is a set
				slices.SortFunc(other.messages, inOrder)
				require.Len(t, other.out.Writes, len(one.out.Writes))
				for k := range one.out.Writes {
					require.Equal(t, one.out.Writes[k].String(), other.out.Writes[k].String())
				}
				for k := range one.nodes {
					require.Equal(t, one.nodes[k].AppendState(nil), other.nodes[k].AppendState(nil))
				}
			}
		}
	}
}

// said is the set of what messages say.
func said(messages []Message) [][]byte {
	var all [][]byte
	for k := range messages {
		all = append(all, AppendMessage(nil, &messages[k]))
	}
	slices.SortFunc(all, bytes.Compare)
	return all
}

func inOrder(a, b Message) int {
	return bytes.Compare(AppendMessage(nil, &a), AppendMessage(nil, &b))
}

// TestEqualStatesHaveEqualBytes whichever way they were reached, and others do not.
func TestEqualStatesHaveEqualBytes(t *testing.T) {
	server := Nodes(1, 2, 3)
	append12 := Message{Type: AppendEntries, From: 2, To: 1, Term: 1, Entries: EntriesOf(Entry{Term: 1, Value: Command}, Entry{Term: 1, Value: Command})}
	append1, append2, append0 := append12, append12, append12
	append1.Entries = EntriesOf(Entry{Term: 1, Value: Command})
	append2.Prev, append2.PrevTerm, append2.Entries = 1, 1, EntriesOf(Entry{Term: 1, Value: Command})
	append0.Entries = Entries{}
	after := func(messages ...Message) *Node {
		n := New(1, server, HardState{})
		for k := range messages {
			require.True(t, n.HandleAppendEntries(&messages[k], &Output{}))
			require.True(t, n.pending.len() == 0 || n.Persist(&Output{}))
		}
		return n
	}
	require.Equal(t, after(append12).AppendState(nil), after(append1, append2).AppendState(nil))
	require.NotEqual(t, after(append12).AppendState(nil), after(append1).AppendState(nil))

	// The messages that one write holds are a set.
	held := func(messages ...Message) []byte {
		n := New(1, server, HardState{})
		require.True(t, n.HandleAppendEntries(&append12, &Output{}))
		for k := range messages {
			require.True(t, n.HandleAppendEntries(&messages[k], &Output{}))
		}
		return n.AppendState(nil)
	}
	require.Equal(t, held(append0, append1), held(append1, append0, append1))
	require.NotEqual(t, held(append0, append1), held(append1))
}

// TestLoadStateKeepsAnImageThatDiffersInValueOnly, which no protocol reaches, but a
// faulty one does.
func TestLoadStateKeepsAnImageThatDiffersInValueOnly(t *testing.T) {
	n := New(1, Nodes(1), HardState{Term: 1, Log: LogOf(Entry{Term: 1, Value: Command})})
	w := Write{Term: 1, Entries: EntriesOf(Entry{Term: 1, Value: NoOp})}
	n.output(&w, nil, false, &Output{})
	require.Equal(t, n.AppendState(nil), copied(n).AppendState(nil))
}

// state is the encoding of node 1 of {1, 2} in term 1 with one entry and one write
// pending that holds a message.
func state() []byte {
	n := New(1, Nodes(1, 2), HardState{Term: 1, Vote: 2, Log: LogOf(Entry{Term: 1, Value: Command})})
	m := Message{Type: AppendEntries, From: 2, To: 1, Term: 2, Prev: 1, PrevTerm: 1, Entries: EntriesOf(Entry{Term: 2, Value: NoOp})}
	if !n.HandleAppendEntries(&m, &Output{}) {
		panic("the append is handled")
	}
	return n.AppendState(nil)
}

func TestMalformedStatesAreRefused(t *testing.T) {
	for _, c := range []struct {
		name      string
		good, bad []byte // the bad one is wrong in that alone
	}{
		{"nothing", state(), nil},
		{"a node that is no server", hard(1, uints(0, 0, 0, 0, 0)), append([]byte{3}, hard(1, uints(0, 0, 0, 0, 0))[1:]...)},
		{"a node beyond the highest id", hard(1, uints(0, 0, 0, 0, 0)), append([]byte{200}, hard(1, uints(0, 0, 0, 0, 0))[1:]...)},
		{"a server 0", hard(1, uints(0, 0, 0, 0, 0)), replaced(hard(1, uints(0, 0, 0, 0, 0)), 1, 3)},
		{"a vote for no server", hard(1, uints(1, 0, 0, 0, 0)), hard(1, uints(2, 0, 0, 0, 0))},
		{"a vote that would be cut", hard(1, uints(1, 0, 0, 0, 0)), hard(1, uints(257, 0, 0, 0, 0))},
		{"an empty run", hard(1, uints(0, 0, 0, 0, 1, 1, 1, 1)), hard(1, uints(0, 0, 0, 0, 1, 1, 1, 0))},
		{"two runs that are one", hard(1, uints(0, 0, 0, 0, 2, 1, 1, 1, 1, 2, 1)), hard(1, uints(0, 0, 0, 0, 2, 1, 1, 1, 1, 1, 1))},
		{"a value that would be cut", hard(1, uints(0, 0, 0, 0, 1, 1, 255, 1)), hard(1, uints(0, 0, 0, 0, 1, 1, 257, 1))},
		{"counts beyond any log", hard(1, uints(0, 0, 0, 0, 1, 1, 1, 1<<48)), hard(1, uints(0, 0, 0, 0, 1, 1, 1, 1<<48+1))},
		{"counts whose sum is beyond any log", hard(1, uints(0, 0, 0, 0, 2, 1, 1, 1<<47, 2, 1, 1<<46)), hard(1, uints(0, 0, 0, 0, 2, 1, 1, 1<<47, 2, 1, 1<<47+1))},
		{"a base without a term", hard(1, uints(0, 3, 1, 0, 0)), hard(1, uints(0, 3, 0, 0, 0))},
		{"a term without a base", hard(1, uints(0, 3, 1, 0, 0)), hard(1, uints(0, 0, 1, 0, 0))},
		{"a base beyond any log", hard(1, uints(0, 1<<48, 1, 0, 0)), hard(1, uints(0, 1<<48+1, 1, 0, 0))},
		{"entries that go beyond any log from a base on", hard(1, uints(0, 3, 1, 0, 1, 1, 1, 1<<48-3)), hard(1, uints(0, 3, 1, 0, 1, 1, 1, 1<<48-2))},
		{"a configuration of no voters", hard(1, uints(0, 0, 0, 0, 1, 1, 3, 1, 2, 0, 0)), hard(1, uints(0, 0, 0, 0, 1, 1, 3, 1, 0))},
		{"voters who learn", hard(1, uints(0, 0, 0, 0, 1, 1, 3, 1, 2, 0, 4)), hard(1, uints(0, 0, 0, 0, 1, 1, 3, 1, 2, 0, 2))},
		{"a change to the same voters", hard(1, uints(0, 0, 0, 0, 1, 1, 3, 1, 2, 4, 0)), hard(1, uints(0, 0, 0, 0, 1, 1, 3, 1, 2, 2, 0))},
		{"a voter 0", hard(1, uints(0, 0, 0, 0, 1, 1, 3, 1, 2, 0, 0)), hard(1, uints(0, 0, 0, 0, 1, 1, 3, 1, 3, 0, 0))},
		{"two entries of one configuration in a run", hard(1, uints(0, 0, 0, 0, 1, 1, 3, 1, 2, 0, 0)), hard(1, uints(0, 0, 0, 0, 1, 1, 3, 2, 2, 0, 0))},
		{"a base where nobody votes and one learns", hard(1, uints(0, 3, 1, 2, 0, 4, 0)), hard(1, uints(0, 3, 1, 2, 0, 2, 0))},
		{"more runs than bytes", state(), hard(1, uints(0, 0, 0, 0, math.MaxUint64))},
		{"a number in more bytes than it needs", hard(1, []byte{1, 0, 0, 0, 0}), hard(1, []byte{0x81, 0x00, 0, 0, 0, 0})},
		{"a number beyond 64 bits", state(), hard(1, bytes.Repeat([]byte{0xff}, 11))},
		{"no role", roleOf(Follower), roleOf(0)},
		{"a fourth role", roleOf(Leader), roleOf(4)},
		{"a vote of no server", votesOf(1), votesOf(2)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if len(c.good) > 0 {
				_, _, err := LoadState(c.good)
				require.NoError(t, err)
			}
			_, rest, err := LoadState(c.bad)
			require.ErrorIs(t, err, ErrState)
			require.Equal(t, c.bad, rest)
		})
	}
	for end := range len(state()) {
		_, _, err := LoadState(state()[:end])
		require.ErrorIs(t, err, ErrState, "cut at %d", end)
	}
}

// TestMessagesOfAWriteAreSortedAndEachOnce: a set has one encoding.
func TestMessagesOfAWriteAreSortedAndEachOnce(t *testing.T) {
	n := New(1, Nodes(1, 2), HardState{})
	n.Timeout(&Output{})
	a := Message{Type: RequestVote, From: 1, To: 2, Term: 1}
	b := Message{Type: RequestVote, From: 1, To: 2, Term: 2}
	n.pending.at(0).out = []Message{b, a}
	sorted := n.AppendState(nil)
	_, _, err := LoadState(sorted)
	require.NoError(t, err)

	ab := slices.Concat(AppendMessage(nil, &a), AppendMessage(nil, &b))
	require.True(t, bytes.Contains(sorted, ab))
	for _, other := range [][]byte{
		slices.Concat(AppendMessage(nil, &b), AppendMessage(nil, &a)),
		slices.Concat(AppendMessage(nil, &a), AppendMessage(nil, &a)),
	} {
		_, _, err := LoadState(bytes.Replace(sorted, ab, other, 1))
		require.ErrorIs(t, err, ErrState)
	}
}

// uints are numbers as the codec writes them.
func uints(numbers ...uint64) []byte { return appendUints(nil, numbers...) }

// hard is a state of node 1 of {1} whose term is followed by b, which is its vote and its
// log. The rest is as simple as it can be.
func hard(term uint64, b []byte) []byte {
	start := append(uints(1, 2, term), b...)
	commit, disk, pending, volatile := uints(0), uints(0, 0, 0, 0, 0, 0, 0), uints(0), uints(1, 0, 0, 0, 0, 0, 0)
	return slices.Concat(start, commit, disk, pending, volatile)
}

// roleOf is a state of node 1 of {1} in role r.
func roleOf(r Role) []byte {
	n := New(1, Nodes(1), HardState{})
	n.role = r
	return n.AppendState(nil)
}

// votesOf is a state of candidate 1 of {1}, with the vote of id.
func votesOf(id NodeID) []byte {
	n := New(1, Nodes(1), HardState{})
	n.role, n.votesGranted = Candidate, Nodes(id)
	return n.AppendState(nil)
}

// replaced returns b with another byte at k.
func replaced(b []byte, k int, by byte) []byte {
	b[k] = by
	return b
}

func TestMalformedMessagesAreRefused(t *testing.T) {
	vote := []byte{byte(RequestVote), 1, 2, 5, 0, 0, 0}
	_, _, err := LoadMessage(vote)
	require.NoError(t, err)
	for name, b := range map[string][]byte{
		"nothing":                    {},
		"no type":                    {0, 1, 2, 5},
		"a tenth type":               {10, 1, 2, 5},
		"from node 0":                {byte(RequestVote), 0, 2, 5, 0, 0, 0},
		"to node 64":                 {byte(RequestVote), 1, 64, 5, 0, 0, 0},
		"a truth of 2":               {byte(RequestVoteResponse), 1, 2, 5, 2},
		"an index beyond any log":    append([]byte{byte(RequestVote), 1, 2, 5}, uints(1<<63, 0, 0)...),
		"entries beyond any log":     append([]byte{byte(AppendEntries), 1, 2, 5}, uints(1, 1, 0, 1, 1, 1, math.MaxInt64)...),
		"more runs than bytes":       append([]byte{byte(AppendEntries), 1, 2, 5}, uints(0, 0, 0, 1<<40)...),
		"a number in too many bytes": {byte(RequestVoteResponse), 1, 2, 0x85, 0x00, 1},
		"a number that does not end": {byte(RequestVote), 1, 2, 0x80},
	} {
		t.Run(name, func(t *testing.T) {
			_, rest, err := LoadMessage(b)
			require.ErrorIs(t, err, ErrState)
			require.Equal(t, b, rest)
		})
	}
}

// TestAnnouncedCountsReserveNothing: a text that announces much costs little, also where
// as many bytes follow.
func TestAnnouncedCountsReserveNothing(t *testing.T) {
	zeros := make([]byte, 1<<20)
	many := uint64(len(zeros) - 8)
	for name, b := range map[string][]byte{
		"messages of a write": slices.Concat(uints(1, 2), uints(1, 0, 0, 0, 0, 0, 0), uints(0, 0, 0, 0, 0, 0, 0), uints(1, 1, 0, 0, 0, 0, 0, 0, many), zeros),
		"writes":              slices.Concat(uints(1, 2), uints(1, 0, 0, 0, 0, 0, 0), uints(0, 0, 0, 0, 0, 0, 0), uints(many), []byte{200}, zeros),
		"runs":                slices.Concat(uints(1, 2), uints(1, 0, 0, 0, 0, many), zeros),
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, _, err := LoadState(b)
			runtime.ReadMemStats(&after)
			require.ErrorIs(t, err, ErrState)
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<10))
		})
	}
}

func FuzzLoadState(f *testing.F) {
	f.Add(state())
	w := seeded(1, 3)
	for range 150 {
		w.step()
		f.Add(w.node(w.some()).AppendState(nil))
	}
	f.Add(binary.AppendUvarint([]byte{1}, math.MaxUint64))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, rest, err := LoadState(b)
		if err != nil {
			require.ErrorIs(t, err, ErrState)
			return
		}
		require.Equal(t, b[:len(b)-len(rest)], n.AppendState(nil), "another encoding of the same state")
		_ = n.String()
	})
}

func FuzzLoadMessage(f *testing.F) {
	w := seeded(1, 3)
	for range 300 {
		w.step()
		for k := range w.out.Messages {
			f.Add(AppendMessage(nil, &w.out.Messages[k]))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, rest, err := LoadMessage(b)
		if err != nil {
			require.ErrorIs(t, err, ErrState)
			return
		}
		require.Equal(t, b[:len(b)-len(rest)], AppendMessage(nil, &m), "another encoding of the same message")
		_ = m.String()
	})
}
