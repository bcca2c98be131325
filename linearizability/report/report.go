package report

import (
	"embed"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

//go:embed page
var files embed.FS

// templates are parsed once; they are safe for concurrent use.
var templates = template.Must(template.New("").Funcs(template.FuncMap{
	"count": func(n int) string { return count(n) }, "duration": duration, "moment": moment, "plural": plural,
	"style": func() template.CSS { return template.CSS(text("style.css")) },
	"code":  code, "tally": tally, "spaced": spaced, "sentence": capital,
}).ParseFS(files, "page/*.html"))

// View is porcupine's own page about a key, as its Visualize writes it.
type View struct {
	Key  string
	HTML string
}

// maxViewBytes bounds the views that a page carries: beyond it they are left out,
// and the page says so.
const maxViewBytes = 4 << 20

// Write writes the page about a run to w. The page shows the views as they are,
// walled off in frames.
//
// Write reads h and v and keeps neither. It is safe for concurrent use. The error
// is that of w.
func Write(w io.Writer, h *linearizability.History, v *linearizability.Verdict, views ...View) error {
	r := newRun(h, v)
	data, shown, err := r.encode(MaxOperations, maxScriptBytes)
	if err != nil {
		return fmt.Errorf("encode the operations of the page: %w", err)
	}
	effects, stories := r.effects(), r.stories()
	page := pageView{
		Title: titleOf(h), Began: began(h.Header.Start), Header: &h.Header, Verdict: v, Headline: headline(v), Lead: r.lead(), Wrong: wrong(v),
		Facts: r.facts(), Judges: judges(v), Stories: stories, StoriesLeft: storiesLeft(stories), Shown: shown,
		Total: len(h.Operations), Outcomes: r.outcomes(), Latencies: r.latencies(), Slow: r.slowWord(),
		Effects: effects, Summaries: summarize(effects), Views: fitting(views), ViewsLeft: len(views) - len(fitting(views)),
		Data: template.JS(data), //nolint:gosec // json.Marshal escapes <, > and &: the text can't leave its element
	}
	page.Frames = framesOf(page.Latencies)
	if err := templates.ExecuteTemplate(w, "run.html", &page); err != nil {
		return fmt.Errorf("write the page about %s: %w", page.Title, err)
	}
	return nil
}

// pageView is what run.html shows.
type pageView struct {
	Title, Began   string
	Headline, Lead string
	Wrong          []string
	Header         *linearizability.Header
	Verdict        *linearizability.Verdict
	Facts          []fact
	Judges         []judge
	Stories        []story
	StoriesLeft    int // that do not lead
	Shown, Total   int
	Outcomes       outcomeTable
	Latencies      []latency
	Frames         []frame
	Slow           string
	Effects        []effect
	Summaries      []effectSummary
	Views          []View
	ViewsLeft      int
	Data           template.JS
}

func storiesLeft(all []story) (n int) {
	for _, s := range all {
		if !s.Leads {
			n++
		}
	}
	return n
}

// fact is a figure with what it counts.
type fact struct{ Figure, Name, Note string }

// judge is a row of the table of what was checked.
type judge struct {
	Name, Promise, Result string
	State                 string // good, bad, or idle: it had nothing to look at
}

func titleOf(h *linearizability.History) string {
	if h.Header.Name != "" {
		return h.Header.Name
	}
	return "A run of semel"
}

// began is a start as people write it; one that is no time stays as it is.
func began(start string) string {
	if t, err := time.Parse(time.RFC3339, start); err == nil {
		return t.UTC().Format("2 January 2006, 15:04:05 UTC")
	}
	return start
}

// headline is the verdict in a few words.
func headline(v *linearizability.Verdict) string {
	engines := []linearizability.Result{v.Porcupine.Result, v.Witness.Result}
	switch {
	case v.OK:
		return "Linearizable"
	case slices.Contains(engines, linearizability.Rejected):
		return "Not linearizable"
	case slices.ContainsFunc(brokenChecks(v), func(c linearizability.CheckResult) bool { return c.Name != worth }):
		return "A promise was broken"
	case slices.Contains(engines, linearizability.NotReached):
		return "Not fit to be judged"
	case slices.Contains(engines, linearizability.OutOfTime):
		return "No verdict in time"
	default:
		return "Too little happened"
	}
}

// worth is the check that a run was worth something: a run that fails it alone broke
// no promise, and shows nothing either.
const worth = "WorthSomething"

// lead says in a sentence what was judged.
func (r *run) lead() string {
	s := r.verdict.Stats
	what := fmt.Sprintf("%s by %s on %s, asked of %s over %s", plural(s.Operations, "operation"),
		plural(s.Clients, "client"), plural(s.Keys, "key"), plural(r.nodes, "node"), duration(s.Span))
	if r.nodes == 0 {
		what = fmt.Sprintf("%s by %s on %s over %s", plural(s.Operations, "operation"),
			plural(s.Clients, "client"), plural(s.Keys, "key"), duration(s.Span))
	}
	if n := len(r.history.Faults); n > 0 {
		what += ", through " + plural(n, "fault")
	}
	if r.verdict.OK {
		return what + ". One order of all operations explains every answer, and every promise was kept."
	}
	return what + "."
}

// wrong lists what did not hold, with how often.
func wrong(v *linearizability.Verdict) []string {
	var parts []string
	for _, e := range []struct {
		name   string
		result linearizability.EngineResult
	}{{"porcupine", v.Porcupine}, {"the replay in the order of command numbers", v.Witness}} {
		switch {
		case e.result.Result == linearizability.Rejected:
			parts = append(parts, fmt.Sprintf("%s found no order that explains %s", e.name, plural(len(e.result.BadKeys), "key")))
		case e.result.Result != linearizability.Accepted && e.result.Result != linearizability.TooLarge:
			parts = append(parts, fmt.Sprintf("%s: %s", e.name, e.result.Result))
		}
	}
	for _, c := range brokenChecks(v) {
		if c.Name == worth {
			parts = append(parts, "too little happened for the run to show anything")
		} else {
			parts = append(parts, fmt.Sprintf("%s was broken %s", c.Name, times(c.Found)))
		}
	}
	return parts
}

// brokenChecks are the checks that failed, those too that only a violation names: a
// suite adds what it saw before the judge came.
func brokenChecks(v *linearizability.Verdict) []linearizability.CheckResult {
	broken := slices.DeleteFunc(slices.Clone(v.Checks), func(c linearizability.CheckResult) bool { return c.OK })
	for _, found := range v.Violations {
		isEngine := found.Check == linearizability.CheckPorcupine || found.Check == linearizability.CheckWitness
		isNamed := func(c linearizability.CheckResult) bool { return c.Name == found.Check }
		switch i := slices.IndexFunc(broken, isNamed); {
		case isEngine || slices.ContainsFunc(v.Checks, isNamed):
		case i < 0:
			broken = append(broken, linearizability.CheckResult{Name: found.Check, Promise: suitePromise, Examined: 1, Found: 1})
		default:
			broken[i].Found++
			broken[i].Examined++
		}
	}
	return broken
}

// suitePromise stands for the promise of a check that the history tells nothing of.
const suitePromise = "What the suite itself looked at when it ran."

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	default:
		return count(n) + " times"
	}
}

