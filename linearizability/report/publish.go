package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/linearizability"
)

// Publish makes the pages of a folder in which suites left their runs: a summary
// NAME.json for each (a RunSummary) and, for some, the history beside it. It judges
// each history again, writes its page NAME.html, and index.html over all runs.
//
// A run whose summary says that it failed stays failed where the history alone looks
// right: a suite also looks at what is no history, such as the disks in the end. The
// error says which file could not be read or written.
func Publish(folder string) ([]RunSummary, error) {
	summaries, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("find the summaries of %s: %w", folder, err)
	}
	runs := []RunSummary{}
	for _, path := range summaries {
		run, err := publishRun(folder, path)
		if err != nil {
			return nil, fmt.Errorf("publish %s: %w", path, err)
		}
		runs = append(runs, run)
	}
	return runs, toFile(filepath.Join(folder, "index.html"), func(w io.Writer) error { return WriteIndex(w, runs) })
}

func publishRun(folder, path string) (RunSummary, error) {
	var run RunSummary
	text, err := os.ReadFile(path)
	if err != nil {
		return run, err
	}
	if err := json.Unmarshal(text, &run); err != nil {
		return run, fmt.Errorf("not the summary of a run: %w", err)
	}
	run.Name = strings.TrimSuffix(filepath.Base(path), ".json")
	if run.File == "" {
		return run, nil
	}
	h, err := readHistory(filepath.Join(folder, filepath.Base(run.File)))
	if err != nil {
		return run, err
	}
	v := linearizability.Judge(h)
	run.agree(v)
	run.Link = run.Name + ".html"
	return run, toFile(filepath.Join(folder, run.Link), func(w io.Writer) error { return Write(w, h, v, ViewsOf(h, v)...) })
}

// agree makes one verdict of the summary's and the judge's: the worse, with the checks of both.
func (r *RunSummary) agree(v *linearizability.Verdict) {
	for _, c := range r.Checks {
		if !slices.ContainsFunc(v.Checks, func(judged linearizability.CheckResult) bool { return judged.Name == c.Name }) {
			v.Checks = append(v.Checks, c)
		}
	}
	if !v.OK && r.OK {
		r.OK, r.Failures = false, append(r.Failures, wrong(v)...)
	}
	if v.OK && !r.OK {
		v.OK = false
		for _, failure := range r.Failures {
			name, sentence, _ := strings.Cut(failure, ": ")
			v.Violations = append(v.Violations, linearizability.Violation{Check: name, Sentence: sentence})
		}
	}
}

// mostViews is how many keys a page shows as porcupine sees them.
const mostViews = 3

// ViewsOf are porcupine's views of the first keys that it rejected.
func ViewsOf(h *linearizability.History, v *linearizability.Verdict) (views []View) {
	for _, key := range v.Porcupine.BadKeys[:min(len(v.Porcupine.BadKeys), mostViews)] {
		var page strings.Builder
		if err := linearizability.Visualize(&page, h, key); err == nil {
			views = append(views, View{Key: key, HTML: page.String()})
		}
	}
	return views
}

func readHistory(path string) (*linearizability.History, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return linearizability.Read(f)
}

func toFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	return write(f)
}
