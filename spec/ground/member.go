package ground

import "github.com/eventstreamcore/semel/spec/tla"

// member tells whether a value is in a set that need not be listed, or even be finite.
type member func(f *frame, v Value) bool

// member compiles a set to the right of \in or \subseteq.
func (u *unit) member(e tla.Expr, at context) member {
	switch x := e.(type) {
	case *tla.Call:
		if m := u.memberOfCall(x, at); m != nil {
			return m
		}
	case *tla.Builtin:
		if m := u.memberOfBuiltin(x, at); m != nil {
			return m
		}
	case *tla.SetOf:
		elements := u.exprs(x.Elements, at)
		return func(f *frame, v Value) bool {
			for _, e := range elements {
				w := e(f)
				if mustCompare(x, v, w); Equal(v, w) {
					return true
				}
			}
			return false
		}
	case *tla.Quantified:
		if name := plainName(x); x.Kind == tla.Filter && name != nil {
			return u.memberOfFilter(x, name, at)
		}
	case *tla.RecordSet:
		return u.memberOfRecords(x, at)
	case *tla.FunctionSet:
		from, to := u.member(x.From, at), u.member(x.To, at)
		listed := u.expr(x.From, at)
		return func(f *frame, v Value) bool {
			if v.Kind() < Sequence || len(v.items()) != listed(f).Len() {
				return false
			}
			return all(f, domain(v).items(), from) && all(f, v.items(), to)
		}
	}
	set := u.expr(e, at)
	return func(f *frame, v Value) bool {
		s := set(f)
		if s.Kind() != Set {
			failAt(e, "expected a set, not %v", s)
		}
		if s.Len() > 0 {
			mustCompare(e, v, s.o.items[0])
		}
		return s.Has(v)
	}
}

func all(f *frame, members []Value, in member) bool {
	for _, m := range members {
		if !in(f, m) {
			return false
		}
	}
	return true
}

// plainName is the one name that x binds, if it binds one.
func plainName(x *tla.Quantified) *tla.Param {
	if len(x.Ranges) == 1 && len(x.Ranges[0].Names) == 1 && !x.Ranges[0].Tuple && x.Self == nil {
		return x.Ranges[0].Names[0]
	}
	return nil
}

func (u *unit) memberOfCall(x *tla.Call, at context) member {
	if body, inner, o, ok := u.body(x, at); ok {
		switch body.(type) {
		case *tla.RecordSet, *tla.FunctionSet, *tla.Quantified, *tla.Builtin, *tla.Call:
			if len(o.Params) > 0 {
				return u.member(body, inner)
			}
		}
		return nil
	}
	if x.Operator.Body != nil {
		return nil
	}
	switch name := x.Operator.Name; {
	case (name == "Nat" || name == "Int") && len(x.Args) == 0:
		return func(_ *frame, v Value) bool { return v.o == integerObject && (v.n >= 0 || name == "Int") }
	case name == "Seq" && len(x.Args) == 1:
		in := u.member(x.Args[0], at)
		return func(f *frame, v Value) bool {
			return v.Kind() == Sequence && all(f, v.items(), in)
		}
	case name == ".." && len(x.Args) == 2:
		a, b := u.expr(x.Args[0], at), u.expr(x.Args[1], at)
		return func(f *frame, v Value) bool {
			return integer(x, a(f)) <= integer(x, v) && v.n <= integer(x, b(f))
		}
	}
	return nil
}

func (u *unit) memberOfBuiltin(x *tla.Builtin, at context) member {
	switch x.Op {
	case "STRING":
		return func(_ *frame, v Value) bool { return v.Kind() == String }
	case "SUBSET":
		in := u.member(x.Args[0], at)
		return func(f *frame, v Value) bool { return all(f, v.want(Set).o.items, in) }
	case `\cup`, `\cap`, `\`:
		a, b := u.member(x.Args[0], at), u.member(x.Args[1], at)
		return func(f *frame, v Value) bool {
			switch x.Op {
			case `\cup`:
				return a(f, v) || b(f, v)
			case `\cap`:
				return a(f, v) && b(f, v)
			}
			return a(f, v) && !b(f, v)
		}
	}
	return nil
}

func (u *unit) memberOfFilter(x *tla.Quantified, name *tla.Param, at context) member {
	in := u.member(x.Ranges[0].Set, at)
	var holds cond
	var b *binding
	s := u.within(func(s *scope) {
		b = u.newSlot(s)
		holds = u.cond(x.Body, context{at.env.with(name, b), at.primed})
	})
	return func(f *frame, v Value) bool {
		if !in(f, v) {
			return false
		}
		f.slots[b.slot] = v
		f.enter(s.id)
		return holds(f)
	}
}

func (u *unit) memberOfRecords(x *tla.RecordSet, at context) member {
	names, sets := fieldsOf(x.Fields)
	s, order := shapeOf(names)
	in := make([]member, len(sets))
	for k, e := range sets {
		in[order[k]] = u.member(e, at)
	}
	return func(f *frame, v Value) bool {
		if v.Kind() != Record || v.o.shape != s {
			return false
		}
		for k, item := range v.o.items {
			if !in[k](f, item) {
				return false
			}
		}
		return true
	}
}
