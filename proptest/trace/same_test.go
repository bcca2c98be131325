package trace

// Goal: what sameLog remembers changes no answer. Method: logs that are drawn to grow, to be cut and to differ, as the specification
// has them (sharing memory) and as they are recorded, compared with a comparison of all entries.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/specvalues"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/ground"
)

func TestWhatIsRememberedOfALogChangesNoAnswer(t *testing.T) {
	same, different := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		v := &Validator{logs: map[protocol.NodeID]agreed{}, said: map[protocol.NodeID]*specvalues.Sayings{}}
		specified := ground.Seq()
		var recorded []protocol.Run // each of one entry
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			kept := rapid.IntRange(max(0, specified.Len()-3), specified.Len()).Draw(t, "kept")
			if rapid.IntRange(0, 2).Draw(t, "cut") > 0 {
				kept = specified.Len()
			}
			specified = specified.SubSeq(1, kept)
			recorded = append([]protocol.Run(nil), recorded[:kept]...)
			for range rapid.IntRange(0, 3).Draw(t, "new") {
				r := protocol.Run{Term: protocol.Term(rapid.IntRange(1, 2).Draw(t, "term")), Value: protocol.Command, Count: 1}
				specified, recorded = specified.Append(specvalues.Entry(protocol.Entry{Term: r.Term, Value: r.Value})), append(recorded, r)
			}
			said := append([]protocol.Run(nil), recorded...)
			if n := len(said); n > 0 && rapid.IntRange(0, 3).Draw(t, "altered") == 0 {
				said[rapid.IntRange(0, n-1).Draw(t, "where")].Term ^= 3
			}
			var entries protocol.Entries
			for _, r := range said {
				entries.Add(r)
			}
			is := ground.Equal(specvalues.Entries(&entries), specified)
			require.Equal(t, is, v.sameLog(1, &Log{Entries: entries}, specified))
			if is {
				same++
			} else {
				different++
			}
		}
	})
	require.Greater(t, same, 100)
	require.Greater(t, different, 100)
}
