// Goal: a model that is only explored is held to the states that it declares and to its
// time, and every model that starts from Init is either compared or explored.
// Method: a small model that declares right and wrong numbers; the models that ship.
package explore

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAnExploredModelReachesWhatItDeclares(t *testing.T) {
	m := model(t, "commit")
	states := searched(t, m).States()
	explored := func(declared int, limit time.Duration) error {
		m.Explored, m.Limit = declared, limit
		return NewSearch(m, NewParts()).Explore(t.Context())
	}
	require.NoError(t, explored(states, time.Hour))
	for _, wrong := range []int{states - 1, states + 1, 1} {
		require.ErrorIs(t, explored(wrong, time.Hour), ErrExplored)
	}
	require.ErrorContains(t, explored(states, -time.Second), "deadline exceeded after 1 of")
}

// A state that breaks an invariant is told as such, however many there are.
func TestAnExploredModelChecksInvariants(t *testing.T) {
	m := model(t, "commit")
	m.Explored, m.Limit = 1<<30, time.Hour
	s := NewSearch(m, NewParts())
	s.sabotage = func(o *outcome) bool {
		if o.action.Name == "Timeout" {
			o.node = s.parts.mustLead(t, o.node)
		}
		return true
	}
	require.ErrorIs(t, s.Explore(t.Context()), ErrInvariant)
}

func TestEveryModelFromInitIsComparedOrExplored(t *testing.T) {
	compared, err := FindModels(filepath.Join(specDir, "models"))
	require.NoError(t, err)
	explored, err := FindExplored(filepath.Join(specDir, "models"))
	require.NoError(t, err)
	require.NotEmpty(t, explored)
	for _, m := range explored {
		require.Positive(t, m.Limit, m.Name)
	}
	var scripted, withMore int // TLC's alone
	paths, err := filepath.Glob(filepath.Join(specDir, "models", "*.cfg"))
	require.NoError(t, err)
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		if strings.Contains(string(content), "module: RaftLiveness") || strings.Contains(string(content), "module: MCProof") ||
			strings.Contains(string(content), "module: LogRefined") {
			withMore++ // policy's variables, or ghosts, or a property that only TLC compares
			continue
		}
		if strings.HasPrefix(filepath.Base(path), "from-") {
			scripted++
			_, err := ParseModel(path)
			require.ErrorContains(t, err, `SPECIFICATION is "SeedSpec"`)
		}
	}
	require.Len(t, paths, len(compared)+len(explored)+scripted+withMore)
}
