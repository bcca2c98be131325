package symbolic

import (
	"fmt"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

// Step is one disjunct of a next-state relation, `\E x \in S : A(x)`; of an action that is a list of others, one of these.
type Step struct {
	Name   string // of the action: the first that is called
	Ranges []tla.Range
	Call   *tla.Call
	choice map[*tla.Builtin]tla.Expr
	of     map[string]bool // the variables that the relation speaks of: it gives these their next values
}

// Steps reads the disjuncts of an operator. The action that a disjunct is of is what its own operator calls first.
func (x *Evaluator) Steps(next string) (steps []*Step, err error) {
	defer catch(&err)
	o := x.module.Operators[next]
	if o == nil {
		return nil, fmt.Errorf("module %s has no operator %s", x.module.Name, next)
	}
	for _, d := range Disjuncts(o.Body) {
		s := &Step{of: x.readBy(o)}
		for s.Call == nil {
			switch n := d.(type) {
			case *tla.Quantified:
				s.Ranges, d = append(s.Ranges, n.Ranges...), n.Body
			case *tla.Call:
				s.Call = n
			default:
				return nil, fmt.Errorf("%s: a disjunct of %s is no call of an action", d.At(), next)
			}
		}
		action := s.Call.Operator
		if c, ok := Conjuncts(action.Body)[0].(*tla.Call); ok && !c.Operator.Standard && c.Operator.Level == 2 {
			action = c.Operator
		}
		steps = append(steps, s.split(action)...)
	}
	return steps, nil
}

// split makes a step of each action that one is a list of.
func (s *Step) split(action *tla.Operator) []*Step {
	s.Name = action.Name
	for _, c := range Conjuncts(action.Body) {
		list, ok := c.(*tla.Builtin)
		if !ok || list.Op != `\/` {
			continue
		}
		var steps []*Step
		actions := Disjuncts(list)
		for _, a := range actions {
			if call, ok := a.(*tla.Call); ok && !call.Operator.Standard && call.Operator.Level == 2 {
				steps = append(steps, &Step{call.Operator.Name, s.Ranges, s.Call, map[*tla.Builtin]tla.Expr{list: call}, s.of})
			}
		}
		if len(steps) == len(actions) {
			return steps
		}
	}
	return []*Step{s}
}

// Row is a step as a relation between two states.
type Row struct {
	Name          string
	Params        []Param
	Before, After *State
	Hypotheses    []*smt.Term // what holds of a step
	Obligations   []Obligation
	Definitions   []*smt.Definition
	args          []value
	x             *Evaluator
}

// Param is a parameter of the action, by its name.
type Param struct {
	Name  string
	Value *smt.Term
}

// Row evaluates a step from a state of which nothing is known.
func (x *Evaluator) Row(s *Step) (r *Row, err error) {
	defer catch(&err)
	r = &Row{Name: s.Name, Before: x.initial, x: x}
	row := newScope(s.Name)
	e := env{x: x, row: row, now: x.initial, next: x.newState(), assign: true, choice: s.choice}.framed()
	for _, g := range s.Ranges {
		over := e.asSet(e.eval(g.Set))
		for _, n := range g.Names {
			v := row.constant(x, sortOf(over), n.Name)
			in := over.has(e, v)
			r.Hypotheses = append(r.Hypotheses, in)
			e = e.bind(n, v).under(in)
		}
	}
	o := s.Call.Operator
	for k, a := range s.Call.Args {
		v := e.eval(a)
		if t, ok := v.(*smt.Term); ok {
			v = r.param(x, row, o.Params[k].Name, t)
		}
		r.args = append(r.args, v)
	}
	holds := e.framed().bindAll(o, r.args).truth(o.Body)
	r.Hypotheses = append(r.Hypotheses, holds)
	if holds == smt.False { // what the constants are leaves no such step
		r.After = r.Before
		return r, nil
	}
	r.After, r.Definitions = x.store(e, s.of)
	r.Hypotheses = append(r.Hypotheses, row.facts...)
	r.Obligations = row.obligations
	return r, nil
}

// param gives an argument the name of the parameter, if it has none.
func (r *Row) param(x *Evaluator, row *scope, name string, t *smt.Term) *smt.Term {
	if !t.Constant() {
		c := row.constant(x, t.Sort(), name)
		r.Hypotheses = append(r.Hypotheses, smt.Equal(c, t))
		t = c
	}
	r.Params = append(r.Params, Param{name, t})
	return t
}

func sortOf(s set) smt.Sort {
	switch s := s.(type) {
	case sorted:
		return s.elementSort()
	case *leafSet:
		if s.element == shape(messageShape{}) {
			return messageSort
		}
	}
	panic(fault{failure("an action's parameter is taken from a set of the kind %T", s)})
}

// Init evaluates an initial state.
func (x *Evaluator) Init(operator string) (r *Row, err error) {
	defer catch(&err)
	o := x.module.Operators[operator]
	if o == nil {
		return nil, fmt.Errorf("module %s has no operator %s", x.module.Name, operator)
	}
	row := newScope(operator)
	e := env{x: x, row: row, next: x.newState(), assign: true}.framed()
	r = &Row{Name: operator, x: x, Hypotheses: []*smt.Term{e.truth(o.Body)}}
	r.After, r.Definitions = x.store(e, x.readBy(o))
	r.Hypotheses = append(r.Hypotheses, row.facts...)
	r.Obligations = row.obligations
	return r, nil
}

// store makes definitions of what was assigned. A leaf that stays as it is has none.
func (x *Evaluator) store(e env, of map[string]bool) (*State, []*smt.Definition) {
	after := x.newState()
	var definitions []*smt.Definition
	for _, v := range x.module.Variables {
		s := x.shapes.variables[v.Name]
		if s == nil || !of[v.Name] {
			continue
		}
		to := e.next.values[v.Name]
		if to == nil {
			failf(v.Place, "%s says nothing of the next %s", e.row.prefix, v.Name)
		}
		if sameValue(to, x.initial.values[v.Name]) {
			after.values[v.Name] = to
			continue
		}
		own := map[string]*smt.Function{}
		s.store(e, v.Name, nil, to, func(leaf string, args []*smt.Term, to *smt.Term) {
			before := leaves(x.function).apply(leaf, args, to.Sort())
			if smt.Same(before, to) {
				return
			}
			f := x.function(leaf+"'", before.Function().From, to.Sort())
			own[leaf] = f
			definitions = append(definitions, &smt.Definition{Function: f, Vars: args, Body: to})
		})
		after.changed[v.Name] = len(own) > 0
		if len(own) == 0 {
			delete(after.changed, v.Name)
		}
		after.values[v.Name] = s.build(x, func(name string, from []smt.Sort, to smt.Sort) *smt.Function {
			if f := own[name]; f != nil {
				return f
			}
			return x.function(name, from, to)
		}, v.Name, nil)
	}
	return after, definitions
}
