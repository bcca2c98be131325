// Goal: an action of the specification that looks at what a snapshot stands for is found. Method: guards that know the base are
// altered to look below it, in a copy of the specification, and compared with the code, which has nothing there.
package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/spec/check/tlc/tlctest"
	"github.com/eventstreamcore/semel/spec/tla"
)

// altered is module Raft with one text of RaftGuards put in the place of another.
func altered(t *testing.T, old, to string) *tla.Module {
	t.Helper()
	folder := t.TempDir()
	files, err := filepath.Glob(filepath.Join(root, "spec", "*.tla"))
	require.NoError(t, err)
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		if filepath.Base(path) == "RaftGuards.tla" {
			require.Equal(t, 1, strings.Count(string(text), old))
			text = []byte(strings.Replace(string(text), old, to, 1))
		}
		require.NoError(t, os.WriteFile(filepath.Join(folder, filepath.Base(path)), text, 0o600))
	}
	m, err := tla.Load(t.Context(), tlctest.Jar(t, root), folder, "Raft")
	require.NoError(t, err)
	return m
}

func TestASpecificationThatLooksBelowABaseDiffers(t *testing.T) {
	for _, guard := range []struct{ name, old, to string }{
		{"LogFits", "IF m.prev < snapshotIndex[i] THEN TRUE ELSE m.prevTerm", "m.prevTerm"},
		{"Conflict", "/\\ snapshotIndex[i] < m.prev + k /\\ m.prev", "/\\ m.prev"},
		{"Hint", "Maximum({k \\in snapshotIndex[i]..LastIndex(log[i]) :\n             k = snapshotIndex[i] \\/ (", "Maximum({k \\in 0..LastIndex(log[i]) :\n             k = 0 \\/ ("},
		{"Impossible", "Max(Max(m.prev, snapshotIndex[i]), 1)", "Max(m.prev, 1)"},
	} {
		t.Run(guard.name, func(t *testing.T) {
			found, err := familyNamed(t, "snapshots").sample(200_000).run(altered(t, guard.old, guard.to), 2, true)
			require.NoError(t, err)
			require.NotEmpty(t, found.differences, "in %d steps", found.steps)
			t.Logf("after %d steps: %.300s", found.steps, found.differences[0])
		})
	}
}
