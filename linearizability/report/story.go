package report

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/eventstreamcore/semel/linearizability"
)

// story is a violation as the page tells it.
type story struct {
	linearizability.Violation
	Number  int
	Leads   bool // it is the first of its check
	Lines   []storyLine
	Diagram *diagram
}

// storyLine is one operation of a violation, or a command that only the log knows.
type storyLine struct {
	Number         int // of the operation in the story and its diagram, from 1; 0: only the log knows it
	ID             int
	Known          bool // the history has an operation of that id
	Who, When, How string
	Text           string
	Judged         string // the judge's own line about it
	Class          string
	Raw            string // the operation as the history has it
}

// ofOperation matches a line of the judge's story that is about an operation.
var ofOperation = regexp.MustCompile(`^operation (\d+), `)

// stories are the violations in the judge's order.
func (r *run) stories() []story {
	var all []story
	seen := map[string]bool{}
	for i, v := range r.verdict.Violations {
		all = append(all, story{Violation: v, Number: i + 1, Leads: !seen[v.Check], Lines: r.storyLines(&v), Diagram: r.diagram(v.Operations)})
		seen[v.Check] = true
	}
	return all
}

// storyLines are the judge's lines in their order, each with its operation, then the
// operations that no line is about.
func (r *run) storyLines(v *linearizability.Violation) []storyLine {
	var lines []storyLine
	told := map[int]bool{}
	for _, text := range v.Story {
		id := -1
		if match := ofOperation.FindStringSubmatch(text); match != nil {
			id, _ = strconv.Atoi(match[1])
		}
		if place := slices.Index(v.Operations, id); place >= 0 && !told[id] {
			told[id] = true
			line := r.storyLine(id, place+1)
			line.Judged = text
			lines = append(lines, line)
		} else {
			lines = append(lines, storyLine{Who: "the log", Text: text, Class: "read"})
		}
	}
	for i, id := range v.Operations {
		if !told[id] {
			told[id] = true
			lines = append(lines, r.storyLine(id, i+1))
		}
	}
	return lines
}

func (r *run) storyLine(id, number int) storyLine {
	place, ok := r.place[id]
	if !ok {
		return storyLine{Number: number, ID: id, Text: fmt.Sprintf("operation %d, which the history does not have", id), Class: "read"}
	}
	op := &r.history.Operations[place]
	inLog, fromLog := r.number(op)
	if !fromLog {
		inLog = 0
	}
	line := storyLine{Number: number, ID: id, Known: true, Who: r.clientName(op.Client), When: moment(op.Call), How: r.route(op),
		Text: sentence(op, inLog), Class: classes[classOf(endOf(op))].name}
	if raw, err := json.Marshal(op); err == nil {
		line.Raw = string(raw)
	}
	return line
}

// route is the door and node that a call took, and how long.
func (r *run) route(op *linearizability.Operation) string {
	text := ""
	if op.Node != 0 {
		text = r.nodesWord([]int{op.Node})
	}
	if op.Door != "" {
		text = joined(text, " by ", op.Door)
	}
	if op.Return != nil {
		text = joined(text, ", ", duration(time.Duration(*op.Return-op.Call)))
	}
	return text
}

func joined(a, by, b string) string {
	if a == "" {
		return b
	}
	return a + by + b
}

// diagram is a drawing of a few operations: a lane for each client, a bar from call
// to return. Times are in order but not to scale: each bar has room for its label.
type diagram struct {
	Width, Height int
	Lanes         []diagramLane
	Bars          []diagramBar
	Faults        []diagramFault
	Left          int // of a story with more operations than are drawn
}

type diagramLane struct {
	Name           string
	Y, Top, Height int
	client         int
	rows           []int // x up to which each row is taken
}

type diagramBar struct {
	X, Y, Width, Number int
	Label, Class        string
	Open                bool
	lane, row           int
}

type diagramFault struct {
	X, Y, Width int
	Label       string
}

const (
	drawnOperations = 40
	gutter          = 116 // for the names of lanes
	rowHeight       = 30
	slot            = 26 // between two moments, at least
	letter          = 7  // width of a letter in a label
	tail            = 70 // that open calls run on beyond the last moment
)

func (r *run) diagram(ids []int) *diagram {
	d := &diagram{}
	var drawn []*linearizability.Operation
	for _, id := range ids {
		if place, ok := r.place[id]; ok && len(drawn) < drawnOperations {
			drawn = append(drawn, &r.history.Operations[place])
		}
	}
	if len(drawn) == 0 {
		return nil
	}
	d.Left = len(ids) - len(drawn)
	times := momentsOf(drawn)
	x := placesOf(times, drawn)
	d.Width = x[len(x)-1] + tail
	for _, op := range drawn {
		d.Width = max(d.Width, at(op.Call, times, x)+labelWidth(op)+tail/2)
	}
	d.drawFaults(r, times, x)
	d.drawBars(r, times, x, drawn)
	d.layOut()
	return d
}

