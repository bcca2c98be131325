// Goal: actions are counted as TLC counts them, whether java compiles what has TLC count nothing else or not.
// Method: two toy models, run; the counts are those of the recordings, which TLC made while it counted everything.
package tlc

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// counted is a line of TLC's that says how often an expression was evaluated.
var counted = regexp.MustCompile(`^\s+\|*line .* of module \w+: [1-9]`)

func TestActionsAreCountedAndNothingElseIs(t *testing.T) {
	jar, ok := findJar(t)
	if !ok {
		return
	}
	modules, err := LoadModules(toyDir)
	require.NoError(t, err)
	for _, model := range []string{"pass", "bounded"} {
		var lines []string
		got, err := Run(t.Context(), toyOptions(t, jar, model, func(line string) { lines = append(lines, line) }))
		require.NoError(t, err)
		require.ElementsMatch(t, recorded(t, model, modules).Coverage, got.Coverage)
		require.NotEqual(t, counting() != nil, slices.ContainsFunc(lines, counted.MatchString))
	}
}

func TestWhatWasRecordedCountsEverything(t *testing.T) {
	text, err := os.ReadFile("testdata/recorded/pass.txt")
	require.NoError(t, err)
	require.True(t, regexp.MustCompile(`(?m)`+counted.String()).Match(text))
}

func TestTheProgramIsTLCWhereJavaCompilesNothing(t *testing.T) {
	before := counting
	t.Cleanup(func() { counting = before })
	folder := t.TempDir()
	counting = func() []byte { return nil }
	program, err := counter(folder)
	require.NoError(t, err)
	require.Equal(t, mainClass, program)
	counting = func() []byte { return []byte("class") }
	program, err = counter(folder)
	require.NoError(t, err)
	require.Equal(t, countingClass, program)
	require.FileExists(t, filepath.Join(folder, "CountActions.class"))
}
