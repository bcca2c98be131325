package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/prove/symbolic"
	"github.com/eventstreamcore/semel/spec/tla"
)

// proof is what the module says there is to prove, evaluated.
type proof struct {
	x          *symbolic.Evaluator
	needs      *needs
	conjuncts  []string
	facts      []string
	states     []string // properties of states
	steps      []string // properties of steps
	open       []string // what is not proved
	rows       []*symbolic.Row
	initial    *symbolic.Row
	hypotheses map[string]*smt.Term // conjuncts and facts, of a state of which nothing is known
	types      []*smt.Term          // what the types say of it, one thing each
}

// Where what is proved stands.
const (
	propertiesModule = "RaftProperties"
	types            = "Types"
)

func newProof(m *tla.Module, n *needs, o symbolic.Options) (*proof, error) {
	if err := errors.Join(symbolic.CoversInit(m, "Init", "ProofInit"), symbolic.Covers(m, "Next", "ProofNext", n.openActions(m)...)); err != nil {
		return nil, err
	}
	x, err := symbolic.New(m, o)
	if err != nil {
		return nil, err
	}
	p := &proof{x: x, needs: n, open: n.open, hypotheses: map[string]*smt.Term{}}
	if p.conjuncts, err = called(m, "Inv"); err != nil {
		return nil, err
	}
	if p.facts, err = called(m, "Facts"); err != nil {
		return nil, err
	}
	if !slices.Contains(p.conjuncts, types) {
		p.conjuncts = append([]string{types}, p.conjuncts...)
	}
	p.states, p.steps = properties(m)
	isOpen := func(name string) bool { return slices.Contains(n.open, name) }
	p.states, p.steps = slices.DeleteFunc(p.states, isOpen), slices.DeleteFunc(p.steps, isOpen)
	for _, name := range slices.Concat(p.conjuncts, p.facts) {
		c, err := x.OfState(name, x.Before())
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(c.Obligations) > 0 {
			return nil, fmt.Errorf("%s chooses: a conjunct may not", name)
		}
		p.hypotheses[name] = smt.And(append(c.Facts, c.Holds)...)
	}
	p.types = p.hypotheses[types].Conjuncts()
	return p, p.evaluateRows()
}

func (p *proof) evaluateRows() error {
	steps, err := p.x.Steps("ProofNext")
	if err != nil {
		return err
	}
	for _, s := range steps {
		r, err := p.x.Row(s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if slices.Contains(r.Hypotheses, smt.False) {
			return fmt.Errorf("%s can never be taken: nothing would be proved of it", s.Name)
		}
		p.rows = append(p.rows, r)
	}
	p.initial, err = p.x.Init("ProofInit")
	return err
}

// openActions are what is open and no property.
func (n *needs) openActions(m *tla.Module) (actions []string) {
	for _, name := range n.open {
		if o := m.Operators[name]; o == nil || o.Module != propertiesModule {
			actions = append(actions, name)
		}
	}
	return actions
}

// called are the operators whose calls a list such as Inv is a conjunction of.
func called(m *tla.Module, list string) ([]string, error) {
	o := m.Operators[list]
	if o == nil {
		return nil, fmt.Errorf("module %s has no operator %s", m.Name, list)
	}
	var all []string
	for _, c := range symbolic.Conjuncts(o.Body) {
		call, ok := c.(*tla.Call)
		if !ok || len(call.Args) > 0 {
			return nil, fmt.Errorf("%s: a conjunct of %s is no operator without parameters", c.At(), list)
		}
		all = append(all, call.Operator.Name)
	}
	return all, nil
}

// properties are all operators of RaftProperties that have no parameters.
func properties(m *tla.Module) (states, steps []string) {
	var all []*tla.Operator
	for _, o := range m.Operators {
		if o.Module == propertiesModule && len(o.Params) == 0 {
			all = append(all, o)
		}
	}
	slices.SortFunc(all, func(a, b *tla.Operator) int { return a.Line - b.Line })
	for _, o := range all {
		if o.Level == 1 {
			states = append(states, o.Name)
		} else {
			steps = append(steps, o.Name)
		}
	}
	return states, steps
}

// query is one thing to prove.
type query struct {
	name      string // as needs.txt names it
	row, goal string
	question  *smt.Question
	parts     []*smt.Term // of the goal, asked one by one
	untouched bool        // the action changes nothing that the conjunct reads: the conjunct itself is the proof
}

// queries are all there are.
func (p *proof) queries() ([]*query, error) {
	var all []*query
	for _, build := range []func() ([]*query, error){p.ofInit, p.ofFacts, p.ofRows, p.ofStates, p.ofSteps} {
		some, err := build()
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
	}
	if faults := p.needs.unused(); len(faults) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(faults, "\n"))
	}
	return all, nil
}

// assumed are the facts that rest on obligations.
func assumed(list []symbolic.Obligation) []*smt.Term {
	var all []*smt.Term
	for _, o := range list {
		all = append(all, o.Fact)
	}
	return all
}

// ask makes a query of a claim about a row's step (or about a state, where r is nil).
func (p *proof) ask(name, goal string, r *symbolic.Row, c symbolic.Claim, hypotheses []string) (*query, error) {
	q := &query{name: name, goal: goal, parts: []*smt.Term{c.Holds}, question: &smt.Question{Theory: p.x.Theory()}}
	var hs []*smt.Term
	if r != nil {
		q.row, q.question.Definitions = r.Name, r.Definitions
		hs = slices.Concat(hs, r.Hypotheses, assumed(r.Obligations))
	}
	for _, h := range hypotheses {
		t, err := p.hypothesis(h, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		hs = append(hs, t)
	}
	q.question.Hypotheses = slices.Concat(hs, c.Facts, assumed(c.Obligations))
	p.addTypes(q)
	return q, nil
}

// addTypes adds what the types say of what the question speaks of: the rest can not matter.
func (p *proof) addTypes(q *query) {
	whole := *q.question
	whole.Goal = smt.And(q.parts...)
	spoken := map[string]bool{"Nil": true, "m.type": true}
	for _, f := range whole.Functions() {
		spoken[f.Name] = true
	}
	for _, t := range p.types {
		if !slices.ContainsFunc(smt.Functions(t), func(f *smt.Function) bool { return !spoken[f.Name] }) {
			q.question.Hypotheses = append(q.question.Hypotheses, t)
		}
	}
}

func (p *proof) hypothesis(name string, r *symbolic.Row) (*smt.Term, error) {
	if h, ok := p.hypotheses[name]; ok {
		return h, nil
	}
	if of, ok := strings.CutPrefix(name, "@"); ok && r != nil {
		if !slices.ContainsFunc(p.needs.lemmas, func(l lemmaOf) bool { return l.row == r.Name && l.name == of }) {
			return nil, fmt.Errorf("%s is no lemma of %s", name, r.Name)
		}
		c, err := lemma(r, of)
		return smt.And(append(c.Facts, c.Holds)...), err
	}
	operator, after := strings.CutSuffix(name, "'")
	if slices.Contains(p.needs.opaque, operator) {
		state := p.x.Before()
		if after && r != nil {
			state = r.After
		}
		c, err := p.x.Definition(operator, state)
		return c.Holds, err
	}
	return nil, fmt.Errorf("no hypothesis is named %s", name)
}
