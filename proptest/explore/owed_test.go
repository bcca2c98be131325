// Goal: a read sees whatever anybody knew to be committed when it came, and each guard of it is needed.
// Method: the search starts where a script has led (SeedsRaft's Deposed): 1 took a read, which 2 confirms; then 3 led
// and committed another entry, and 1 may read again.
package explore

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

var deposed = []string{
	"Timeout(1)", "HandleRequestVote(2, 1->2", "HandleRequestVoteResponse(1, 2->1", "BecomeLeader(1)",
	"ClientRequest(1, ", "AppendEntries(1, 2, 0, 1)", "HandleAppendEntries(2, 1->2",
	"HandleAppendEntriesResponse(1, 2->1", "AdvanceCommitIndex(1)", "AppendEntries(1, 3, 0, 1)", "HandleAppendEntries(3, 1->3",
	"ReadRequest(1)", "ConfirmTerm(1, 2)", "HandleConfirmTerm(2, 1->2",
	"Timeout(3)", "HandleRequestVote(2, 3->2", "HandleRequestVoteResponse(3, 2->3", "BecomeLeader(3)",
	"ClientRequest(3, ", "AppendEntries(3, 2, 1, 1)", "HandleAppendEntries(2, 3->2", "HandleAppendEntriesResponse(3, 2->3", "AdvanceCommitIndex(3)",
}

// readAgain searches everything that may follow deposed within the bounds of spec/models/from-deposed.cfg.
func readAgain(t *testing.T) (*Search, error) {
	m := model(t, "commit")
	m.Server, m.MaxTerm, m.MaxLog, m.Budget[reads] = protocol.Nodes(1, 2, 3), 2, 2, 2
	m.WriteThrough, m.MaxPending, m.KeepMessages = true, 0, true
	m.Heartbeat, m.Send, m.Campaigns = "NoHeartbeat", "SendLink", "AnyCampaign"
	s := NewSearch(m, NewParts())
	start := s.after(t, deposed)
	m.Campaigns = "NoCampaign"
	s = NewSearch(m, s.parts)
	s.ended = func() error {
		if s.States() > 400000 {
			return errors.New("too large")
		}
		return nil
	}
	return s, s.from(start)
}

func TestAReadThatIsConfirmedSeesWhatWasCommitted(t *testing.T) {
	s, err := readAgain(t)
	require.NoError(t, err)
	seen := map[bool]int{}
	for _, st := range s.states {
		i := s.parts.nodes.values[st.nodes[0]]
		_, index := i.ReadID()
		seen[protocol.Index(st.owed[0]) > index]++
	}
	require.Positive(t, seen[true], "no state in which the first leader knows less than was committed")
	require.Positive(t, s.Steps("ConfirmRead"))
	t.Log(s.States(), "states, depth", s.Depth())
}
