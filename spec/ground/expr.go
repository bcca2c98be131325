package ground

import "github.com/eventstreamcore/semel/spec/tla"

// constant is always v.
func constant(v Value) expr { return func(*frame) Value { return v } }

// truth makes a value of a condition.
func truth(c cond) expr { return func(f *frame) Value { return Bool(c(f)) } }

// expr compiles what has a value; one that depends on nothing is evaluated once.
func (u *unit) expr(e tla.Expr, at context) expr {
	if cheap(e) {
		return u.evaluated(e, at)
	}
	var x expr
	n := u.needing(func() { x = u.evaluated(e, at) })
	if len(n.scopes) == 0 && !n.next {
		return u.memo(x, n)
	}
	return x
}

func (u *unit) evaluated(e tla.Expr, at context) expr {
	switch x := e.(type) {
	case *tla.Number:
		return constant(Int(x.Value))
	case *tla.String:
		return constant(Text(x.Value))
	case *tla.Boolean:
		return constant(Bool(x.Value))
	case *tla.Declared:
		return u.declared(x, at)
	case *tla.Bound:
		return u.name(x, at)
	case *tla.Call:
		return u.call(x, at)
	case *tla.Builtin:
		return u.builtin(x, at)
	case *tla.Quantified:
		return u.quantified(x, at)
	case *tla.Apply:
		return u.apply(x, at)
	case *tla.Field:
		return u.field(x, at)
	case *tla.Old:
		if at.env == nil || at.env.old == nil {
			refuse(e, "@ outside an EXCEPT")
		}
		return u.bound(at.env.old, false)
	case *tla.Except:
		return u.except(x, at)
	case *tla.If:
		c, yes, no := u.cond(x.Condition, at), u.expr(x.Then, at), u.expr(x.Else, at)
		return func(f *frame) Value {
			if c(f) {
				return yes(f)
			}
			return no(f)
		}
	case *tla.Case:
		return u.cases(x, at)
	}
	return u.collected(e, at)
}

// collected compiles what puts values together.
func (u *unit) collected(e tla.Expr, at context) expr {
	switch x := e.(type) {
	case *tla.Record:
		return u.record(x, at)
	case *tla.SetOf:
		return u.gathered(x.Elements, at, func(v []Value) Value { return SetOf(v...) })
	case *tla.Tuple:
		return u.gathered(x.Elements, at, func(v []Value) Value { return Seq(v...) })
	case *tla.Product:
		return u.gathered(x.Factors, at, func(sets []Value) Value {
			var tuples []Value
			choices(sets, func(v []Value) { tuples = append(tuples, Seq(v...)) })
			return SetOf(tuples...)
		})
	case *tla.RecordSet:
		names, values := fieldsOf(x.Fields)
		s, order := shapeOf(names)
		return u.gathered(values, at, func(sets []Value) Value {
			var records []Value
			choices(sets, func(v []Value) {
				items := make([]Value, len(v))
				for k, to := range order {
					items[to] = v[k]
				}
				records = append(records, recordValue(s, items))
			})
			return SetOf(records...)
		})
	case *tla.FunctionSet:
		return u.gathered([]tla.Expr{x.From, x.To}, at, func(v []Value) Value {
			sets := make([]Value, v[0].want(Set).Len())
			for k := range sets {
				sets[k] = v[1]
			}
			var functions []Value
			choices(sets, func(values []Value) { functions = append(functions, functionOver(v[0].items(), values)) })
			return SetOf(functions...)
		})
	}
	refuse(e, "unknown")
	return nil
}

func (u *unit) exprs(list []tla.Expr, at context) []expr {
	out := make([]expr, len(list))
	for k, e := range list {
		out[k] = u.expr(e, at)
	}
	return out
}

func (u *unit) gathered(list []tla.Expr, at context, make_ func([]Value) Value) expr {
	parts := u.exprs(list, at)
	return func(f *frame) Value {
		values := make([]Value, len(parts))
		for k, p := range parts {
			values[k] = p(f)
		}
		return make_(values)
	}
}

func fieldsOf(fields []tla.Named) (names []string, values []tla.Expr) {
	for _, n := range fields {
		names, values = append(names, n.Name), append(values, n.Value)
	}
	return names, values
}

func (u *unit) record(x *tla.Record, at context) expr {
	names, values := fieldsOf(x.Fields)
	s, order := shapeOf(names)
	parts := u.exprs(values, at)
	return func(f *frame) Value {
		items := make([]Value, len(parts))
		for k, p := range parts {
			items[order[k]] = p(f)
		}
		return recordValue(s, items)
	}
}

func (u *unit) apply(x *tla.Apply, at context) expr {
	function, argument := u.expr(x.Function, at), u.expr(x.Argument, at)
	return func(f *frame) Value {
		v, key := function(f), argument(f)
		k := place(v, key)
		if k < 0 {
			failAt(x, "%v is not in the domain of %v", key, v)
		}
		return v.items()[k]
	}
}

func (u *unit) field(x *tla.Field, at context) expr {
	record, name := u.expr(x.Record, at), interned(String, x.Name)
	return func(f *frame) Value {
		r := record(f)
		if r.Kind() == Record {
			if v, ok := r.field(name); ok {
				return v
			}
		}
		failAt(x, "no field %s in %v", x.Name, r)
		return Value{}
	}
}

func (u *unit) cases(x *tla.Case, at context) expr {
	guards, values := make([]cond, len(x.Arms)), make([]expr, len(x.Arms))
	for k, a := range x.Arms {
		guards[k], values[k] = u.cond(a.Guard, at), u.expr(a.Value, at)
	}
	other := func(*frame) Value {
		failAt(x, "no arm of the CASE holds")
		return Value{}
	}
	if x.Other != nil {
		other = u.expr(x.Other, at)
	}
	return func(f *frame) Value {
		for k, g := range guards {
			if g(f) {
				return values[k](f)
			}
		}
		return other(f)
	}
}

// failAt ends an evaluation at a place of the module.
func failAt(e tla.Expr, format string, args ...any) {
	fail("%v: %s: "+format, append([]any{e.At(), tla.Text(e)}, args...)...)
}

func (u *unit) except(x *tla.Except, at context) expr {
	v := u.expr(x.Function, at)
	for _, c := range x.Changes {
		v = u.change(x, v, c, at)
	}
	return v
}

// change compiles one clause of an EXCEPT.
func (u *unit) change(x *tla.Except, function expr, c tla.Change, at context) expr {
	path := u.exprs(c.Path, at)
	var value expr
	var old *binding
	s := u.within(func(s *scope) {
		old = u.newSlot(s)
		inner := &env{outer: at.env, old: old}
		value = u.expr(c.Value, context{inner, at.primed})
	})
	var changed func(f *frame, v Value, path []expr) Value
	changed = func(f *frame, v Value, path []expr) Value {
		if len(path) == 0 {
			f.slots[old.slot] = v
			f.enter(s.id)
			return value(f)
		}
		key := path[0](f)
		k := place(v, key)
		if k < 0 {
			failAt(x, "%v is not in the domain of %v", key, v)
		}
		return with(v, k, changed(f, v.items()[k], path[1:]))
	}
	return func(f *frame) Value { return changed(f, function(f), path) }
}
