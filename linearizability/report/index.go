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

// RunSummary is a row of the index: what one run was and what came of it.
type RunSummary struct {
	Name  string
	Suite string // for example real or sim
	Link  string // to the run's page, relative to the index; "": the run has none

	OK       bool
	Headline string   // the verdict in a few words
	Broken   []string // what did not hold, in words

	Servers, Clients, Operations, Keys int
	Unanswered                         int // open or unknown
	ContendedKeys, MostOverlapping     int
	Faults                             map[string]int // by word
	FaultsInEffect                     int

	Span   time.Duration // of the run, by its own clock
	Seed   string
	Replay string // the command that runs it again
}

// Summarize makes the row of a run.
func Summarize(h *linearizability.History, v *linearizability.Verdict) RunSummary {
	s := v.Stats
	return RunSummary{
		Name: titleOf(h), OK: v.OK, Headline: headline(v), Broken: wrong(v),
		Servers: h.Header.Servers, Clients: s.Clients, Operations: s.Operations, Keys: s.Keys, Unanswered: s.Open + s.Unknown,
		ContendedKeys: s.ContendedKeys, MostOverlapping: s.MostOverlapping, Faults: s.Faults, FaultsInEffect: s.FaultsInEffect,
		Span: s.Span, Seed: h.Header.Seed, Replay: h.Header.Replay,
	}
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
	row := indexRow{RunSummary: r, Number: number, Micros: r.Span.Microseconds()}
	var parts []string
	for _, word := range sortedWords(r.Faults) {
		row.FaultCount += r.Faults[word]
		parts = append(parts, fmt.Sprintf("%s %s", count(r.Faults[word]), word))
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
			for _, n := range r.Faults {
				faults += n
			}
		}
		suites[i].Note = fmt.Sprintf("%s, %s, %s", plural(len(suites[i].Runs), "run"), plural(operations, "operation"), plural(faults, "fault"))
	}
	return suites
}

func indexFacts(runs []RunSummary) []fact {
	var operations, unanswered, faults, met, contended int
	var span time.Duration
	for _, r := range runs {
		operations += r.Operations
		unanswered += r.Unanswered
		met += r.FaultsInEffect
		contended += r.ContendedKeys
		span += r.Span
		for _, n := range r.Faults {
			faults += n
		}
	}
	return []fact{
		{count(len(runs)), "runs", ""},
		{count(operations), "operations", count(unanswered) + " left unknown"},
		{count(faults), "faults", count(met) + " took effect"},
		{count(contended), "contended keys", "asked for by two owners or more"},
		{duration(span), "of running", "by the clocks of the runs"},
	}
}

// tally is the words and counts of all faults, for the template.
func tally(rows []indexRow, word string) (n int) {
	for _, r := range rows {
		n += r.Faults[word]
	}
	return n
}
