package workload

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/linearizability/report"
)

// Summary is a run in a few figures: a row of the page over all runs, and what that page does not show. It stands as
// JSON beside the run's history.
type Summary struct {
	report.RunSummary

	Outcomes map[string]int `json:"outcomes"`
	Elapsed  time.Duration  `json:"elapsed_ns"` // on the machine, judging included
}

// Summarize returns the summary of a run as far as a history and a verdict tell it.
func Summarize(suite string, plan *Plan, h *linearizability.History, v *linearizability.Verdict) *Summary {
	s := &Summary{RunSummary: report.Summarize(h, v), Outcomes: v.Stats.Outcomes}
	s.Suite, s.Profile, s.Servers, s.Clients = suite, plan.Profile, plan.Servers, len(plan.Clients)
	return s
}

// Save writes the summary into a folder, which it makes, as NAME.json, and the history, where it is not nil, as
// NAME.jsonl.
func (s *Summary) Save(folder, name string, h *linearizability.History) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if h != nil {
		s.File = name + ".jsonl"
		if err := saveHistory(filepath.Join(folder, s.File), h); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, name+".json"), append(text, '\n'), 0o644)
}

func saveHistory(path string, h *linearizability.History) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	if err := linearizability.Write(f, h); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
