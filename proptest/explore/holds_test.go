//go:build mutants

// Goal: for each must-fail model there is a model that must hold in which the same fault breaks a property. Else what a
// must-fail model shows is looked at nowhere but in it, and the code that ships is held to it nowhere.
// Method: the faults of the code, which have the names of spec/mutants, in the models that are compared with TLC; the
// smallest first. Where an assertion of the code comes before any property, TLC runs the model.
package explore

import (
	"cmp"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/spec/check/tlc"
)

func TestEveryMustFailModelHasAModelThatMustHold(t *testing.T) {
	models := smallestFirst(t)
	for _, id := range seededInSpec(t) {
		t.Run(id, func(t *testing.T) {
			if a, ok := assertedFirst[id]; ok {
				a.inTLC(t)
				return
			}
			mutate(t, id)
			if slices.Contains(startedDeep, id) {
				_, err := readAgain(t)
				require.Error(t, err)
				require.Equal(t, "ReadSeesCommitted", propertyOf(err))
				return
			}
			for _, m := range models {
				if property := breaks(m); property != "" {
					t.Logf("%-28s breaks %s in %s", id, property, m.Name)
					return
				}
			}
			t.Errorf("%s breaks no property in any of %d models that must hold: one is missing", id, len(models))
		})
	}
}

// assertedFirst are the faults that an assertion of the code stops before any property can break. Of each, a model in
// which the specification, which has no such assertion, breaks a property.
var assertedFirst = map[string]inSpec{
	"missing-meta-is-term-0": {"one-node", "Recovered <- MissingMetaIsTerm0", "PROPERTY MonotonicDiskTerm"},
	"snapshot-goes-back":     {"snapshots-again", "SnapshotNews <- SnapshotGoesBack", "PROPERTY MonotonicSnapshot"},
	"swallowed-save-error":   {"votes", "Saved <- SwallowedSaveError", "INVARIANT LeaderVoteIsDurable"},
	"wiped-node-same-name":   {"one-node", "Recovered <- WipedSameName", "PROPERTY MonotonicDiskTerm"},
}

// startedDeep are the faults that take three nodes, two terms, two entries and two reads: from Init that is beyond parity. The
// model that must hold is from-deposed, which the explorer searches too (owed_test.go).
var startedDeep = []string{"deposed-confirmed", "stale-echo"}

// inSpec is a model that must hold, with one guard replaced, and what it then breaks.
type inSpec struct{ model, replaced, check string }

func (a inSpec) inTLC(t *testing.T) {
	m, err := ParseModel(filepath.Join(specDir, "models", a.model+".cfg"))
	require.NoError(t, err)
	checker := Checker{Jar: jar(t), SpecDir: specDir}
	result, err := checker.run(t.Context(), m, job{module: "MutantsRaft", workers: 1,
		config: []string{"CONSTANT " + a.replaced, "SPECIFICATION MCSpec", a.check}})
	require.NoError(t, err)
	require.Contains(t, []int{tlc.ExitInvariant, tlc.ExitProperty}, result.ExitCode, a.check)
}

// What only other states show, or an assertion of the code's own, breaks no property.
func TestWhatBreaksNoPropertyIsToldApart(t *testing.T) {
	m := model(t, "back-off")
	for _, id := range []string{"needless-vote-response", "missing-meta-is-term-0"} {
		t.Run(id, func(t *testing.T) {
			clean := searchedIn(t, m, NewParts())
			mutate(t, id)
			require.NotEmpty(t, notice(m, clean))
			require.Empty(t, breaks(m))
		})
	}
	mutate(t, "commit-prior-term")
	require.Equal(t, "CommitOwnTerm", breaks(m))
}

// seededInSpec are the faults of the must-fail models.
func seededInSpec(t *testing.T) []string {
	paths, err := filepath.Glob(filepath.Join(specDir, "mutants", "*.cfg"))
	require.NoError(t, err)
	var ids []string
	for _, path := range paths {
		m, err := tlc.ParseModel(path)
		require.NoError(t, err)
		if !strings.HasPrefix(m.Module, "RaftLiveness") && m.Module != "MCProof" { // what fails there is no property of a state or a step of nodes
			ids = append(ids, m.Mutant)
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	require.Greater(t, len(ids), 30)
	for id := range assertedFirst {
		require.Contains(t, ids, id)
	}
	return ids
}

// smallestFirst are the models that are compared with TLC, by the states that they declare.
func smallestFirst(t *testing.T) []*Model {
	models, err := FindModels(filepath.Join(specDir, "models"))
	require.NoError(t, err)
	for _, m := range models {
		require.Positive(t, m.States, m.Name)
	}
	slices.SortStableFunc(models, func(a, b *Model) int { return cmp.Compare(a.States, b.States) })
	return models
}

// breaks returns the property of the specification that a search breaks, or nothing.
func breaks(m *Model) string {
	s := NewSearch(m, NewParts())
	s.parts.deaf = true // what the host is told is no property there
	if err := s.Run(); errors.Is(err, ErrInvariant) {
		return propertyOf(err)
	}
	return ""
}

var brokenProperty = regexp.MustCompile(`^` + ErrInvariant.Error() + `: (?:assertion: raft/protocol: invariant broken: )?(\w+)`)

// propertyOf is the property that an error names; an assertion may have the name of one.
func propertyOf(err error) string {
	names := []string{"OnlyPossible", "ReadSeesCommitted"}
	for _, inv := range protocol.Invariants() {
		names = append(names, inv.Name)
	}
	for _, p := range protocol.StepProperties() {
		names = append(names, p.Name)
	}
	for _, inv := range invariants {
		names = append(names, inv.name)
	}
	found := brokenProperty.FindStringSubmatch(err.Error())
	if found == nil || !slices.Contains(names, found[1]) {
		return ""
	}
	return found[1]
}
