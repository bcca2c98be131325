package tlc

import (
	"bufio"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// TLC's exit codes that say something about the model.
const (
	ExitPass       = 0
	ExitAssumption = 10
	ExitDeadlock   = 11
	ExitInvariant  = 12
	ExitProperty   = 13
)

// Result is what one run of TLC found.
type Result struct {
	ExitCode  int           // -1 if TLC was ended
	TimedOut  bool          // ended because its time was over
	Banner    string        // TLC's first line, which names its version
	Generated int64         // states generated; of a run that was ended, so far
	Distinct  int64         // distinct states among them
	Depth     int           // of the complete graph; of the trace, if there is one
	Elapsed   time.Duration // with the start of the JVM
	Coverage  []Action      // the last report, in TLC's order, one for each name

	// Complete tells that TLC's last numbers were read, and that none was left to look at: without them the numbers are those of some
	// line on the way.
	Complete bool

	Trace []Step // the behaviour that broke a property

	// Violated is the property that broke under its name in the .cfg or, if that can't
	// be told, TLC's words for it: of temporal properties it does not say which.
	// Empty if none broke.
	Violated string

	// Log is TLC's output without coverage, traces, printed states and the modules
	// read; its last lines, if there are many.
	Log []string

	rawCoverage []coverageLine
}

// Action counts how often one action fired.
type Action struct {
	Name      string
	Distinct  int64 // steps that led to a new state
	Generated int64 // steps
}

// Step is one state of a trace.
type Step struct {
	Action string   // that led to it; empty for the first
	State  []string // as TLC prints it

	label string
}

const logLines = 200

var (
	actionHeader  = regexp.MustCompile(`^<([\w!]+) ` + spanPattern + `(?: \((\d+) (\d+) (\d+) (\d+)\))?>: (\d+):(\d+)$`)
	statesLine    = regexp.MustCompile(`^(?:Progress\((\d+)\) at .*: )?([\d,]+) states generated(?: \(.*?\))?, ([\d,]+) distinct states found(?: \(.*?\))?, ([\d,]+) states left on queue\.`)
	depthLine     = regexp.MustCompile(`^The depth of the complete state graph search is (\d+)\.`)
	violationLine = regexp.MustCompile(`^Error: (?:Invariant|Action property|Property) (.+?) is violated(?: by the initial state)?[.:]`)
	stateLine     = regexp.MustCompile(`^(?:State \d+|Back to state \d+): <(.*)>$`)
)

// temporalLine is all that TLC says of a violated liveness property.
const temporalLine = "Error: Temporal properties were violated."

// endOfCoverage begins the line that ends a report of coverage. Once five minutes have passed by the clock on the wall, which also
// jumps, TLC adds to it what it thinks of coverage.
const endOfCoverage = "End of statistics"

// coverageLine is one action of TLC's report, not yet named: at is the operator's
// head, part the piece of its body that TLC counted by itself.
type coverageLine struct {
	operator            string
	at, part            span
	distinct, generated int64
}

// ParseOutput reads what TLC writes to its standard output and hands every line to
// line, if set. Names of actions and properties are TLC's own; Run resolves them.
func ParseOutput(r io.Reader, line func(string)) (Result, error) {
	var p parser
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), 64<<20)
	for lines.Scan() {
		text := lines.Text()
		if line != nil {
			line(text)
		}
		p.read(text)
	}
	if n := len(p.Trace); n > 0 {
		p.Depth = n
	}
	return p.Result, lines.Err()
}

// parser is a Result being read, and the part of the output it is in.
type parser struct {
	Result
	inCoverage, inTrace bool
}

func (p *parser) read(text string) {
	switch {
	case isPrinted(text):
	case strings.HasPrefix(text, "The coverage statistics at"):
		p.inCoverage, p.inTrace, p.rawCoverage = true, false, nil
	case strings.HasPrefix(text, endOfCoverage):
		p.inCoverage = false
	case p.inCoverage:
		p.readCoverage(text)
	case stateLine.MatchString(text):
		p.beginState(text)
	case p.inTrace && text != "":
		last := &p.Trace[len(p.Trace)-1]
		last.State = append(last.State, text)
	default:
		p.inTrace = false
		p.readMessage(text)
	}
}

// isPrinted tells the states that an invariant prints, as a value or as a string,
// from what TLC says.
func isPrinted(text string) bool {
	return strings.HasPrefix(text, "<<") || strings.HasPrefix(text, `"<<`)
}

// beginState opens the next state of the trace. A lasso's end repeats a state and
// opens none.
func (p *parser) beginState(text string) {
	p.inTrace = !strings.HasPrefix(text, "Back")
	if p.inTrace {
		p.Trace = append(p.Trace, Step{label: stateLine.FindStringSubmatch(text)[1]})
	}
}

func (p *parser) readCoverage(text string) {
	f := actionHeader.FindStringSubmatch(text)
	if f == nil {
		return
	}
	c := coverageLine{operator: f[1], at: newSpan(f[2:7]), distinct: number(f[11]), generated: number(f[12])}
	if f[7] != "" {
		c.part = newSpan(append(f[7:11:11], c.at.module))
	}
	p.rawCoverage = append(p.rawCoverage, c)
}

func (p *parser) readMessage(text string) {
	if p.Banner == "" && strings.HasPrefix(text, "TLC2 ") {
		p.Banner = text
	}
	if f := statesLine.FindStringSubmatch(text); f != nil {
		p.Generated, p.Distinct = number(f[2]), number(f[3])
		p.Depth = int(number(f[1])) // of a run that is ended; a complete one says more
		p.Complete = f[1] == "" && number(f[4]) == 0
	}
	if f := depthLine.FindStringSubmatch(text); f != nil {
		p.Depth = int(number(f[1]))
	}
	if f := violationLine.FindStringSubmatch(text); f != nil && p.Violated == "" {
		p.Violated = f[1]
		p.beginInitial(text)
	}
	if text == temporalLine {
		p.Violated = temporalLine
	}
	if !strings.HasPrefix(text, "Parsing file ") && !strings.HasPrefix(text, "Semantic processing ") {
		p.keep(text)
	}
}

// beginInitial opens a trace of one state: TLC gives it no heading when the initial
// state breaks the property.
func (p *parser) beginInitial(text string) {
	if strings.HasSuffix(text, "by the initial state:") {
		p.Trace, p.inTrace = []Step{{label: "Initial predicate"}}, true
	}
}

func (r *Result) keep(text string) {
	r.Log = append(r.Log, strings.Split(strings.TrimRight(text, "\n"), "\n")...)
	if extra := len(r.Log) - logLines; extra > 0 {
		r.Log = r.Log[extra:]
	}
}

// number reads digits that a pattern has already found; none are 0.
func number(digits string) int64 {
	n, _ := strconv.ParseInt(strings.ReplaceAll(digits, ",", ""), 10, 64)
	return n
}
