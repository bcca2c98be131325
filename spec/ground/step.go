package ground

import (
	"fmt"

	"github.com/eventstreamcore/semel/spec/tla"
)

// Action is an operator of two states, compiled. It is for one goroutine.
type Action struct {
	name     string
	spec     *Spec
	operator *tla.Operator
	program
	run  act
	rest *checked // compiled when it is first asked for
}

// program is a unit that can be evaluated.
type program struct {
	unit      *unit
	frame     *frame
	arguments []*binding
	variables int
}

// checked is an action as a relation of two states that are both known.
type checked struct {
	program
	holds   cond
	explain explain
}

// Action compiles an action, whose parameters are given at each step.
func (s *Spec) Action(name string) (*Action, error) {
	o, err := s.operator(name)
	if err != nil {
		return nil, err
	}
	return s.compiled(name, o)
}

func (s *Spec) compiled(name string, o *tla.Operator) (*Action, error) {
	a := &Action{name: name, spec: s, operator: o}
	err := compiling(func() {
		unit, at, arguments := s.opened(o)
		a.run = unit.action(o.Body, at, func(f *frame) { f.emit(s) })
		a.program = s.program(unit, arguments)
	})
	return a, err
}

// Disjuncts compiles the disjuncts of a next-state relation, each as an action without parameters under the name of the operator
// that it calls: of `\E i \in Server : Timeout(i)` that is Timeout.
func (s *Spec) Disjuncts(next string) ([]*Action, error) {
	o, err := s.operator(next)
	if err != nil {
		return nil, err
	}
	parts := []tla.Expr{o.Body}
	if or, ok := o.Body.(*tla.Builtin); ok && or.Op == `\/` {
		parts = or.Args
	}
	var actions []*Action
	for _, part := range parts {
		a, err := s.compiled(called(part), &tla.Operator{Place: part.At(), Name: next, Body: part})
		if err != nil {
			return nil, err
		}
		actions = append(actions, a)
	}
	return actions, nil
}

// called is the name of the operator that a disjunct calls.
func called(e tla.Expr) string {
	for {
		switch x := e.(type) {
		case *tla.Quantified:
			e = x.Body
			continue
		case *tla.Call:
			return x.Operator.Name
		}
		return tla.Text(e)
	}
}

// Name is the operator's.
func (a *Action) Name() string { return a.name }

// opened begins a unit whose parameters have slots.
func (s *Spec) opened(o *tla.Operator) (*unit, context, []*binding) {
	u := newUnit(s)
	var at context
	var arguments []*binding
	for _, p := range o.Params {
		b := u.newSlot(u.root)
		arguments = append(arguments, b)
		at.env = at.env.with(p, b)
	}
	return u, at, arguments
}

func (s *Spec) program(u *unit, arguments []*binding) program {
	return program{u, u.frame(), arguments, len(s.module.Variables)}
}

// begin readies the frame, and returns what is wrong with what it is given.
func (p *program) begin(name string, before State, args []Value) error {
	if len(args) != len(p.arguments) {
		return fmt.Errorf("%w: %s has %d parameters, not %d", ErrEvaluation, name, len(p.arguments), len(args))
	}
	if before != nil && len(before) != p.variables {
		return fmt.Errorf("%w: a state of %d variables, not of %d", ErrEvaluation, p.variables, len(before))
	}
	f := p.frame
	f.before, f.found, f.assigned = before, nil, 0
	f.undone++
	f.enter(p.unit.root.id)
	for k, a := range args {
		f.slots[p.arguments[k].slot] = a
	}
	return nil
}

// emit notes a successor: every variable has its next value.
func (f *frame) emit(s *Spec) {
	if missing := f.assigned ^ (1<<len(f.after) - 1); missing != 0 {
		for k, v := range s.module.Variables {
			if missing&(1<<k) != 0 {
				fail("the next value of %s is not said", v.Name)
			}
		}
	}
	f.found = append(f.found, append(State(nil), f.after...))
}

