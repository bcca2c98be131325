// Goal: what was committed and then forgotten by all who knew is still looked at.
// Method: the search starts where a script has led (SeedsRaft's Forgotten), and a node leads
// that lacks the entry. mutants_test.go has the same with a fault of the code.
package explore

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// forgotten is an entry that is committed, on nodes 1 and 2; 1, who alone knew it, has crashed.
var forgotten = []string{
	"Timeout(1)", "HandleRequestVote(2, 1->2", "HandleRequestVoteResponse(1, 2->1", "BecomeLeader(1)",
	"ClientRequest(1, ", "AppendEntries(1, 2, 0, 1)", "HandleAppendEntries(2, 1->2",
	"HandleAppendEntriesResponse(1, 2->1", "AdvanceCommitIndex(1)", "Restart(1)",
}

// forgetful is a model in which that may be followed by another term.
func forgetful(t *testing.T) *Model {
	m := model(t, "commit")
	m.MaxTerm, m.MaxLog, m.Budget[crashes] = 2, 2, 1
	m.Heartbeat, m.Send = "NoHeartbeat", "SendSender"
	return m
}

// after returns the state to which a script leads, each line the beginning of an action.
func (s *Search) after(t *testing.T, script []string) State {
	st := s.initial()
	for _, line := range script {
		var next []State
		require.NoError(t, s.successors(st, func(a *Action, to State) error {
			if strings.HasPrefix(a.String(), line) {
				next = append(next, to)
			}
			return nil
		}))
		require.Len(t, next, 1, line)
		st = next[0]
	}
	return st
}

func TestWhatNobodyKnowsToBeCommittedStays(t *testing.T) {
	s := NewSearch(forgetful(t), NewParts())
	start := s.after(t, forgotten)
	s = NewSearch(s.model, s.parts)
	require.NoError(t, s.from(start))
	require.Nil(t, s.lives.live(start.nodes[0], 1), "how it came to be is not this search's to tell")
	for _, i := range s.Cluster(start) {
		require.Zero(t, i.CommitIndex())
	}
	require.Equal(t, []committed{{protocol.Entry{Term: 1, Value: protocol.Command}, 1}}, s.parts.evers.values[start.ever])
}

func TestALeaderWithoutWhatWasOnceCommittedIsFound(t *testing.T) {
	s := NewSearch(forgetful(t), NewParts())
	start := s.after(t, forgotten)
	s = NewSearch(s.model, s.parts)
	s.sabotage = func(o *outcome) bool { // node 3, who has nothing, leads without votes
		if o.action.Name == "Timeout" && o.action.Node == 3 {
			o.node = s.parts.mustLead(t, o.node)
		}
		return true
	}
	require.ErrorContains(t, s.from(start), "CommittedStays: leader 3 of term 1 lacks entry 1, committed when term 1 was, by Timeout(3)")
}

// What is known to be committed is what was committed first, also of another node.
func TestAnotherCommittedEntryIsFound(t *testing.T) {
	s := searched(t, model(t, "commit"))
	for _, st := range s.states {
		ever := s.parts.evers.values[st.ever]
		if len(ever) == 0 {
			continue
		}
		require.NoError(t, everAgrees(s.Cluster(st), ever))
		other := []committed{{protocol.Entry{Term: 1, Value: protocol.NoOp}, 1}}
		require.ErrorContains(t, everAgrees(s.Cluster(st), other), "knows another entry at 1")
		require.ErrorContains(t, everAgrees(s.Cluster(st), nil), "knows another entry at 1")
		return
	}
	t.Fatal("nothing is ever committed")
}
