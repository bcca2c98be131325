// Goal: where code and specification differ, the report names the state, the way to it
// and the action; and a fault of the code's own is told with the way to it.
// Method: the search of the good code stands for the specification, a search with one
// altered step for the code.
package explore

import (
	"context"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// asSpec lets a search speak as the specification.
type asSpec struct{ *Search }

func (a asSpec) reached() *Reached {
	r := &Reached{states: a.states, seen: map[State]bool{}, steps: a.steps, Depth: a.depth}
	for _, st := range a.states {
		r.seen[st] = true
	}
	return r
}

func (a asSpec) PathTo(_ context.Context, _ *Model, _ *Parts, states []State) ([]Visit, error) {
	nearest := len(a.states)
	for _, st := range states {
		nearest = min(nearest, a.seen[st])
	}
	path := []Visit{{"", a.states[0]}}
	for _, action := range a.Path(nearest) {
		err := a.successors(path[len(path)-1].State, func(b *Action, next State) error {
			if b.String() == action.String() {
				path = append(path, Visit{b.Name, next})
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return path, nil
}

func (a asSpec) Successors(_ context.Context, _ *Model, _ *Parts, st State) ([]State, error) {
	steps, err := (&Comparison{Code: a.Search}).codeSteps(st)
	return statesOf(steps), err
}

// sabotaged returns a comparison of the good search with one in which alter changed steps.
func sabotaged(t *testing.T, name string, alter func(o *outcome) bool) (*Comparison, Guide) {
	m, parts := model(t, name), NewParts()
	spec := NewSearch(m, parts)
	require.NoError(t, spec.Run())
	code := NewSearch(m, parts)
	code.sabotage = alter
	require.NoError(t, code.Run())
	return Compare(code, asSpec{spec}.reached()), asSpec{spec}
}

func TestTheSameIsEqual(t *testing.T) {
	c, guide := sabotaged(t, "commit", nil)
	require.True(t, c.Equal())
	report, partings, err := c.Explain(t.Context(), guide)
	require.NoError(t, err)
	require.Empty(t, partings)
	require.Equal(t, "commit: 0 states only in Go, 0 only in TLC\n", report)
}

// silent makes node 3 never answer a vote request.
func silent(o *outcome) bool {
	if o.action.Name == "HandleRequestVote" && o.action.Node == 3 {
		o.sent = 0
	}
	return true
}

func TestAMessageNotSentIsTheActionWhereTheyPart(t *testing.T) {
	c, guide := sabotaged(t, "commit", silent)
	require.False(t, c.SameStates())
	report, partings, err := c.Explain(t.Context(), guide)
	require.NoError(t, err)
	require.Len(t, partings, 2)
	for _, p := range partings {
		require.Equal(t, "HandleRequestVote", p.Action)
		require.NotNil(t, p.Code)
		require.NotNil(t, p.Spec)
	}
	require.Contains(t, report, "The first state that TLC lacks, at depth 3:")
	require.Contains(t, report, "The first state that Go lacks, at depth 3:")
	require.Contains(t, report, "   1  Timeout(1)\n   2  HandleRequestVote(3, 1->3 RequestVote term=1 last=0@0)\nThey part at HandleRequestVote(3, 1->3 RequestVote term=1 last=0@0).\n")
	require.Contains(t, report, "    TLC     in flight 3->1 RequestVoteResponse term=1 granted=true\n")
}

func TestAStepThatIsNotTakenIsOnlyTheSpecifications(t *testing.T) {
	c, guide := sabotaged(t, "commit", func(o *outcome) bool { return o.action.Name != "AdvanceCommitIndex" })
	require.Empty(t, c.CodeOnly)
	report, partings, err := c.Explain(t.Context(), guide)
	require.NoError(t, err)
	require.Len(t, partings, 1)
	require.Equal(t, "AdvanceCommitIndex", partings[0].Action)
	require.Nil(t, partings[0].Code)
	require.Contains(t, report, "They part at AdvanceCommitIndex.\nGo does not take it as TLC does, who makes of the state before:\n"+
		"    was     1 leader term=1 vote=1 log=[1] commit=0")
}

// A loop that one side lacks leaves the states alone; only the count of steps tells.
func TestAStepTooManyIsNoticedWithoutAStateTooMany(t *testing.T) {
	c, guide := sabotaged(t, "commit", nil)
	c.Spec.steps = maps.Clone(c.Spec.steps)
	c.Spec.steps["Timeout"]--
	require.True(t, c.SameStates())
	require.False(t, c.Equal())
	report, _, err := c.Explain(t.Context(), guide)
	require.NoError(t, err)
	require.Contains(t, report, "Timeout is taken 150 times by Go, 149 times by TLC\n")
	require.Contains(t, c.Table(), "differs")
}

func TestABrokenInvariantIsToldWithTheWayToIt(t *testing.T) {
	m := model(t, "commit")
	s := NewSearch(m, NewParts())
	s.sabotage = func(o *outcome) bool { // a candidate leads without votes
		if o.action.Name == "Timeout" {
			o.node = s.parts.mustLead(t, o.node)
		}
		return true
	}
	err := s.Run()
	require.ErrorIs(t, err, ErrInvariant)
	require.ErrorContains(t, err, "ElectionSafety: nodes 1 and 2 both lead term 1, by Timeout(2)")
	require.ErrorContains(t, err, "after the actions\n   1  Timeout(1)\n")
}

// mustLead returns the candidate as if everybody had voted for it.
func (p *Parts) mustLead(t *testing.T, n nodeNumber) nodeNumber {
	i := p.copyOf(n)
	var out protocol.Output
	for j := i.Server().Next(protocol.Nil); j != protocol.Nil; j = i.Server().Next(j) {
		i.HandleRequestVoteResponse(&protocol.Message{Type: protocol.RequestVoteResponse,
			From: j, To: i.ID(), Term: i.CurrentTerm(), Granted: true}, &out)
	}
	require.True(t, i.BecomeLeader(&out))
	lead, err := p.node(i.AppendState(nil))
	require.NoError(t, err)
	return lead
}

func TestAStepWithTwoResultsIsFound(t *testing.T) {
	s := NewSearch(model(t, "back-off"), NewParts())
	runs := 0
	s.sabotage = func(o *outcome) bool {
		if runs++; runs > 100 {
			o.sent = 0
		}
		return true
	}
	require.ErrorIs(t, s.Run(), ErrImpure)
}