func (r *run) facts() []fact {
	s := r.verdict.Stats
	facts := []fact{
		{count(s.Operations), "operations", fmt.Sprintf("%s answered", count(s.Answered))},
		{count(s.Open + s.Unknown), "left unknown", tookEffect(r.history, s)},
		{count(s.NotApplied), "not applied", "refused with certainty"},
		{count(s.Keys), "keys", fmt.Sprintf("%s contended, at most %s at once", count(s.ContendedKeys), plural(s.MostOverlapping, "call"))},
		{count(s.Clients), "clients", doorsWord(s.Doors)},
		{count(len(r.history.Faults)), "faults", fmt.Sprintf("%s took effect", count(s.FaultsInEffect))},
		{duration(s.Span), "of run", "judged in " + duration(s.Elapsed)},
	}
	if r.nodes > 0 {
		facts = slices.Insert(facts, 5, fact{count(r.nodes), "nodes", logWord(r.history, s)})
	}
	return facts
}

func tookEffect(h *linearizability.History, s linearizability.Stats) string {
	if !h.Header.Log {
		return "no log to settle them"
	}
	return count(s.TookEffect) + " of them took effect"
}

func logWord(h *linearizability.History, s linearizability.Stats) string {
	if !h.Header.Log {
		return "log not read"
	}
	return plural(s.Entries, "entry") + " in the log"
}

