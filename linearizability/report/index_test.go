// Goal: an index tells at a glance whether all is well, and leads to what is not.
// Method: indexes of drawn runs, and of a folder as the suites leave it.
package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/linearizability/report"
)

func index(t require.TestingT, runs []report.RunSummary) string {
	var b bytes.Buffer
	require.NoError(t, report.WriteIndex(&b, runs))
	return b.String()
}

func TestTheIndexOfACIRun(t *testing.T) {
	var runs []report.RunSummary
	for seed := range uint64(1006) {
		h, v := sampleHistory(sampleRun{clients: 4, nodes: 3 + 2*int(seed%2), keys: 6, calls: 60, span: 2 * time.Second, faults: 3, seed: seed})
		if seed == 317 || seed == 717 {
			breakRun(h, v)
		}
		s := report.Summarize(h, v)
		s.Suite = "virtualcluster"
		if seed%100 == 3 || !v.OK {
			s.Link = s.Name + ".html"
		}
		if seed < 6 {
			s.Suite, s.Link = "cluster", s.Name+".html"
		}
		runs = append(runs, s)
	}
	page := index(t, runs)
	keep(t, "index.html", page)
	require.Empty(t, wellFormed(page))
	text := visible(page)
	require.Contains(t, text, "2 runs failed The other 1,004 of 1,006 are linearizable")
	require.Contains(t, text, "Two executions were told that they won", "a failure says why")
	require.Contains(t, text, runs[317].Replay, "and how to see it again")
	require.Len(t, regexp.MustCompile(`class="square[ "]`).FindAllString(page, -1), 1006)
}

func TestAllIsWell(t *testing.T) {
	require.Contains(t, visible(index(t, []report.RunSummary{{Name: "a", OK: true}, {Name: "b", OK: true}})), "All 2 runs are linearizable")
	require.Contains(t, visible(index(t, []report.RunSummary{{Name: "a", OK: true}})), "The run is linearizable")
}

func TestNoRunIsNotWell(t *testing.T) {
	page := index(t, nil)
	require.Contains(t, visible(page), "Nothing was run")
	require.NotContains(t, page, `class="opening good"`)
}

func TestFailuresStandFirst(t *testing.T) {
	row := regexp.MustCompile(`<tr class="(passed|failed)" data-suite="([^"]*)">`)
	rapid.Check(t, func(draw *rapid.T) {
		runs := rapid.SliceOfN(rapid.Custom(func(draw *rapid.T) report.RunSummary {
			return report.RunSummary{
				Name: rapid.StringN(1, 8, -1).Draw(draw, "name"), OK: rapid.Bool().Draw(draw, "ok"), Seed: rapid.String().Draw(draw, "seed"),
				Suite: rapid.SampledFrom([]string{"cluster", "virtualcluster", "<b>"}).Draw(draw, "suite"), Failures: []string{rapid.String().Draw(draw, "failure")},
				Faults: map[string]int{rapid.String().Draw(draw, "fault"): 1},
			}
		}), 1, 20).Draw(draw, "runs")
		page := index(draw, runs)
		require.Empty(draw, wellFormed(page))
		rows := row.FindAllStringSubmatch(page, -1)
		require.Len(draw, rows, len(runs))
		for i := 1; i < len(rows); i++ {
			require.False(draw, rows[i][1] == "failed" && rows[i-1][1] == "passed", "a failure below a run that passed")
			require.False(draw, rows[i][1] == rows[i-1][1] && rows[i][2] < rows[i-1][2], "suites apart")
		}
		require.Equal(draw, page, index(draw, runs), "the same runs give the same bytes")
	})
}

// smallRun is a history that is right, and a summary as a suite leaves it.
func smallRun() (*linearizability.History, map[string]any) {
	back := int64(2e6)
	h := &linearizability.History{
		Header: linearizability.Header{Format: linearizability.FormatVersion, Name: "small", Servers: 3},
		Operations: []linearizability.Operation{{
			ID: 0, Node: 1, Call: 1e6, Return: &back, Key: "default/a", CallNumber: fmt.Sprintf("%016x", 7),
			Arguments: linearizability.Arguments{Kind: linearizability.Claim, Owner: fmt.Sprintf("%016x", 8), LeaseMillis: 1000, TTLMillis: 2000},
			Answer:    &linearizability.Answer{Outcome: linearizability.Won, Number: 1, TimeNanos: 5e9, Token: 1},
		}},
	}
	return h, map[string]any{"suite": "cluster", "profile": "calm", "seed": "5", "operations": 1, "ok": true, "span_ns": 1e6, "faults": map[string]int{"kill": 2}}
}

func leave(t *testing.T, folder, name string, h *linearizability.History, summary map[string]any) {
	t.Helper()
	if h != nil {
		summary["file"] = name + ".jsonl"
		var b bytes.Buffer
		require.NoError(t, linearizability.Write(&b, h))
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+".jsonl"), b.Bytes(), 0o644))
	}
	text, err := json.Marshal(summary)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, name+".json"), text, 0o644))
}

func TestPublishMakesThePagesOfAFolder(t *testing.T) {
	folder := t.TempDir()
	h, summary := smallRun()
	leave(t, folder, "cluster-calm-5", h, summary)
	_, bare := smallRun()
	leave(t, folder, "cluster-calm-6", nil, bare)
	_, suspect := smallRun()
	suspect["ok"], suspect["failures"] = false, []string{"SameLogSameState: node 2 differs", "SameLogSameState: node 3 differs"}
	leave(t, folder, "cluster-calm-7", h, suspect)
	h.Operations[0].Answer.Outcome = linearizability.Duplicate
	_, wrong := smallRun()
	leave(t, folder, "cluster-calm-8", h, wrong)

	runs, err := report.Publish(folder)
	require.NoError(t, err)
	require.Len(t, runs, 4)
	read := func(name string) string {
		text, err := os.ReadFile(filepath.Join(folder, name))
		require.NoError(t, err)
		return string(text)
	}
	overview := read("index.html")
	require.Contains(t, visible(overview), "2 runs failed", "one by its suite, one by the judge")
	require.Contains(t, overview, `href="cluster-calm-5.html"`)
	require.NotContains(t, overview, `href="cluster-calm-6.html"`, "it left no history")
	require.Contains(t, visible(read("cluster-calm-5.html")), "Linearizable")
	require.Contains(t, visible(read("cluster-calm-7.html")), "SameLogSameState was broken twice", "what the suite found is no history, and counts")
	require.NotContains(t, visible(read("cluster-calm-8.html")), "every promise was kept")
}

func TestPublishSaysWhichFileIsNone(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "bad.json"), []byte("{"), 0o644))
	_, err := report.Publish(folder)
	require.ErrorContains(t, err, "bad.json")
	require.ErrorContains(t, err, "not the summary of a run")
}
