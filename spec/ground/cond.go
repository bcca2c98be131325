package ground

import "github.com/eventstreamcore/semel/spec/tla"

// cond compiles what is true or false.
func (u *unit) cond(e tla.Expr, at context) cond {
	switch x := e.(type) {
	case *tla.Boolean:
		return func(*frame) bool { return x.Value }
	case *tla.Builtin:
		if c := u.logic(x, at); c != nil {
			return c
		}
	case *tla.Quantified:
		if x.Kind == tla.Exists || x.Kind == tla.ForAll {
			return u.quantifier(x, at)
		}
	case *tla.Call:
		if body, inner, _, ok := u.body(x, at); ok && len(x.Args) > 0 {
			return u.cond(body, inner)
		}
		if c := u.compared(x, at); c != nil {
			return c
		}
	case *tla.If:
		c, yes, no := u.cond(x.Condition, at), u.cond(x.Then, at), u.cond(x.Else, at)
		return func(f *frame) bool {
			if c(f) {
				return yes(f)
			}
			return no(f)
		}
	}
	v := u.expr(e, at)
	return func(f *frame) bool {
		b := v(f)
		if b.o != booleanObject {
			failAt(e, "expected a boolean, not %v", b)
		}
		return b.n == 1
	}
}

// logic compiles the operators of the language whose value is a boolean; nil for others.
func (u *unit) logic(x *tla.Builtin, at context) cond {
	switch x.Op {
	case `/\`, `\/`:
		return junction(u.conds(x.Args, at), x.Op == `\/`)
	case "~":
		c := u.cond(x.Args[0], at)
		return func(f *frame) bool { return !c(f) }
	case "=>":
		a, b := u.cond(x.Args[0], at), u.cond(x.Args[1], at)
		return func(f *frame) bool { return !a(f) || b(f) }
	case "<=>":
		a, b := u.cond(x.Args[0], at), u.cond(x.Args[1], at)
		return func(f *frame) bool { return a(f) == b(f) }
	case "=":
		return equality(x, u.expr(x.Args[0], at), u.expr(x.Args[1], at))
	case "#":
		same := equality(x, u.expr(x.Args[0], at), u.expr(x.Args[1], at))
		return func(f *frame) bool { return !same(f) }
	case `\in`, `\notin`:
		v, in, not := u.expr(x.Args[0], at), u.member(x.Args[1], at), x.Op == `\notin`
		return func(f *frame) bool { return in(f, v(f)) != not }
	case `\subseteq`:
		v, in := u.expr(x.Args[0], at), u.member(x.Args[1], at)
		return func(f *frame) bool { return all(f, v(f).want(Set).o.items, in) }
	case "UNCHANGED":
		if at.primed {
			refuse(x, "UNCHANGED of a next state")
		}
		return equality(x, u.expr(x.Args[0], context{at.env, true}), u.expr(x.Args[0], at))
	}
	return nil
}

func (u *unit) conds(list []tla.Expr, at context) []cond {
	out := make([]cond, len(list))
	for k, e := range list {
		out[k] = u.cond(e, at)
	}
	return out
}

// junction holds as soon as a condition is what decides, one after the other.
func junction(conds []cond, decides bool) cond {
	if len(conds) == 2 {
		a, b := conds[0], conds[1]
		if decides {
			return func(f *frame) bool { return a(f) || b(f) }
		}
		return func(f *frame) bool { return a(f) && b(f) }
	}
	return func(f *frame) bool {
		for _, c := range conds {
			if c(f) == decides {
				return decides
			}
		}
		return !decides
	}
}

func equality(x tla.Expr, a, b expr) cond {
	return func(f *frame) bool {
		v, w := a(f), b(f)
		if v == w {
			return true
		}
		mustCompare(x, v, w)
		return Equal(v, w)
	}
}

// compared compiles the order of integers; nil for other operators.
func (u *unit) compared(x *tla.Call, at context) cond {
	order, ok := orders[x.Operator.Name]
	if !ok || x.Operator.Body != nil || len(x.Args) != 2 {
		return nil
	}
	a, b := u.expr(x.Args[0], at), u.expr(x.Args[1], at)
	return func(f *frame) bool {
		v, w := a(f), b(f)
		if v.o != integerObject || w.o != integerObject {
			failAt(x, "expected integers, not %v and %v", v, w)
		}
		return order(v.n, w.n)
	}
}

var orders = map[string]func(a, b int64) bool{
	"<": func(a, b int64) bool { return a < b }, ">": func(a, b int64) bool { return a > b },
	`\leq`: func(a, b int64) bool { return a <= b }, `\geq`: func(a, b int64) bool { return a >= b },
}

// builtin compiles an operator of the language.
func (u *unit) builtin(x *tla.Builtin, at context) expr {
	if c := u.logic(x, at); c != nil {
		return truth(c)
	}
	var unary func(Value) Value
	switch x.Op {
	case "'":
		if at.primed {
			refuse(x, "a next state of a next state")
		}
		return u.expr(x.Args[0], context{at.env, true})
	case `\cup`, `\cap`, `\`:
		a, b := u.expr(x.Args[0], at), u.expr(x.Args[1], at)
		do := map[string]func(a, b Value) Value{`\cup`: union, `\cap`: intersection, `\`: difference}[x.Op]
		return func(f *frame) Value { return do(a(f), b(f)) }
	case "BOOLEAN":
		return constant(SetOf(Bool(false), Bool(true)))
	case "DOMAIN":
		unary = domain
	case "SUBSET":
		unary = subsets
	case "UNION":
		unary = func(sets Value) Value {
			whole := emptySet
			for _, s := range sets.want(Set).o.items {
				whole = union(whole, s)
			}
			return whole
		}
	default:
		refuse(x, "the operator %s", x.Op)
	}
	a := u.expr(x.Args[0], at)
	return func(f *frame) Value { return unary(a(f)) }
}
