package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/prove/symbolic"
	"github.com/eventstreamcore/semel/spec/tla"
)

// mutant is a guard, what a must-fail model puts in its place, and the query that falls then.
type mutant struct {
	guard, wrong string
	row, goal    string // of the query; goal may be a property of steps, or a lemma
}

func (m mutant) String() string {
	if m.goal == taken {
		return "taken " + m.row
	}
	return m.guard + " <- " + m.wrong
}

// title is what -only chooses by.
func (m mutant) title() string {
	if m.goal == taken {
		return m.String()
	}
	return "mutant " + m.wrong
}

// taken in the place of a conjunct asks, with no guard replaced, for a state that the invariant allows and that action from it: of an
// action that no such state has everything would be proved.
const taken = "taken"

// fallen is what became of a mutant's query.
type fallen struct {
	mutant mutant
	answer smt.Answer
	took   time.Duration
	world  symbolic.Bounded
	words  string // the counterexample
	fault  string
}

// mutants are all, with the module that has the wrong guards.
type mutants struct {
	module *tla.Module
	all    []mutant
}

// fallAll asks the mutants' queries.
func fallAll(ctx context.Context, binary string, m mutants, o options, stdout io.Writer) ([]fallen, error) {
	all := make([]fallen, len(m.all))
	errs := make([]error, len(m.all))
	next := make(chan int)
	var workers sync.WaitGroup
	var telling sync.Mutex
	for range o.processes {
		workers.Go(func() {
			z := smt.NewSolver(binary, 0, smt.Enumerating...)
			defer z.Close()
			for k := range next {
				all[k], errs[k] = fall(ctx, m.module, z, m.all[k], o.mutantLimit)
				telling.Lock()
				if f := all[k]; o.verbose {
					fmt.Fprintf(stdout, "%-8s %5.2f s  mutant %s: %s %s\n%s", f.answer, f.took.Seconds(), f.mutant, f.mutant.row, f.mutant.goal, f.words)
				}
				telling.Unlock()
			}
		})
	}
	for k := range m.all {
		next <- k
	}
	close(next)
	workers.Wait()
	return all, errors.Join(errs...)
}

// guardsModule has the operators that a must-fail model may replace here. Others bound the model, or are policy.
const guardsModule = "RaftGuards"

var replaces = regexp.MustCompile(`(?m)^\s*(\w+) <- (\w+)\s*$`)

// substitutions are those of all must-fail models, each once.
func substitutions(folder string, m *tla.Module) ([]mutant, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.cfg"))
	if err != nil {
		return nil, err
	}
	var all []mutant
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if strings.Contains(string(text), "module: RaftLiveness") { // breaks no safety: elections do not end
			continue
		}
		for _, s := range replaces.FindAllStringSubmatch(string(text), -1) {
			o := m.Operators[s[1]]
			if o != nil && o.Module == guardsModule && !slices.ContainsFunc(all, func(m mutant) bool { return m.guard == s[1] && m.wrong == s[2] }) {
				all = append(all, mutant{guard: s[1], wrong: s[2]})
			}
		}
	}
	return all, nil
}

// isOpen is what a line says in the place of a query where the wrong guard needs actions that are open.
const isOpen = "open"

// readMutants gives each substitution the query that its line names: `Guard <- Wrong: Action Goal`.
func readMutants(path string, all []mutant) ([]mutant, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for k, line := range strings.Split(string(text), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		what, query, _ := strings.Cut(line, ":")
		words := strings.Fields(query)
		n := slices.IndexFunc(all, func(m mutant) bool { return m.String() == strings.TrimSpace(what) })
		if n >= 0 && len(words) == 1 && words[0] == isOpen {
			all = slices.Delete(all, n, n+1)
			continue
		}
		if n < 0 || len(words) != 2 {
			return nil, fmt.Errorf("%s:%d: no must-fail model puts that in the place of a guard, or no action and goal are named: %q", path, k+1, line)
		}
		all[n].row, all[n].goal = words[0], words[1]
	}
	for _, m := range all {
		if m.row == "" {
			return nil, fmt.Errorf("%s: a must-fail model has %s, and no query is named that falls by it", path, m)
		}
	}
	return all, nil
}

// worlds are where counterexamples are sought, one after another: few nodes and messages, numbers up to 3.
var worlds = []symbolic.Bounded{
	{Nodes: 1, Values: 1, Messages: 1, Numbers: 3}, {Nodes: 2, Values: 1, Messages: 1, Numbers: 3},
	{Nodes: 2, Values: 1, Messages: 2, Numbers: 3}, {Nodes: 3, Values: 1, Messages: 2, Numbers: 3},
}

// choose in the place of a conjunct asks whether what an action chooses, or takes for a quorum, is there.
const choose = "choose"

