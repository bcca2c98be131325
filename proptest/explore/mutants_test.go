//go:build mutants

// Goal: the comparison can fail, also where every invariant holds; and each fault seeded
// into the guards of raft/protocol is noticed by the explorer.
// Method: three faults that are safe but not what the specification says run against
// TLC's states and the report must name their action; all faults run against invariants,
// step properties, assertions and the states of the code without them.
package explore

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
)

// Each is safe, so no invariant notices it.
var unsafeToNobody = map[string]struct {
	model  string
	action string // where it parts from the specification
}{
	"commit-lags":            {"commit", "HandleAppendEntries"},
	"back-off-too-far":       {"back-off", "HandleAppendEntriesResponse"},
	"needless-vote-response": {"back-off", "HandleRequestVote"},
}

func TestWhatNoInvariantNoticesIsADifferenceFromTLC(t *testing.T) {
	checker := Checker{Jar: jar(t), SpecDir: specDir, Workers: 2}
	for id, want := range unsafeToNobody {
		t.Run(id, func(t *testing.T) {
			m, parts := model(t, want.model), NewParts()
			spec, err := checker.Explore(t.Context(), m, parts)
			require.NoError(t, err)
			require.True(t, Compare(searchedIn(t, m, parts), spec).Equal(), "without the fault")

			mutate(t, id)
			c := Compare(searchedIn(t, m, parts), spec)
			require.False(t, c.SameStates(), "with the fault")
			report, partings, err := c.Explain(t.Context(), checker)
			require.NoError(t, err)
			t.Log(report)
			require.NotEmpty(t, partings)
			for _, p := range partings {
				require.Equal(t, want.action, p.Action)
			}
		})
	}
}

// No state shows these, and no step's count: only what the host is told.
func TestWhatNoStateShowsIsInTheOutput(t *testing.T) {
	m := model(t, "held")
	for id, says := range map[string]string{
		"write-not-told":   "tells [], and has [term=1",
		"write-told-twice": "tells [term=1 vote=1 keep=0 then=[] term=1 vote=1 keep=0 then=[]]",
		"write-told-first": "what was told before comes behind term=1",
	} {
		t.Run(id, func(t *testing.T) {
			parts := NewParts()
			clean := searchedIn(t, m, parts)
			mutate(t, id)
			err := NewSearch(m, parts).Run()
			require.ErrorIs(t, err, ErrOutput)
			require.ErrorContains(t, err, says)

			parts.deaf = true
			require.True(t, Compare(searchedIn(t, m, parts), asSpec{clean}.reached()).Equal(), "something else shows it")
		})
	}
}

// jar is TLC's. A run of the mutants without it would not show what this test is for.
func jar(t *testing.T) string { return tlctest.Jar(t, filepath.Join("..", "..")) }

// models to try, quickest first; the last of testdata is for what two nodes can't reach.
func modelsForMutants(t *testing.T) []*Model {
	shipped := smallestFirst(t)
	alone := model(t, "commit")
	alone.Name, alone.Server, alone.MaxLog = "one node", protocol.Nodes(1), 2
	alone.WriteThrough, alone.MaxPending, alone.MaxTerm = false, 2, 2
	list := []*Model{alone, model(t, "commit"), model(t, "back-off"), model(t, "held")}
	return append(append(list, shipped...), model(t, "conflict"))
}

// onlyLiesShow are the faults that no state of a model shows, for nobody lies in them: that is what OnlyPossible says. The
// walks of raft/protocol in which a peer lies show the first. Of the second nothing comes: of an append that goes on behind a base every
// correct leader has the term at it; as a difference from the specification it is seen (nodelocal).
//
// The third is of what a node remembers of its log: for a configuration that was cut off to be in force again and to matter, a leader of a
// third term has to go by it. The walks of raft/protocol show it.
var onlyLiesShow = []string{"impossible-is-handled", "base-term-unchecked", "config-not-rolled-back"}

func TestEveryFaultIsNoticed(t *testing.T) {
	models := modelsForMutants(t)
	parts := NewParts()
	clean := map[*Model]*Search{}
	for _, m := range models {
		clean[m] = searchedIn(t, m, parts)
	}
	for _, id := range protocol.MutantIDs {
		t.Run(id, func(t *testing.T) {
			mutate(t, id)
			var how string
			for _, m := range models {
				if how = notice(m, clean[m]); how != "" {
					t.Logf("%-28s %-12s %s", id, m.Name, how)
					break
				}
			}
			if slices.Contains(onlyLiesShow, id) {
				require.Empty(t, how, "a message that the guard refuses was sent in a model")
				return
			}
			require.NotEmpty(t, how, "survives all %d models", len(models))
		})
	}
}

// notice searches again and tells how that differs from the search of the clean code.
func notice(m *Model, clean *Search) string {
	s := NewSearch(m, clean.parts)
	if err := s.Run(); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n")
		return first
	}
	c := Compare(s, asSpec{clean}.reached())
	if c.SameStates() {
		return ""
	}
	return "other states"
}

// Where all who knew have crashed, no property of nodes tells that an entry was committed: with the two of MCRaft
// taken away nothing is found.
func TestWhatNobodyKnowsIsSeenByWhatWasEverCommitted(t *testing.T) {
	all := invariants
	t.Cleanup(func() { invariants = all })
	search := func(looksAt ...invariant) error {
		invariants = looksAt
		s := NewSearch(forgetful(t), NewParts())
		start := s.after(t, forgotten)
		mutate(t, "vote-ignores-log")
		return s.from(start)
	}
	var others []invariant
	for _, inv := range all {
		switch inv.name {
		case "EverAgrees", "CommittedStays":
			require.ErrorContains(t, search(inv), inv.name+": ")
		default:
			others = append(others, inv)
		}
	}
	require.Len(t, others, len(all)-2)
	require.NoError(t, search(others...))
}

func mutate(t *testing.T, id string) {
	require.Contains(t, protocol.MutantIDs, id)
	protocol.Mutant = id
	t.Cleanup(func() { protocol.Mutant = "" })
}

func searchedIn(t *testing.T, m *Model, p *Parts) *Search {
	s := NewSearch(m, p)
	require.NoError(t, s.Run())
	return s
}