func momentsOf(operations []*linearizability.Operation) []int64 {
	var times []int64
	for _, op := range operations {
		times = append(times, op.Call)
		if op.Return != nil {
			times = append(times, *op.Return)
		}
	}
	slices.Sort(times)
	return slices.Compact(times)
}

// placesOf places the moments from left to right so that each bar holds its label.
func placesOf(times []int64, operations []*linearizability.Operation) []int {
	x := make([]int, len(times))
	for i := range x {
		x[i] = gutter + i*slot
	}
	inOrder := slices.Clone(operations)
	slices.SortStableFunc(inOrder, func(a, b *linearizability.Operation) int { return int(min(1, max(-1, returned(a)-returned(b)))) })
	for _, op := range inOrder {
		if op.Return == nil {
			continue
		}
		from, _ := slices.BinarySearch(times, op.Call)
		until, _ := slices.BinarySearch(times, *op.Return)
		lacking := labelWidth(op) - (x[until] - x[from])
		for i := until; i < len(x) && lacking > 0; i++ {
			x[i] += lacking
		}
	}
	return x
}

func labelWidth(op *linearizability.Operation) int {
	return 34 + letter*utf8.RuneCountInString(label(op))
}

// label is what a bar says: the outcome and the token.
func label(op *linearizability.Operation) string {
	text := string(op.Kind) + " · " + endName(endOf(op))
	if a := answerOf(op); a.Token != 0 {
		text += " " + count(a.Token)
	}
	return text
}

// at places any moment between those that have a place.
func at(t int64, times []int64, x []int) int {
	i, found := slices.BinarySearch(times, t)
	switch {
	case found:
		return x[i]
	case i == 0:
		return gutter - slot/2
	case i == len(times):
		return x[i-1] + slot/2
	default:
		return (x[i-1] + x[i]) / 2
	}
}

// drawFaults puts the faults that were on during the drawn moments above the lanes, a few of them.
func (d *diagram) drawFaults(r *run, times []int64, x []int) {
	const most = 4
	for i := range r.history.Faults {
		f := &r.history.Faults[i]
		if f.From > times[len(times)-1] || r.until(f) < times[0] || len(d.Faults) == most {
			continue
		}
		from, until := at(f.From, times, x), at(r.until(f), times, x)
		d.Faults = append(d.Faults, diagramFault{X: from, Y: 4 + 20*len(d.Faults), Width: max(until-from, 10),
			Label: spaced(f.Fault) + ", " + r.nodesWord(f.Nodes)})
		d.Width = max(d.Width, from+letter*utf8.RuneCountInString(d.Faults[len(d.Faults)-1].Label)+8)
	}
}

func (d *diagram) drawBars(r *run, times []int64, x []int, operations []*linearizability.Operation) {
	for number, op := range operations {
		bar := diagramBar{X: at(op.Call, times, x), Number: number + 1, Label: label(op),
			Class: classes[classOf(endOf(op))].name, Open: op.Return == nil, lane: d.laneOf(r, op.Client)}
		bar.Width = d.Width - 8 - bar.X
		if !bar.Open {
			bar.Width = max(at(*op.Return, times, x)-bar.X, 22)
		}
		lane := &d.Lanes[bar.lane]
		bar.row = slices.IndexFunc(lane.rows, func(taken int) bool { return taken <= bar.X })
		if bar.row < 0 {
			bar.row = len(lane.rows)
			lane.rows = append(lane.rows, 0)
		}
		lane.rows[bar.row] = bar.X + bar.Width
		d.Bars = append(d.Bars, bar)
	}
}

func (d *diagram) laneOf(r *run, client int) int {
	lane := slices.IndexFunc(d.Lanes, func(l diagramLane) bool { return l.client == client })
	if lane < 0 {
		lane = len(d.Lanes)
		d.Lanes = append(d.Lanes, diagramLane{Name: clip(r.clientName(client), 15), client: client})
	}
	return lane
}

// layOut gives lanes and bars their heights, once all rows are known.
func (d *diagram) layOut() {
	y := 6 + 20*len(d.Faults)
	for i := range d.Lanes {
		lane := &d.Lanes[i]
		lane.Top, lane.Height = y, rowHeight*len(lane.rows)
		lane.Y = y + lane.Height/2
		y += lane.Height + 4
	}
	for i := range d.Bars {
		bar := &d.Bars[i]
		bar.Y = d.Lanes[bar.lane].Top + rowHeight*bar.row + 3
	}
	d.Height = y + 2
}

// clip shortens a text to n letters.
func clip(text string, n int) string {
	if letters := []rune(text); len(letters) > n {
		return string(letters[:n-1]) + "…"
	}
	return text
}
