package main

// Goal: the exit codes and what a person reads. Method: run in this process on
// the histories that package linearizability keeps.

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func history(name string) string {
	return filepath.Join("..", "..", "linearizability", "testdata", name+".jsonl")
}

// called is what a call came to.
type called struct {
	code      int
	out, errs string
}

func call(t *testing.T, in string, arguments ...string) called {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(arguments, strings.NewReader(in), &out, &errs)
	return called{code, out.String(), errs.String()}
}

func TestExitCodes(t *testing.T) {
	notOne := filepath.Join(t.TempDir(), "notes.txt")
	require.NoError(t, os.WriteFile(notOne, []byte("no history\n"), 0o600))
	nothing := filepath.Join(t.TempDir(), "nothing.jsonl")
	require.NoError(t, os.WriteFile(nothing, []byte(`{"type":"header","format":1,"log":true}`), 0o600))
	for _, c := range []struct {
		name      string
		arguments []string
		code      int
		says      string
	}{
		{"a right history", []string{history("right")}, 0, "RIGHT"},
		{"a wrong one", []string{history("two-winners")}, 1, "ExactlyOneWinner: bob's claim of orders/1"},
		{"right and wrong", []string{history("right"), history("forgotten")}, 1, "forgotten.jsonl: WRONG"},
		{"one that can't be judged", []string{history("open-without-log")}, 1, "not reached"},
		{"no file", nil, 2, "requires at least 1 arg"},
		{"a missing file", []string{"no-such-file"}, 2, "no-such-file"},
		{"not a history", []string{notOne}, 2, "line 1: malformed history"},
		{"an unknown flag", []string{"--colour", history("right")}, 2, "unknown flag"},
		{"a page about two", []string{"--html", "x.html", history("right"), history("right")}, 2, "one history, and there are 2"},
		{"a view without a key", []string{"--porcupine", "x.html", history("right")}, 2, "--porcupine and --key go together"},
		{"a run that shows nothing", []string{"--least-faults", "1", history("right")}, 1, "0 faults took effect, and 1 are needed"},
		{"a history in which nothing was answered", []string{nothing}, 1, "0 operations were answered, and 1 are needed"},
		{"the same, where that is well", []string{"--least-answered", "0", nothing}, 0, "RIGHT"},
		{"help", []string{"--help"}, 0, "Exit codes: 0 all are right"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := call(t, "", c.arguments...)
			require.Equal(t, c.code, got.code, got.errs)
			require.Contains(t, got.out+got.errs, c.says)
		})
	}
}

func TestAHistoryIsReadFromStandardInput(t *testing.T) {
	text, err := os.ReadFile(history("right"))
	require.NoError(t, err)
	got := call(t, string(text), "-")
	require.Equal(t, 0, got.code, got.errs)
	require.Contains(t, got.out, "3 operations of 2 clients on 1 key")
	require.Contains(t, got.out, "answers: 1 duplicate, 1 won")
}

func TestPagesAreWritten(t *testing.T) {
	page := filepath.Join(t.TempDir(), "run.html")
	view := filepath.Join(t.TempDir(), "key.html")
	got := call(t, "", "--html", page, "--porcupine", view, "--key", "orders/1", history("two-winners"))
	require.Equal(t, 1, got.code, got.errs)
	for _, file := range []string{page, view} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Contains(t, strings.ToLower(string(text)), "<html")
		require.Contains(t, string(text), "WON again with token 1")
	}
	got = call(t, "", "--porcupine", view, "--key", "orders/9", history("right"))
	require.Equal(t, 2, got.code)
	require.Contains(t, got.errs, `key "orders/9" has no operation`)
}
