// Goal: no field of a node or a message is left out, or taken for another.
// Method: a node and messages in which no two fields are the same, written out as the specification has them.
package specvalues_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/specvalues"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
)

// encoded is a leader, two of three, as no node comes to be: see TestEveryVariableOfANodeIsWritten.
var encoded = []byte{2, 0b1110,
	11, 1, 6, 3, 0, 2, 3, 2, 1, 4, 1, 2, 1, // term, vote, base and its term, no configuration, two runs: one entry and two; commit
	12, 3, 0, 0, 0, 2, 5, 1, 1, 5, 3, 1, 2, 0, 4, 1, // the disk: a command and a configuration
	1, 13, 0, 2, 7, 2, 4, 8, 0, 0, 1, 2, 2, 3, 14, 1, // a write pending, and a vote on it
	3, 0b1010, 21, 31, 22, 32, 23, 33, 41, 42, 51, 52, 53}

func TestEveryVariableOfANodeIsWritten(t *testing.T) {
	node, rest, err := protocol.LoadState(encoded)
	require.NoError(t, err)
	require.Empty(t, rest)
	require.Equal(t, encoded, node.AppendState(nil))
	want := map[string]string{
		"currentTerm": "11", "votedFor": "1", "commitIndex": "1", "role": `"leader"`, "votesGranted": "{1, 3}",
		"log":           `[base |-> 6, term |-> 3, entries |-> <<[term |-> 3, value |-> "NoOp"], [term |-> 4, value |-> "Command"], [term |-> 4, value |-> "Command"]>>]`,
		"snapshotIndex": "6",
		"disk":          `[term |-> 12, vote |-> 3, log |-> <<[term |-> 5, value |-> "Command"], [term |-> 5, value |-> "Configuration", voters |-> <<{1}>>, learners |-> {2}]>>, snapshot |-> 0, commit |-> 1]`,
		"pending":       `<<[state |-> [term |-> 13, vote |-> 0, log |-> [base |-> 2, term |-> 7, entries |-> <<>>, configuration |-> [voters |-> <<{1}, {2}>>, learners |-> {3}]], snapshot |-> 2, commit |-> 0], out |-> {[type |-> "RequestVoteResponse", from |-> 2, to |-> 3, term |-> 14, granted |-> TRUE]}]>>`,
		"nextIndex":     "<<21, 22, 23>>", "matchIndex": "<<31, 32, 33>>", "readID": "41", "readIndex": "42", "readAcked": "<<51, 52, 53>>",
	}
	got := specvalues.Node(encoded)
	require.Len(t, specvalues.Variables, len(want))
	for k, name := range specvalues.Variables {
		require.Equal(t, value(t, want[name]).String(), got[k].String(), name)
	}
}

func TestEveryFieldOfAMessageIsWritten(t *testing.T) {
	m := protocol.Message{From: 1, To: 2, Term: 3, LastIndex: 4, LastTerm: 5, Transfer: true, Granted: true, Prev: 6, PrevTerm: 7,
		Entries: protocol.EntriesOf(protocol.Entry{Term: 8, Value: protocol.Command}, protocol.Entry{Term: 8, Value: protocol.Command}),
		Commit:  9, Success: true, Match: 10, Hint: 11, HintTerm: 12, Read: 13}
	for kind, rest := range map[protocol.MessageType]string{
		protocol.RequestVote:            "lastIndex |-> 4, lastTerm |-> 5, transfer |-> TRUE",
		protocol.RequestVoteResponse:    "granted |-> TRUE",
		protocol.AppendEntries:          `prev |-> 6, prevTerm |-> 7, entries |-> <<[term |-> 8, value |-> "Command"], [term |-> 8, value |-> "Command"]>>, commit |-> 9`,
		protocol.AppendEntriesResponse:  "success |-> TRUE, match |-> 10, hint |-> 11, hintTerm |-> 12",
		protocol.RequestPreVote:         "lastIndex |-> 4, lastTerm |-> 5",
		protocol.RequestPreVoteResponse: "granted |-> TRUE",
		protocol.TimeoutNow:             "",
		protocol.ConfirmTerm:            "read |-> 13",
		protocol.ConfirmTermResponse:    "read |-> 13",
		protocol.InstallSnapshot:        "lastIndex |-> 4, lastTerm |-> 5",
	} {
		m.Type = kind
		text := `[type |-> "` + kind.String() + `", from |-> 1, to |-> 2, term |-> 3`
		if rest != "" {
			text += ", " + rest
		}
		require.Equal(t, value(t, text+"]").String(), specvalues.Message(&m).String())
	}
}

func value(t *testing.T, text string) ground.Value {
	t.Helper()
	v, err := ground.ParseValue(text)
	require.NoError(t, err)
	return v
}

// What is kept of a whole is what was kept; and what is whole has what nobody keeps.
func TestWhatIsKeptOfAWholeIsWhatWasKept(t *testing.T) {
	history := specvalues.History(func(k int) ground.Value {
		return value(t, fmt.Sprintf(`[term |-> %d, value |-> "NoOp"]`, 100+k))
	})
	kept := specvalues.Node(encoded)
	whole := history.Whole(kept)
	require.Equal(t, 9, whole[2].Len())
	require.Equal(t, `[term |-> 103, value |-> "NoOp"]`, whole[2].At(2).String())
	require.Equal(t, `[term |-> 3, value |-> "Command"]`, whole[2].At(5).String())
	for k, v := range (specvalues.Beginning{}).Kept(whole) {
		require.Equal(t, kept[k].String(), v.String(), specvalues.Variables[k])
	}
	m := protocol.Message{Type: protocol.InstallSnapshot, From: 1, To: 2, Term: 3, LastIndex: 2, LastTerm: 5}
	snapshot := history.WholeMessage(specvalues.Message(&m))
	require.Equal(t, value(t, `<<[term |-> 101, value |-> "NoOp"], [term |-> 5, value |-> "Command"]>>`).String(), snapshot.Field("covers").String())
	require.Equal(t, specvalues.Message(&m).String(), specvalues.Beginning{}.KeptMessages(ground.SetOf(snapshot)).At(0).String())
}

// TestWhatIsSaidIsSaidOfWhateverIsAsked: also by who remembers what was asked before, of entries that go on, are cut off, or are others.
func TestWhatIsSaidIsSaidOfWhateverIsAsked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		beginning := specvalues.Beginning(rapid.SampledFrom([]protocol.Configuration{{}, {Voters: 0b1110}}).Draw(t, "beginning"))
		remembers, entries := specvalues.Sayings{}, ground.Seq()
		for range rapid.IntRange(1, 12).Draw(t, "questions") {
			entries = entries.SubSeq(1, rapid.IntRange(0, entries.Len()).Draw(t, "kept"))
			for range rapid.IntRange(0, 4).Draw(t, "more") {
				e := protocol.Entry{Term: 1, Value: protocol.Command}
				if rapid.Bool().Draw(t, "configuration") {
					e.Value, e.Configuration.Voters = protocol.Configured, protocol.NodeSet(2*rapid.IntRange(1, 7).Draw(t, "voters"))
				}
				entries = entries.Append(specvalues.Entry(e))
			}
			asked := entries.SubSeq(1, rapid.IntRange(0, entries.Len()).Draw(t, "asked"))
			require.True(t, ground.Equal(beginning.SaidBy(asked), remembers.SaidBy(beginning, asked)), asked)
		}
	})
}