// evaluating returns the error that ended do.
func evaluating(what string, do func()) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case evaluationError:
			err = fmt.Errorf("%s: %w", what, p.error)
		default:
			panic(p)
		}
	}()
	do()
	return nil
}

// Steps returns the states after the action, one for each way in which it holds: none where it is not enabled. It returns
// ErrEvaluation, wrapped, where the action has no value.
func (a *Action) Steps(before State, args ...Value) ([]State, error) {
	if err := a.begin(a.name, before, args); err != nil {
		return nil, err
	}
	if err := evaluating(a.name, func() { a.run(a.frame) }); err != nil {
		return nil, err
	}
	return a.frame.found, nil
}

// relation compiles the action for two known states.
func (a *Action) relation() (*checked, error) {
	if a.rest != nil {
		return a.rest, nil
	}
	c := &checked{}
	err := compiling(func() {
		unit, at, arguments := a.spec.opened(a.operator)
		c.holds = unit.cond(a.operator.Body, at)
		c.explain = unit.explained(a.operator.Body, at)
		c.program = a.spec.program(unit, arguments)
	})
	if err == nil {
		a.rest = c
	}
	return c, err
}

// between readies the relation for two states.
func (a *Action) between(before, after State, args []Value) (*checked, error) {
	c, err := a.relation()
	if err != nil {
		return nil, err
	}
	if len(after) != c.variables {
		return nil, fmt.Errorf("%w: a state of %d variables, not of %d", ErrEvaluation, c.variables, len(after))
	}
	if err := c.begin(a.name, before, args); err != nil {
		return nil, err
	}
	copy(c.frame.after, after)
	c.frame.assigned = 1<<c.variables - 1
	return c, nil
}

// Holds reports whether the step from before to after is one of the action.
func (a *Action) Holds(before, after State, args ...Value) (holds bool, err error) {
	c, err := a.between(before, after, args)
	if err != nil {
		return false, err
	}
	err = evaluating(a.name, func() { holds = c.holds(c.frame) })
	return holds, err
}

// Why returns the first conjunct of the action that is false of the step from before to after; nil where the step is one.
func (a *Action) Why(before, after State, args ...Value) (why *Failure, err error) {
	c, err := a.between(before, after, args)
	if err != nil {
		return nil, err
	}
	err = evaluating(a.name, func() { why, _ = c.explain(c.frame) })
	return why.in(a.name), err
}

// Formula is an operator of one state, or of none, compiled. It is for one goroutine.
type Formula struct {
	name string
	program
	value expr
}

// Formula compiles an operator whose parameters are given at each evaluation.
func (s *Spec) Formula(name string) (*Formula, error) {
	o, err := s.operator(name)
	if err != nil {
		return nil, err
	}
	q := &Formula{name: name}
	err = compiling(func() {
		unit, at, arguments := s.opened(o)
		q.value = unit.expr(o.Body, at)
		q.program = s.program(unit, arguments)
	})
	return q, err
}

// Value evaluates the operator in a state, which may be nil for one that looks at none.
func (q *Formula) Value(in State, args ...Value) (v Value, err error) {
	if err := q.begin(q.name, in, args); err != nil {
		return Value{}, err
	}
	err = evaluating(q.name, func() { v = q.value(q.frame) })
	return v, err
}

// Initial returns the states that an initial predicate allows.
func (s *Spec) Initial(name string) ([]State, error) {
	o, err := s.operator(name)
	if err != nil {
		return nil, err
	}
	var p program
	var run act
	if err := compiling(func() {
		unit, at, arguments := s.opened(o)
		unit.initial = true
		run = unit.action(o.Body, at, func(f *frame) { f.emit(s) })
		p = s.program(unit, arguments)
	}); err != nil {
		return nil, err
	}
	if err := p.begin(name, nil, nil); err != nil {
		return nil, err
	}
	err = evaluating(name, func() { run(p.frame) })
	return p.frame.found, err
}
