package ground

import "github.com/eventstreamcore/semel/spec/tla"

// action compiles a formula of two states: next is what follows where it holds.
func (u *unit) action(e tla.Expr, at context, next act) act {
	if !u.assigns(e, at.env) {
		c := u.cond(e, at)
		return func(f *frame) {
			if c(f) {
				next(f)
			}
		}
	}
	switch x := e.(type) {
	case *tla.Builtin:
		if a := u.step(x, at, next); a != nil {
			return a
		}
	case *tla.Call:
		if body, inner, _, ok := u.body(x, at); ok {
			return u.action(body, inner, next)
		}
	case *tla.Bound:
		if b := at.env.find(x.Param); b != nil && b.tree != nil && x.Param.Arity == 0 {
			return u.action(b.tree, context{b.env, at.primed}, next)
		}
	case *tla.Quantified:
		if x.Kind == tla.Exists {
			run := u.loop(x, 0, 0, at, func(inner context) loop {
				a := u.action(x.Body, inner, next)
				return func(f *frame) bool { a(f); return false }
			})
			return func(f *frame) { run(f) }
		}
	case *tla.If:
		c, yes, no := u.cond(x.Condition, at), u.action(x.Then, at, next), u.action(x.Else, at, next)
		return func(f *frame) {
			if c(f) {
				yes(f)
			} else {
				no(f)
			}
		}
	case *tla.Case:
		return u.actionCases(x, at, next)
	}
	c := u.cond(e, at)
	return func(f *frame) {
		if c(f) {
			next(f)
		}
	}
}

// assigns reports whether e may give a variable its value.
func (u *unit) assigns(e tla.Expr, env *env) bool {
	if u.initial {
		return true
	}
	return u.spec.speaks(e, func(p *tla.Param) bool {
		b := env.find(p)
		return b != nil && b.tree != nil && u.assigns(b.tree, b.env)
	})
}

// step compiles the operators of the language that mean more in an action; nil for others.
func (u *unit) step(x *tla.Builtin, at context, next act) act {
	switch x.Op {
	case `/\`:
		for k := len(x.Args) - 1; k >= 0; k-- {
			next = u.action(x.Args[k], at, next)
		}
		return next
	case `\/`:
		ways := make([]act, len(x.Args))
		for k, e := range x.Args {
			ways[k] = u.action(e, at, next)
		}
		return func(f *frame) {
			for _, way := range ways {
				way(f)
			}
		}
	case "=":
		if k, ok := u.assignable(x.Args[0], at); ok {
			return u.assignment(x, k, u.expr(x.Args[1], at), next)
		}
	case `\in`:
		if k, ok := u.assignable(x.Args[0], at); ok {
			return u.assignmentFrom(x, k, u.expr(x.Args[1], at), next)
		}
	case "UNCHANGED":
		return u.unchanged(x, x.Args[0], at, next)
	}
	return nil
}

// assignable returns which variable's value an equation gives.
func (u *unit) assignable(e tla.Expr, at context) (variable int, ok bool) {
	if !u.initial {
		primed, isBuiltin := e.(*tla.Builtin)
		if !isBuiltin || primed.Op != "'" {
			return 0, false
		}
		e = primed.Args[0]
	}
	for {
		b, isBound := e.(*tla.Bound)
		if !isBound {
			break
		}
		is := at.env.find(b.Param)
		if is == nil || is.tree == nil {
			return 0, false
		}
		e, at = is.tree, context{is.env, at.primed}
	}
	v, isDeclared := e.(*tla.Declared)
	if !isDeclared || !v.Variable {
		return 0, false
	}
	return u.spec.variables[v.Name], true
}

// assignment compiles x' = value: where x' is known the two are compared.
func (u *unit) assignment(x tla.Expr, variable int, value expr, next act) act {
	return func(f *frame) {
		v := value(f)
		if f.assigned&(1<<variable) == 0 {
			f.assign(variable, v, next)
			return
		}
		mustCompare(x, f.after[variable], v)
		if Equal(f.after[variable], v) {
			next(f)
		}
	}
}

// assign goes on with a variable's next value, and takes it back.
func (f *frame) assign(variable int, v Value, next act) {
	f.after[variable] = v
	f.assigned |= 1 << variable
	next(f)
	f.assigned &^= 1 << variable
	f.undone++
}

func (u *unit) assignmentFrom(x tla.Expr, variable int, set expr, next act) act {
	return func(f *frame) {
		members := set(f)
		if members.Kind() != Set {
			failAt(x, "expected a set, not %v", members)
		}
		if f.assigned&(1<<variable) != 0 {
			if members.Has(f.after[variable]) {
				next(f)
			}
			return
		}
		for _, m := range members.o.items {
			f.assign(variable, m, next)
		}
	}
}

// unchanged compiles UNCHANGED e: of a variable, of a tuple of such, of an operator that is one.
func (u *unit) unchanged(x *tla.Builtin, e tla.Expr, at context, next act) act {
	switch inner := e.(type) {
	case *tla.Declared:
		if inner.Variable {
			k := u.spec.variables[inner.Name]
			return u.assignment(x, k, func(f *frame) Value { return f.before[k] }, next)
		}
	case *tla.Tuple:
		for k := len(inner.Elements) - 1; k >= 0; k-- {
			next = u.unchanged(x, inner.Elements[k], at, next)
		}
		return next
	case *tla.Call:
		if body, seen, _, ok := u.body(inner, at); ok {
			return u.unchanged(x, body, seen, next)
		}
	}
	c := u.cond(&tla.Builtin{Place: x.Place, Op: "UNCHANGED", Args: []tla.Expr{e}}, at)
	return func(f *frame) {
		if c(f) {
			next(f)
		}
	}
}

func (u *unit) actionCases(x *tla.Case, at context, next act) act {
	guards, ways := make([]cond, len(x.Arms)), make([]act, len(x.Arms))
	for k, a := range x.Arms {
		guards[k], ways[k] = u.cond(a.Guard, at), u.action(a.Value, at, next)
	}
	other := func(*frame) { failAt(x, "no arm of the CASE holds") }
	if x.Other != nil {
		other = u.action(x.Other, at, next)
	}
	return func(f *frame) {
		for k, g := range guards {
			if g(f) {
				ways[k](f)
				return
			}
		}
		other(f)
	}
}
