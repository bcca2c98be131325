package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// outcome is a model that ran, and how that compares with what it declares.
type outcome struct {
	model   tlc.Model
	result  tlc.Result
	verdict string
	faults  []string // why it is not as declared; none means that it is
}

func (o outcome) red() bool { return len(o.faults) > 0 }

// judge compares what TLC found with what the model declares.
func judge(m tlc.Model, r tlc.Result) outcome {
	o := outcome{model: m, result: r}
	switch {
	case r.TimedOut:
		o.fault("TIMEOUT after %.0f s", m.Timeout.Seconds())
	case r.ExitCode == tlc.ExitInvariant || r.ExitCode == tlc.ExitProperty:
		o.judgeViolation()
	case r.ExitCode != tlc.ExitPass:
		o.fault("%s", exitMeaning(r.ExitCode))
	case m.MustFail():
		o.fault("passes, and must violate %s: the mutant survives", m.Expect)
	default:
		o.verdict = "pass"
		o.faults = uncovered(m, r.Coverage)
		if m.States > 0 && r.Distinct != m.States {
			o.fault("%d distinct states, it declares %d: a change of behaviour, of bounds or of what a state is", r.Distinct, m.States)
		}
	}
	if o.red() {
		o.verdict = "RED: " + o.faults[0]
	}
	return o
}

func (o *outcome) fault(format string, args ...any) {
	o.faults = append(o.faults, fmt.Sprintf(format, args...))
}

func (o *outcome) judgeViolation() {
	violated := o.result.Violated
	if violated == "" {
		violated = "a property that TLC does not name"
	}
	switch {
	case violated == o.model.Expect:
		o.verdict = "fails as it must: " + violated
	case o.model.MustFail():
		o.fault("violates %s, and must violate %s", violated, o.model.Expect)
	default:
		o.fault("violates %s, and must pass", violated)
	}
}

// budgets are what actions cost, or the actions before them: a model that spends none of it never takes them, and need
// not say so.
var budgets = map[string]string{
	"Resign": "MaxResigns", "PreVote": "MaxPrevotes", "HandleRequestPreVote": "MaxPrevotes",
	"TransferLeadership": "MaxTransfers", "HandleTimeoutNow": "MaxTransfers",
	"ReadRequest": "MaxReads", "ConfirmTerm": "MaxReads", "HandleConfirmTerm": "MaxReads",
	"HandleConfirmTermResponse": "MaxReads", "ConfirmRead": "MaxReads",
	"ChangeConfiguration": "MaxChanges", "LeaveJoint": "MaxChanges",
	"Compact": "MaxCompacts", "SendSnapshot": "MaxCompacts", "HandleInstallSnapshot": "MaxCompacts",
}

// unaffordable reports whether the model spends none of what the action costs.
func unaffordable(m tlc.Model, action string) bool {
	costs, priced := budgets[action]
	return priced && !slices.Contains(m.Spends, costs)
}

// uncovered lists where the actions that fired are not those the model declares.
// An action listed under `never` that fires, or that is none, is a stale line.
func uncovered(m tlc.Model, actions []tlc.Action) []string {
	var faults []string
	if len(actions) == 0 {
		faults = append(faults, "TLC reported no coverage of actions")
	}
	for _, a := range actions {
		switch never := slices.Contains(m.Never, a.Name) || unaffordable(m, a.Name); {
		case a.Generated == 0 && !never:
			faults = append(faults, fmt.Sprintf("action %s never fires: widen the bounds, or declare it with never:", a.Name))
		case a.Generated > 0 && never:
			faults = append(faults, fmt.Sprintf("action %s fires %d times, and is declared with never:", a.Name, a.Generated))
		}
	}
	for _, name := range m.Never {
		if !slices.ContainsFunc(actions, func(a tlc.Action) bool { return a.Name == name }) {
			faults = append(faults, fmt.Sprintf("never: names %s, which is no action of this model", name))
		}
	}
	return faults
}

// exitMeaning names a way of TLC to end that is never what a model declares.
func exitMeaning(code int) string {
	switch code {
	case tlc.ExitAssumption:
		return "an ASSUME is false"
	case tlc.ExitDeadlock:
		return "deadlock"
	case 75, 76, 77:
		return "an expression can't be evaluated"
	case 150:
		return "a module can't be parsed"
	case 151:
		return "the configuration does not fit the module"
	}
	return fmt.Sprintf("TLC ended with exit code %d", code)
}

// logTail is how much of TLC's log a fault shows.
const logTail = 25

// print writes a line for the model and, if it is red, what a person needs to see.
func (o outcome) print(w io.Writer) {
	r := o.result
	fmt.Fprintf(w, "%-32s %9d states  depth %3d %7.1f s  %s\n", o.model.Name, r.Distinct, r.Depth, r.Elapsed.Seconds(), o.verdict)
	if !o.red() {
		return
	}
	for _, fault := range o.faults[1:] { // the verdict is the first
		fmt.Fprintf(w, "    %s\n", fault)
	}
	if len(r.Trace) == 0 && r.ExitCode != tlc.ExitPass {
		tail := r.Log[max(0, len(r.Log)-logTail):]
		fmt.Fprintf(w, "    the end of TLC's log:\n      %s\n", strings.Join(tail, "\n      "))
	}
	if len(r.Trace) > 0 {
		last := r.Trace[len(r.Trace)-1]
		fmt.Fprintf(w, "    path: Init%s\n    last state:\n      %s\n",
			strings.Join(o.path(), " > "), strings.Join(last.State, "\n      "))
	}
}

// path is the trace's actions, with nothing for the initial state.
func (o outcome) path() []string {
	var names []string
	for _, step := range o.result.Trace {
		names = append(names, step.Action)
	}
	return names
}

// printJSON writes the outcome as one line.
func (o outcome) printJSON(w io.Writer) {
	actions := map[string]int64{}
	for _, a := range o.result.Coverage {
		actions[a.Name] = a.Generated
	}
	line := struct {
		Model     string           `json:"model"`
		Mutant    string           `json:"mutant,omitempty"`
		Expect    string           `json:"expect"`
		Verdict   string           `json:"verdict"`
		Faults    []string         `json:"faults,omitempty"`
		Violated  string           `json:"violated,omitempty"`
		Distinct  int64            `json:"distinct"`
		Generated int64            `json:"generated"`
		Depth     int              `json:"depth"`
		Seconds   float64          `json:"seconds"`
		Actions   map[string]int64 `json:"actions"`
		Path      []string         `json:"path,omitempty"`
	}{o.model.Name, o.model.Mutant, o.model.Expect, o.verdict, o.faults, o.result.Violated, o.result.Distinct,
		o.result.Generated, o.result.Depth, o.result.Elapsed.Seconds(), actions, o.path()}
	if err := json.NewEncoder(w).Encode(line); err != nil {
		fmt.Fprintf(w, "%s: %v\n", o.model.Name, err)
	}
}