// fall asks a mutant's query in small worlds, with the whole invariant for a hypothesis.
func fall(ctx context.Context, m *tla.Module, z *smt.Solver, mu mutant, limit time.Duration) (f fallen, err error) {
	f.mutant = mu
	begun := time.Now()
	for _, f.world = range worlds {
		q, r, err := question(m, mu, f.world)
		if err != nil {
			return f, fmt.Errorf("%s: %w", mu, err)
		}
		if f.answer, err = z.Ask(ctx, q.Text(), limit); err != nil {
			return f, err
		}
		if f.answer == smt.Refuted {
			f.took = time.Since(begun)
			if f.words, err = r.Story("Next", mu.goal, func(t *smt.Term) (string, error) { return z.Value(ctx, t) }); err == nil && mu.goal != taken {
				f.fault, err = standing(ctx, m, z, mu, f.world, limit)
			}
			return f, err
		}
	}
	f.took = time.Since(begun)
	f.fault = fmt.Sprintf("%s %s does not fall: %s", mu.row, mu.goal, f.answer)
	if mu.goal == taken {
		f.fault = fmt.Sprintf("from no state that the invariant allows, in a small world: %s", f.answer)
	}
	return f, nil
}

// standing asks the same with the right guard: a query that falls in a small world with that, too, says nothing of the wrong one.
func standing(ctx context.Context, m *tla.Module, z *smt.Solver, mu mutant, world symbolic.Bounded, limit time.Duration) (fault string, err error) {
	q, _, err := question(m, mutant{row: mu.row, goal: mu.goal}, world)
	if err != nil {
		return "", fmt.Errorf("%s, left out: %w", mu, err)
	}
	answer, err := z.Ask(ctx, q.Text(), limit)
	if answer != smt.Proved {
		fault = fmt.Sprintf("%s %s does not stand with the right guard, in the same small world: %s", mu.row, mu.goal, answer)
	}
	return fault, err
}

// question is whether a step of the mutant can leave what the goal says.
func question(m *tla.Module, mu mutant, world symbolic.Bounded) (*smt.Question, *symbolic.Row, error) {
	o := symbolic.Options{World: world, Constants: instant, Replaced: symbolic.FixedMembers()}
	if mu.guard != "" {
		o.Replaced[mu.guard] = mu.wrong
	}
	x, err := symbolic.New(m, o)
	if err != nil {
		return nil, nil, err
	}
	conjuncts, err := called(m, "Inv")
	if err != nil {
		return nil, nil, err
	}
	var hypotheses []*smt.Term
	for _, name := range conjuncts {
		c, err := x.OfState(name, x.Before())
		if err != nil {
			return nil, nil, err
		}
		hypotheses = append(hypotheses, c.Holds)
	}
	r, err := rowOf(x, mu.row)
	if err != nil {
		return nil, nil, err
	}
	var goal symbolic.Claim
	if mu.goal == taken {
		goal.Holds = smt.False
	} else if mu.goal == choose {
		goal.Holds = smt.And(obliged(r.Obligations)...)
	} else if o := m.Operators[mu.goal]; o != nil && o.Level == 1 && len(o.Params) == 0 {
		goal, err = x.OfState(mu.goal, r.After)
	} else {
		goal, err = r.OfStep(mu.goal)
	}
	if err != nil {
		return nil, nil, err
	}
	hypotheses = slices.Concat(hypotheses, r.Hypotheses, given(r.Obligations), goal.Facts, given(goal.Obligations))
	q := &smt.Question{Theory: x.Theory(), Definitions: r.Definitions, Hypotheses: hypotheses, Goal: goal.Holds}
	q.Hypotheses = append(q.Hypotheses, x.Bounds()...)
	q.Also = x.Functions(r.Definitions)
	return q, r, nil
}

// given are facts, each where what it rests on holds.
func given(list []symbolic.Obligation) []*smt.Term {
	var all []*smt.Term
	for _, o := range list {
		all = append(all, smt.Implies(o.Holds, o.Fact))
	}
	return all
}

func obliged(list []symbolic.Obligation) []*smt.Term {
	var all []*smt.Term
	for _, o := range list {
		all = append(all, o.Holds)
	}
	return all
}

func rowOf(x *symbolic.Evaluator, name string) (*symbolic.Row, error) {
	steps, err := x.Steps("ProofNext")
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		if s.Name == name {
			return x.Row(s)
		}
	}
	return nil, fmt.Errorf("no action is named %s", name)
}

func (r outcome) writeMutants(b *strings.Builder) {
	b.WriteString("### Mutants: the query that falls\n\nA state of so many nodes that the invariant allows, and a step from it that breaks the conjunct. With the right guard there is none in the same world.\n\n" +
		"| guard, and what stands in its place | action | conjunct | nodes | seconds |\n|---|---|---|--:|--:|\n")
	for _, f := range r.mutants {
		if f.mutant.goal != taken {
			fmt.Fprintf(b, "| %s | %s | %s | %d | %.1f |\n", f.mutant, f.mutant.row, f.mutant.goal, f.world.Nodes, f.took.Seconds())
		}
	}
	b.WriteString("\n### Each action can be taken\n\nA state of so many nodes that the invariant allows, and the action from it.\n\n| action | nodes | seconds |\n|---|--:|--:|\n")
	for _, f := range r.mutants {
		if f.mutant.goal == taken {
			fmt.Fprintf(b, "| %s | %d | %.1f |\n", f.mutant.row, f.world.Nodes, f.took.Seconds())
		}
	}
}
