package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// RunSummary is a row of the index: what one run was and what came of it. Its JSON
// is what the suites leave beside their histories; see Publish.
type RunSummary struct {
	Name string `json:"-"`
	Link string `json:"-"` // to the run's page, relative to the index; "": the run has none

	Suite   string `json:"suite"`
	Profile string `json:"profile"` // that the run was drawn after
	Seed    string `json:"seed"`
	Replay  string `json:"replay"` // the command that runs it again

	Servers         int            `json:"servers"`
	Clients         int            `json:"clients"`
	Operations      int            `json:"operations"`
	Answered        int            `json:"answered"`
	NotApplied      int            `json:"not_applied"`
	Unknown         int            `json:"unknown"` // open ones too
	ContendedKeys   int            `json:"contended_keys"`
	MostOverlapping int            `json:"most_overlapping"`      // calls open at once on one key
	Faults          map[string]int `json:"faults"`                // that took effect, by word
	NoEffect        int            `json:"faults_without_effect"` // that did not

	OK       bool     `json:"ok"`
	Failures []string `json:"failures,omitempty"` // what went wrong, in words
	// Checks are all that were made, with those of a suite that no history can show.
	Checks []linearizability.CheckResult `json:"checks"`

	Span time.Duration `json:"span_ns"`        // of the run, by its own clock
	File string        `json:"file,omitempty"` // its history, in the summary's folder; "": none was kept
}

// Summarize makes the row of a run.
func Summarize(h *linearizability.History, v *linearizability.Verdict) RunSummary {
	st := v.Stats
	s := RunSummary{
		Name: titleOf(h), Seed: h.Header.Seed, Replay: h.Header.Replay,
		Servers: h.Header.Servers, Clients: st.Clients, Operations: st.Operations, Answered: st.Answered, NotApplied: st.NotApplied,
		Unknown: st.Open + st.Unknown, ContendedKeys: st.ContendedKeys, MostOverlapping: st.MostOverlapping, Faults: map[string]int{},
		OK: v.OK, Checks: v.Checks, Span: st.Span,
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
	if len(s.Failures) == 0 {
		s.Failures = wrong(v)
	}
	return s
}

// indexView is what index.html shows.
type indexView struct {
	Title    string
	OK       bool
	Lead     string
	Facts    []fact
	Suites   []suiteView
	Words    []string // of all faults
	Rows     []indexRow
	Failures int
}

// suiteView is one suite: a square for each of its runs.
type suiteView struct {
	Name   string
	Note   string
	Failed int
	Runs   []RunSummary
}

// indexRow is a run with what the table sorts by.
type indexRow struct {
	RunSummary
	Number     int // of the row, from 1
	FaultCount int
	FaultWords string
	Micros     int64
	First      []string // of Failures
	More       int      // Failures beyond First
}

// WriteIndex writes the page over runs to w: failures first, then by suite and
// name. It is safe for concurrent use. The error is that of w.
func WriteIndex(w io.Writer, runs []RunSummary) error {
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b RunSummary) int {
		return cmp.Or(cmpBool(a.OK, b.OK), cmp.Compare(a.Suite, b.Suite), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Seed, b.Seed))
	})
	view := indexView{Title: "No run", OK: true, Suites: suitesOf(runs), Words: faultWords(runs)}
	for i, r := range runs {
		view.Rows = append(view.Rows, rowOfRun(i+1, r))
		if !r.OK {
			view.Failures++
			view.OK = false
		}
	}
	view.Facts = indexFacts(runs)
	switch {
	case view.Failures > 0:
		view.Title = fmt.Sprintf("%s failed", plural(view.Failures, "run"))
		view.Lead = fmt.Sprintf("The other %s of %s are linearizable and kept every promise.", count(len(runs)-view.Failures), count(len(runs)))
	case len(runs) == 1:
		view.Title, view.Lead = "The run is linearizable", "Every promise was kept."
	case len(runs) > 0:
		view.Title = fmt.Sprintf("All %s runs are linearizable", count(len(runs)))
		view.Lead = "In each of them one order of all operations explains every answer, and every promise was kept."
	default:
		view.OK, view.Lead = false, "Nothing was run, so nothing is known."
	}
	if err := templates.ExecuteTemplate(w, "index.html", &view); err != nil {
		return fmt.Errorf("write the index of %d runs: %w", len(runs), err)
	}
	return nil
}

func cmpBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

func rowOfRun(number int, r RunSummary) indexRow {
	const shown = 2
	row := indexRow{RunSummary: r, Number: number, Micros: r.Span.Microseconds()}
	row.First = r.Failures[:min(len(r.Failures), shown)]
	row.More = len(r.Failures) - len(row.First)
	var parts []string
	row.FaultCount = r.faultCount()
	for _, word := range sortedWords(r.Faults) {
		parts = append(parts, fmt.Sprintf("%s %s", count(r.Faults[word]), spaced(word)))
	}
	row.FaultWords = strings.Join(parts, ", ")
	return row
}

func sortedWords(counts map[string]int) []string {
	var list []string
	for word := range counts {
		list = append(list, word)
	}
	slices.SortFunc(list, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return list
}

func faultWords(runs []RunSummary) []string {
	all := map[string]int{}
	for _, r := range runs {
		for word, n := range r.Faults {
			all[word] += n
		}
	}
	return sortedWords(all)
}

func suitesOf(runs []RunSummary) []suiteView {
	var suites []suiteView
	for _, r := range runs {
		i := slices.IndexFunc(suites, func(s suiteView) bool { return s.Name == r.Suite })
		if i < 0 {
			i = len(suites)
			suites = append(suites, suiteView{Name: r.Suite})
		}
		s := &suites[i]
		s.Runs = append(s.Runs, r)
		if !r.OK {
			s.Failed++
		}
	}
	slices.SortFunc(suites, func(a, b suiteView) int { return cmp.Compare(a.Name, b.Name) })
	for i := range suites {
		operations, faults := 0, 0
		for _, r := range suites[i].Runs {
			operations += r.Operations
			faults += r.faultCount()
		}
		suites[i].Note = fmt.Sprintf("%s, %s, %s that took effect", plural(len(suites[i].Runs), "run"), plural(operations, "operation"), plural(faults, "fault"))
	}
	return suites
}

func (r *RunSummary) faultCount() (n int) {
	for _, times := range r.Faults {
		n += times
	}
	return n
}

func indexFacts(runs []RunSummary) []fact {
	var operations, unknown, notApplied, faults, idle, contended int
	var span time.Duration
	for _, r := range runs {
		operations += r.Operations
		unknown += r.Unknown
		notApplied += r.NotApplied
		idle += r.NoEffect
		contended += r.ContendedKeys
		span += r.Span
		faults += r.faultCount()
	}
	return []fact{
		{count(len(runs)), "runs", ""},
		{count(operations), "operations", fmt.Sprintf("%s left unknown, %s not applied", count(unknown), count(notApplied))},
		{count(faults), "faults took effect", count(idle) + " more met nothing"},
		{count(contended), "contended keys", "asked for by two owners or more"},
		{duration(span), "of running", "by the clocks of the runs"},
	}
}

// tally is how many faults of one word there were in all runs.
func tally(rows []indexRow, word string) (n int) {
	for _, r := range rows {
		n += r.Faults[word]
	}
	return n
}