func doorsWord(doors map[string]int) string {
	var names []string
	for name := range doors {
		names = append(names, name)
	}
	slices.Sort(names)
	if len(names) == 0 {
		return "one door"
	}
	return "by " + strings.Join(names, ", ")
}

// judges are both engines and the direct checks.
func judges(v *linearizability.Verdict) []judge {
	rows := []judge{
		searched(v.Porcupine),
		engine("Witness", "The order of command numbers explains every answer, with what the log says of open calls.", v.Witness),
	}
	checks := slices.DeleteFunc(slices.Clone(v.Checks), func(c linearizability.CheckResult) bool { return !c.OK })
	for _, c := range append(brokenChecks(v), checks...) {
		row := judge{Name: c.Name, Promise: c.Promise, State: "good", Result: plural(c.Examined, "case")}
		switch {
		case !c.OK:
			row.State, row.Result = "bad", fmt.Sprintf("broken %s in %s", times(c.Found), plural(c.Examined, "case"))
		case c.Examined == 0:
			row.State, row.Result = "idle", "nothing to look at"
		}
		rows = append(rows, row)
	}
	return rows
}

// searched is porcupine's row: of how much it had to choose from, and what was too large for it.
func searched(e linearizability.EngineResult) judge {
	row := engine("Porcupine", "From what clients saw alone: some order of each key's calls, each between its call and its return, explains every answer.", e)
	if e.Result == linearizability.TooLarge {
		row.State, row.Result = "idle", "every key has too many calls for it"
		return row
	}
	if e.Steps > 0 {
		row.Result += fmt.Sprintf(", %s tried", plural(e.Steps, "step"))
	}
	if e.LeftOut > 0 {
		row.Result += fmt.Sprintf("; %s too large for it", plural(e.LeftOut, "key"))
	}
	return row
}

func engine(name, promise string, e linearizability.EngineResult) judge {
	row := judge{Name: name, Promise: promise, State: "good",
		Result: fmt.Sprintf("%s on %s", plural(e.Operations, "operation"), plural(e.Keys, "key"))}
	if e.Result != linearizability.Accepted {
		row.State, row.Result = "bad", string(e.Result)
		if n := len(e.BadKeys); n > 0 {
			row.Result += ": " + plural(n, "key")
		}
	}
	if e.Elapsed > 0 {
		row.Result += " in " + duration(e.Elapsed)
	}
	return row
}

// slowWord is the span from which on a call counts as slow.
func (r *run) slowWord() string {
	if slow := r.slowFrom(); slow < time.Duration(1<<62) {
		return duration(slow)
	}
	return ""
}

// fitting are the first views that a page has room for.
func fitting(views []View) []View {
	bytes := 0
	for i, v := range views {
		if bytes += len(v.HTML); bytes > maxViewBytes {
			return views[:i]
		}
	}
	return views
}

func text(name string) string {
	content, err := files.ReadFile("page/" + name)
	if err != nil {
		panic(err) // embedded: it is there or the program does not build
	}
	return string(content)
}

// code joins the named scripts of the page.
func code(names ...string) template.JS {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(text(name))
	}
	return template.JS(b.String()) //nolint:gosec // our own files
}
