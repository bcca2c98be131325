package symbolic

import (
	"fmt"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

// env is what an expression is evaluated in. It is copied, never changed.
type env struct {
	x      *Evaluator
	row    *scope
	names  *binding
	frame  *frame
	now    *State // what variables are; nil while an initial state is made
	next   *State // what primed ones are
	assign bool   // an equation for a primed variable that has no value yet gives it one
	asks   bool   // but not here: what is said may be false
	primed bool
	old    value // @
	path   *smt.Term
	bound  []*smt.Term
	choice map[*tla.Builtin]tla.Expr // which part of a disjunction of actions is looked at
}

// binding is a list of names with values.
type binding struct {
	param *tla.Param
	value value
	outer *binding
}

// frame remembers what the operators of a LET are, within one call or one round of a quantifier.
type frame struct{ known map[letKey]value }

type letKey struct {
	operator *tla.Operator
	primed   bool
}

func (e env) bind(p *tla.Param, v value) env {
	e.names = &binding{p, v, e.names}
	return e
}

// asking is e where an equation for a primed variable gives it no value: behind ~, around =>, in what is decided by.
func (e env) asking() env {
	e.asks = true
	return e
}

func (e env) framed() env {
	e.frame = &frame{map[letKey]value{}}
	return e
}

// under is e where t holds.
func (e env) under(t *smt.Term) env {
	if e.path == nil {
		e.path = t
	} else {
		e.path = smt.And(e.path, t)
	}
	return e
}

func (e env) holding() *smt.Term {
	if e.path == nil {
		return smt.True
	}
	return e.path
}

func (e env) lookup(b *tla.Bound) value {
	for n := e.names; n != nil; n = n.outer {
		if n.param == b.Param {
			return n.value
		}
	}
	failf(b.Place, "%s has no value here", b.Param.Name)
	return nil
}

// scope is what evaluating one action, or one property, makes beside its result.
type scope struct {
	prefix      string // of constants
	facts       []*smt.Term
	obligations []Obligation
	calls       map[callKey]value
	used        map[string]int
}

// Obligation is what has to hold where an expression has the meaning that its fact says it has.
type Obligation struct {
	Place tla.Place
	Holds *smt.Term
	Fact  *smt.Term
}

func newScope(prefix string) *scope {
	return &scope{prefix: prefix, calls: map[callKey]value{}, used: map[string]int{}}
}

// constant makes an unknown of that name, which is the same whenever the same is evaluated again.
func (s *scope) constant(x *Evaluator, sort smt.Sort, name string, over ...*smt.Term) *smt.Term {
	s.used[name]++
	full := s.prefix + "." + name
	if n := s.used[name]; n > 1 {
		full += fmt.Sprintf("!%d", n)
	}
	var from []smt.Sort
	for _, t := range over {
		from = append(from, t.Sort())
	}
	return smt.Apply(x.function(full, from, sort), over...)
}

// oblige notes a fact that holds wherever e is, as long as t holds there.
func (s *scope) oblige(at tla.Place, e env, t, fact *smt.Term) {
	o := smt.ForAll(e.bound, smt.Implies(e.holding(), t))
	s.obligations = append(s.obligations, Obligation{at, o, smt.ForAll(e.bound, smt.Implies(e.holding(), fact))})
}
