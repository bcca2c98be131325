// Goal: what TLC reached before is taken for what it reaches now only where it is the same, and then nothing runs.
// Method: a search writes what TLC would print, on a machine that has no Java: whoever wants to run TLC fails.
package explore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/reached"
	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// kept writes what a search reached, each state as printed has it, as if TLC had.
func kept(t *testing.T, s *Search, printed func(k int, state string) string) Checker {
	folder := t.TempDir()
	c := Checker{Jar: filepath.Join(folder, "tlc.jar"), SpecDir: specDir, Kept: filepath.Join(folder, "reached")}
	require.NoError(t, os.WriteFile(c.Jar, nil, 0o600))
	t.Setenv("PATH", folder)
	w, err := reached.Create(c.Kept, c.source(s.model))
	require.NoError(t, err)
	defer w.Drop()
	for k, st := range s.states {
		w.Line(`"` + printed(k, s.parts.TLA(st)) + `"`)
	}
	r := tlc.Result{Complete: true, Distinct: int64(len(s.states)), Depth: s.depth}
	for name, n := range s.steps {
		r.Coverage = append(r.Coverage, tlc.Action{Name: name, Generated: n})
	}
	require.NoError(t, w.Keep(r))
	return c
}

func TestWhatIsKeptIsTakenForTLCs(t *testing.T) {
	s := NewSearch(model(t, "commit"), NewParts())
	require.NoError(t, s.Run())
	c := kept(t, s, func(_ int, state string) string { return state })
	ran, err := c.Ahead(t.Context(), s.model)
	require.NoError(t, err)
	require.False(t, ran)
	spec, err := c.Explore(t.Context(), s.model, s.parts)
	require.NoError(t, err)
	require.True(t, spec.Kept)
	require.Equal(t, s.Depth(), spec.Depth)
	require.True(t, Compare(s, spec).Equal())
}

func TestWhereNothingGoodIsKeptTLCRuns(t *testing.T) {
	s := NewSearch(model(t, "commit"), NewParts())
	require.NoError(t, s.Run())
	runs := func(c Checker) {
		_, err := c.Explore(t.Context(), s.model, s.parts)
		require.ErrorIs(t, err, tlc.ErrUnavailable)
	}
	whole := func(_ int, state string) string { return state }

	c := kept(t, s, whole)
	c.Kept = ""
	runs(c)
	c.Kept = t.TempDir()
	ran, err := c.Ahead(t.Context(), s.model)
	require.ErrorIs(t, err, tlc.ErrUnavailable)
	require.True(t, ran)

	c = kept(t, s, whole)
	require.NoError(t, os.WriteFile(c.Jar, []byte("another"), 0o600))
	runs(c)
	runs(kept(t, s, func(k int, state string) string { // the first state twice, for the second
		if k == 1 {
			return s.parts.TLA(s.states[0]) + " "
		}
		return state
	}))
	runs(kept(t, s, func(k int, state string) string {
		if k == 1 {
			return "<<no state>>"
		}
		return state
	}))
}
