package workload

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// Summary is a run in a few figures, for a page over all runs. It stands as JSON beside the run's history.
type Summary struct {
	Suite   string `json:"suite"`   // simulated, or cluster
	Profile string `json:"profile"` // of the plan
	Seed    string `json:"seed"`    // of the draw
	Replay  string `json:"replay"`  // the command that runs it again

	Servers     int            `json:"servers"`
	Clients     int            `json:"clients"`
	Operations  int            `json:"operations"`
	Answered    int            `json:"answered"`
	NotApplied  int            `json:"not_applied"`
	Unknown     int            `json:"unknown"` // open ones too
	Outcomes    map[string]int `json:"outcomes"`
	Contended   int            `json:"contended_keys"`
	Overlapping int            `json:"most_overlapping"` // calls open at once on one key
	Faults      map[string]int `json:"faults"`           // that took effect, by kind
	NoEffect    int            `json:"faults_without_effect"`

	OK       bool                          `json:"ok"`
	Failures []string                      `json:"failures,omitempty"` // what went wrong: the check's name and a sentence
	Checks   []linearizability.CheckResult `json:"checks"`             // those of the run itself among them

	Span    time.Duration `json:"span_ns"`        // of the run's own time, virtual or real
	Elapsed time.Duration `json:"elapsed_ns"`     // on the machine, judging included
	File    string        `json:"file,omitempty"` // the history, in the summary's folder; none was kept where empty
}

// Summarize returns the summary of a run as far as a history and a verdict tell it.
func Summarize(suite string, plan *Plan, h *linearizability.History, v *linearizability.Verdict) *Summary {
	s := &Summary{
		Suite: suite, Profile: plan.Profile, Seed: h.Header.Seed, Replay: h.Header.Replay, Servers: plan.Servers, Clients: len(plan.Clients),
		Operations: v.Stats.Operations, Answered: v.Stats.Answered, NotApplied: v.Stats.NotApplied, Unknown: v.Stats.Unknown + v.Stats.Open,
		Outcomes: v.Stats.Outcomes, Contended: v.Stats.ContendedKeys, Overlapping: v.Stats.MostOverlapping, Faults: map[string]int{},
		OK: v.OK, Checks: v.Checks, Span: v.Stats.Span,
	}
	for _, f := range h.Faults {
		if f.Effect == "" {
			s.NoEffect++
		} else {
			s.Faults[f.Fault]++
		}
	}
	for _, found := range v.Violations {
		s.Failures = append(s.Failures, found.Check+": "+found.Sentence)
	}
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
