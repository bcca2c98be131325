package symbolic

import (
	"fmt"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

// Claim is what an operator says.
type Claim struct {
	Holds       *smt.Term
	Facts       []*smt.Term // of what it had to give a name
	Obligations []Obligation
}

func (x *Evaluator) operator(name string) *tla.Operator {
	o := x.module.Operators[name]
	if o == nil {
		panic(fault{fmt.Errorf("module %s has no operator %s", x.module.Name, name)})
	}
	return o
}

// OfState is what an operator without parameters says of a state.
func (x *Evaluator) OfState(name string, s *State) (c Claim, err error) {
	defer catch(&err)
	o := x.operator(name)
	if len(o.Params) > 0 || o.Level > 1 {
		return c, fmt.Errorf("%s: %s is no operator without parameters that speaks of one state", o.Place, name)
	}
	row := newScope(name)
	return row.claim(env{x: x, row: row, now: s}.framed().truth(o.Body)), nil
}

// OfTypes is what Types says of a state, variable by variable; after a step, of those that it changes.
func (x *Evaluator) OfTypes(s *State) (all []*smt.Term, err error) {
	defer catch(&err)
	for _, c := range Conjuncts(x.operator("Types").Body) {
		v := c.(*tla.Builtin).Args[0].(*tla.Declared)
		if s == x.initial || s.changed[v.Name] {
			all = append(all, env{x: x, row: newScope("Types"), now: s}.framed().truth(c))
		}
	}
	return all, nil
}

// OfStep is what an operator says of a row's step: a property [][A]_vars, or an operator that has the action's parameters, or none.
func (r *Row) OfStep(name string) (c Claim, err error) {
	defer catch(&err)
	o := r.x.operator(name)
	row := newScope(r.Name + "." + name)
	e := env{x: r.x, row: row, now: r.Before, next: r.After}.framed()
	switch {
	case len(o.Params) == len(r.args):
		e = e.bindAll(o, r.args)
	case len(o.Params) > 0:
		return c, fmt.Errorf("%s: %s has not the parameters of %s", o.Place, name, r.Name)
	}
	return row.claim(e.truth(always(o.Body))), nil
}

// always takes the A of [][A]_vars; a step that changes nothing it does not ask about.
func always(x tla.Expr) tla.Expr {
	if b, ok := x.(*tla.Builtin); ok && b.Op == "[]" {
		if a, ok := b.Args[0].(*tla.Builtin); ok && a.Op == "[A]_v" {
			return a.Args[0]
		}
	}
	return x
}

func (s *scope) claim(t *smt.Term) Claim { return Claim{t, s.facts, s.obligations} }

// Definition is what an opaque operator keeps to itself: of the state before a step, or after one.
func (x *Evaluator) Definition(name string, s *State) (c Claim, err error) {
	defer catch(&err)
	o := x.operator(name)
	from, ok := x.opaque[name]
	if !ok || from == nil && len(o.Params) > 0 {
		return c, fmt.Errorf("%s: %s is not opaque, or never called", o.Place, name)
	}
	row := newScope(name)
	e := env{x: x, row: row, now: s}.framed()
	var vars []*smt.Term
	var args []value
	for k, p := range o.Params {
		v := x.fresh(from[k], p.Name)
		vars, args = append(vars, v), append(args, v)
	}
	e.bound = vars
	said := smt.Apply(x.function(e.opaqueName(o), from, smt.Bool), vars...)
	return row.claim(smt.ForAll(vars, smt.Equal(said, e.bindAll(o, args).truth(o.Body)))), nil
}

// Module is what is evaluated.
func (x *Evaluator) Module() *tla.Module { return x.module }
