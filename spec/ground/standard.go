package ground

import "github.com/eventstreamcore/semel/spec/tla"

// arithmetic are the operators of Naturals and Integers on two integers.
var arithmetic = map[string]func(x tla.Expr, a, b int64) int64{
	"+":    func(_ tla.Expr, a, b int64) int64 { return a + b },
	"-":    func(_ tla.Expr, a, b int64) int64 { return a - b },
	"*":    func(_ tla.Expr, a, b int64) int64 { return a * b },
	`\div`: func(x tla.Expr, a, b int64) int64 { return (a - modulo(x, a, b)) / b },
	"%":    modulo,
}

// modulo is a % b, which has b's sign: TLC takes no b that is not positive.
func modulo(x tla.Expr, a, b int64) int64 {
	if b <= 0 {
		failAt(x, "division by %d", b)
	}
	return ((a % b) + b) % b
}

// standard compiles an operator of a module that comes with TLC.
func (u *unit) standard(x tla.Expr, o *tla.Operator, args []tla.Expr, at context) expr {
	if order, ok := orders[o.Name]; ok && len(args) == 2 {
		c := u.compared(&tla.Call{Place: x.At(), Operator: o, Args: args}, at)
		_ = order
		return truth(c)
	}
	if do, ok := arithmetic[o.Name]; ok && len(args) == 2 {
		a, b := u.expr(args[0], at), u.expr(args[1], at)
		return func(f *frame) Value {
			v, w := a(f), b(f)
			if v.o != integerObject || w.o != integerObject {
				failAt(x, "expected integers, not %v and %v", v, w)
			}
			return Value{do(x, v.n, w.n), integerObject}
		}
	}
	do, ok := library[o.Name]
	if !ok || do.arguments != len(args) {
		refuse(x, "the operator %s of %s, as a value", o.Name, o.Module)
	}
	parts := u.exprs(args, at)
	switch len(parts) {
	case 1:
		a := parts[0]
		return func(f *frame) Value { return do.on(x, [3]Value{a(f)}) }
	case 2:
		a, b := parts[0], parts[1]
		return func(f *frame) Value { return do.on(x, [3]Value{a(f), b(f)}) }
	}
	a, b, c := parts[0], parts[1], parts[2]
	return func(f *frame) Value { return do.on(x, [3]Value{a(f), b(f), c(f)}) }
}

// function is an operator of a standard module.
type function struct {
	arguments int
	on        func(x tla.Expr, v [3]Value) Value
}

// library are the operators of Sequences, FiniteSets and TLC, and those of Integers that arithmetic does not have.
var library = map[string]function{
	"..": {2, func(x tla.Expr, v [3]Value) Value { return interval(integer(x, v[0]), integer(x, v[1])) }},
	"-.": {1, func(x tla.Expr, v [3]Value) Value { return Value{-integer(x, v[0]), integerObject} }},
	"Len": {1, func(x tla.Expr, v [3]Value) Value {
		return Int(sequence(x, v[0]).Len())
	}},
	`\o`: {2, func(x tla.Expr, v [3]Value) Value {
		return sequence(x, v[0]).Append(sequence(x, v[1]).items()...)
	}},
	"Append": {2, func(x tla.Expr, v [3]Value) Value { return sequence(x, v[0]).Append(v[1]) }},
	"Head": {1, func(x tla.Expr, v [3]Value) Value {
		if sequence(x, v[0]).Len() == 0 {
			failAt(x, "Head of an empty sequence")
		}
		return v[0].items()[0]
	}},
	"Tail": {1, func(x tla.Expr, v [3]Value) Value {
		n := sequence(x, v[0]).Len()
		if n == 0 {
			failAt(x, "Tail of an empty sequence")
		}
		return v[0].SubSeq(2, n)
	}},
	"SubSeq": {3, func(x tla.Expr, v [3]Value) Value {
		from, to := integer(x, v[1]), integer(x, v[2])
		if to >= from && (from < 1 || to > int64(sequence(x, v[0]).Len())) {
			failAt(x, "SubSeq from %d to %d of a sequence of %d", from, to, v[0].Len())
		}
		return sequence(x, v[0]).SubSeq(int(from), int(to))
	}},
	"Cardinality": {1, func(x tla.Expr, v [3]Value) Value {
		if v[0].Kind() != Set {
			failAt(x, "expected a set, not %v", v[0])
		}
		return Int(v[0].Len())
	}},
	"IsFiniteSet": {1, func(_ tla.Expr, v [3]Value) Value { return Bool(v[0].want(Set).o != nil) }},
	":>":          {2, func(_ tla.Expr, v [3]Value) Value { return FunctionOf([]Value{v[0]}, []Value{v[1]}) }},
	"@@":          {2, func(_ tla.Expr, v [3]Value) Value { return merged(v[0], v[1]) }},
}

func init() {
	library[`\circ`] = library[`\o`]
}

func integer(x tla.Expr, v Value) int64 {
	if v.o != integerObject {
		failAt(x, "expected an integer, not %v", v)
	}
	return v.n
}

func sequence(x tla.Expr, v Value) Value {
	if v.Kind() != Sequence {
		failAt(x, "expected a sequence, not %v", v)
	}
	return v
}
