package main

// Goal: a failure is not lost, and neither is that nothing was run. Method: runs are saved as the suites save them.

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// published runs the command and returns what it said.
func published(t *testing.T, folder string, code int) string {
	t.Helper()
	var out, errs bytes.Buffer
	require.Equal(t, code, run([]string{folder}, &out, &errs), "%s%s", &out, &errs)
	return out.String() + errs.String()
}

func TestAFailureIsToldWithTheCommandThatRunsItAgain(t *testing.T) {
	folder := t.TempDir()
	require.Contains(t, published(t, folder, 1), "0 runs")

	h := &linearizability.History{Header: linearizability.Header{Format: linearizability.FormatVersion, Name: "a run", Replay: "the command"}}
	plan := &workload.Plan{Profile: "mixed", Servers: 3}
	verdict := linearizability.Judge(h)
	verdict.Checks = append(verdict.Checks, linearizability.CheckResult{Name: "SameLogSameState", Promise: "All states are the same.", OK: true, Examined: 3})
	good := workload.Summarize("cluster", plan, h, verdict)
	require.NoError(t, good.Save(folder, "good", h))
	require.Contains(t, published(t, folder, 0), "1 runs, 0 failed")
	page, err := os.ReadFile(filepath.Join(folder, "good.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "SameLogSameState", "what the suite looked at, and no history shows")

	bad := workload.Summarize("virtualcluster", plan, h, &linearizability.Verdict{
		Violations: []linearizability.Violation{{Check: "Progress", Sentence: "nobody leads"}},
	})
	require.NoError(t, bad.Save(folder, "bad", nil))
	said := published(t, folder, 1)
	require.Contains(t, said, "FAILED bad: Progress: nobody leads\n  again: the command\n")
	require.Contains(t, said, "2 runs, 1 failed")
	require.FileExists(t, filepath.Join(folder, "index.html"))

	require.NoError(t, os.WriteFile(filepath.Join(folder, "half.json"), []byte(`{"suite": "cl`), 0o600))
	require.Contains(t, published(t, folder, 2), "half.json")
}
