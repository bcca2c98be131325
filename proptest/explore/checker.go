package explore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/spec/check/tlc"
)

// ErrTLC is returned where TLC did not explore a model to its end.
var ErrTLC = errors.New("TLC did not finish")

// timeout ends a run of TLC.
const timeout = 5 * time.Minute

// Checker runs TLC on the specification.
type Checker struct {
	Jar     string // see tlc.Jar
	SpecDir string // the folder of the modules
	Workers int    // threads; 0 means 1
	Kept    string // the folder of what TLC reached before, see package reached; empty for none
}

// printed collects the states that TLC prints.
type printed struct {
	parts  *Parts
	states []State
	seen   map[State]bool
	err    error
}

func newPrinted(p *Parts) *printed { return &printed{parts: p, seen: map[State]bool{}} }

func (p *printed) line(text string) {
	if p.err != nil || !strings.HasPrefix(text, `"<<`) {
		return
	}
	st, err := p.parts.State(text)
	if err != nil {
		p.err = fmt.Errorf("read a state that TLC printed: %w", err)
		return
	}
	if !p.seen[st] {
		p.seen[st] = true
		p.states = append(p.states, st)
	}
}

// job is one run of TLC on a model.
type job struct {
	module  string
	text    string // the body of a module of its own that extends MCRaft; empty for none
	config  []string
	workers int
	line    func(string)
}

// run runs TLC on a copy of the modules, so that nothing is written beside them.
func (c Checker) run(ctx context.Context, m *Model, j job) (tlc.Result, error) {
	folder, err := os.MkdirTemp("", "parity-")
	if err != nil {
		return tlc.Result{}, err
	}
	defer os.RemoveAll(folder)
	if err := c.prepare(folder, m, j); err != nil {
		return tlc.Result{}, err
	}
	result, err := tlc.Run(ctx, tlc.Options{Jar: c.Jar, SpecDir: folder, Module: j.module,
		Config: filepath.Join(folder, "parity.cfg"), Workers: j.workers, Timeout: timeout, Line: j.line})
	if err == nil && result.TimedOut {
		err = fmt.Errorf("%w: %s took more than %v", ErrTLC, m.Name, timeout)
	}
	return result, err
}

func (c Checker) prepare(folder string, m *Model, j job) error {
	if err := tlc.CopyModules(c.SpecDir, folder); err != nil {
		return err
	}
	if j.text != "" {
		module := fmt.Sprintf("---- MODULE %s ----\nEXTENDS MCRaft\n%s\n====\n", j.module, j.text)
		if err := os.WriteFile(filepath.Join(folder, j.module+".tla"), []byte(module), 0o600); err != nil {
			return err
		}
	}
	return os.WriteFile(filepath.Join(folder, "parity.cfg"), []byte(m.config(j.config...)), 0o600)
}

// variablesTuple is the tuple of all variables, as PrintState has it.
var variablesTuple = "<<" + strings.Join(variables, ", ") + ">>"

// PathTo returns TLC's shortest path to the first of the states that it reaches: an
// invariant says that it reaches none of them.
func (c Checker) PathTo(ctx context.Context, m *Model, p *Parts, states []State) ([]Visit, error) {
	p.first = firsts[m.First]
	var texts []string
	for _, st := range states {
		texts = append(texts, p.TLA(st))
	}
	result, err := c.run(ctx, m, job{module: "Parity", workers: 1,
		text:   fmt.Sprintf("Elsewhere == %s \\notin {\n%s}", variablesTuple, strings.Join(texts, ",\n")),
		config: []string{"SPECIFICATION MCSpec", "INVARIANT Elsewhere"}})
	if err != nil {
		return nil, err
	}
	if result.ExitCode != tlc.ExitInvariant {
		return nil, fmt.Errorf("%w: exit code %d on the way to a state it had reached before\n%s", ErrTLC,
			result.ExitCode, strings.Join(result.Log, "\n"))
	}
	var path []Visit
	for _, step := range result.Trace {
		st, err := p.pretty(strings.Join(step.State, "\n"))
		if err != nil {
			return nil, err
		}
		path = append(path, Visit{step.Action, st})
	}
	return path, nil
}

// conjunct begins a variable of a state in a trace.
var conjunct = regexp.MustCompile(`(?m)^/\\ (\w+) = `)

// pretty reads a state of a trace: a conjunction, in any order and over many lines.
func (p *Parts) pretty(state string) (State, error) {
	values := map[string]string{}
	at := conjunct.FindAllStringSubmatchIndex(state, -1)
	for k, begin := range at {
		end := len(state)
		if k+1 < len(at) {
			end = at[k+1][0]
		}
		values[state[begin[2]:begin[3]]] = state[begin[1]:end]
	}
	var ordered []string
	for _, name := range variables {
		ordered = append(ordered, values[name])
	}
	return p.State("<<" + strings.Join(ordered, ", ") + ">>")
}

// Successors returns the states that the specification reaches from st in one step.
func (c Checker) Successors(ctx context.Context, m *Model, p *Parts, st State) ([]State, error) {
	p.first = firsts[m.First]
	all, err := parseValue(p.TLA(st))
	if err != nil {
		return nil, err
	}
	begin, here := "Begin ==", "Here =="
	for k, name := range variables {
		begin += fmt.Sprintf("\n  /\\ %s = %v", name, all.items[k])
		here += fmt.Sprintf("\n  /\\ %s = %v", name, all.items[k])
	}
	printed := newPrinted(p)
	result, err := c.run(ctx, m, job{module: "Parity", workers: 1, line: printed.line, text: begin + "\n" + here,
		config: []string{"INIT Begin", "NEXT MCNext", "CONSTRAINT Here", "INVARIANT PrintState"}})
	if err != nil {
		return nil, err
	}
	if result.ExitCode != tlc.ExitPass || len(printed.states) == 0 || printed.err != nil {
		return nil, fmt.Errorf("%w: exit code %d, %d successors printed, %w\n%s", ErrTLC, result.ExitCode,
			len(printed.states), printed.err, strings.Join(result.Log, "\n"))
	}
	return printed.states[1:], nil
}
