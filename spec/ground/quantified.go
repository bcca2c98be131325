package ground

import "github.com/eventstreamcore/semel/spec/tla"

// loop runs a body once for each way to bind names, until it returns true; it returns whether it did.
type loop func(f *frame) bool

// loop compiles the names of x, from the k-th range and its n-th name on; body compiles what is done for each.
func (u *unit) loop(x *tla.Quantified, k, n int, at context, body func(context) loop) loop {
	if k == len(x.Ranges) {
		return body(at)
	}
	r := x.Ranges[k]
	if r.Tuple {
		return u.loopOver(r.Set, r.Names, at, func(inner context) loop { return u.loop(x, k+1, 0, inner, body) })
	}
	if n == len(r.Names) {
		return u.loop(x, k+1, 0, at, body)
	}
	return u.loopOver(r.Set, r.Names[n:n+1], at, func(inner context) loop { return u.loop(x, k, n+1, inner, body) })
}

// loopOver binds each member of a set to the one name, or the parts of each to the names.
func (u *unit) loopOver(over tla.Expr, names []*tla.Param, at context, body func(context) loop) loop {
	low, high, isInterval := u.bounds(over, at)
	var set expr
	if !isInterval {
		set = u.expr(over, at)
	}
	var run loop
	slots := make([]int, len(names))
	s := u.within(func(s *scope) {
		e := at.env
		for k, name := range names {
			b := u.newSlot(s)
			slots[k], e = b.slot, e.with(name, b)
		}
		run = body(context{e, at.primed})
	})
	enter := s.used
	if isInterval {
		return func(f *frame) bool {
			for n, end := integer(over, low(f)), integer(over, high(f)); n <= end; n++ {
				f.slots[slots[0]] = Value{n, integerObject}
				if enter {
					f.enter(s.id)
				}
				if run(f) {
					return true
				}
			}
			return false
		}
	}
	return func(f *frame) bool {
		members := set(f)
		if members.Kind() != Set {
			failAt(over, "expected a set, not %v", members)
		}
		for _, m := range members.o.items {
			if len(slots) == 1 {
				f.slots[slots[0]] = m
			} else {
				f.take(over, m, slots)
			}
			if enter {
				f.enter(s.id)
			}
			if run(f) {
				return true
			}
		}
		return false
	}
}

// take binds the parts of a tuple.
func (f *frame) take(at tla.Expr, tuple Value, slots []int) {
	if tuple.Kind() != Sequence || tuple.Len() != len(slots) {
		failAt(at, "expected a tuple of %d, not %v", len(slots), tuple)
	}
	for k, slot := range slots {
		f.slots[slot] = tuple.At(k)
	}
}

// bounds compiles a and b where a set is written a..b.
func (u *unit) bounds(set tla.Expr, at context) (low, high expr, ok bool) {
	x, isCall := set.(*tla.Call)
	if !isCall || x.Operator.Name != ".." || x.Operator.Body != nil || len(x.Args) != 2 {
		return nil, nil, false
	}
	return u.expr(x.Args[0], at), u.expr(x.Args[1], at), true
}

// quantifier compiles \E and \A.
func (u *unit) quantifier(x *tla.Quantified, at context) cond {
	exists := x.Kind == tla.Exists
	run := u.loop(x, 0, 0, at, func(inner context) loop {
		holds := u.cond(x.Body, inner)
		return func(f *frame) bool { return holds(f) == exists }
	})
	return func(f *frame) bool { return run(f) == exists }
}

// quantified compiles what binds names and has a value.
func (u *unit) quantified(x *tla.Quantified, at context) expr {
	if x.Self != nil {
		refuse(x, "a recursive function")
	}
	switch x.Kind {
	case tla.Exists, tla.ForAll:
		return truth(u.quantifier(x, at))
	case tla.Map:
		return u.listed(x, at, func(inner context) (cond, expr) { return nil, u.expr(x.Body, inner) }, SetOf)
	case tla.Choose:
		return u.choose(x, at)
	}
	name := plainName(x)
	if name == nil {
		refuse(x, "more than one name")
	}
	if x.Kind == tla.Filter {
		return u.listed(x, at, func(inner context) (cond, expr) {
			return u.cond(x.Body, inner), u.bound(inner.env.find(name), false)
		}, sortedSetOf)
	}
	return u.function(x, at)
}

func sortedSetOf(members ...Value) Value { return sortedSet(members) }

// listed compiles a set of what an expression is for each way to bind names where a condition holds.
func (u *unit) listed(x *tla.Quantified, at context, each func(context) (cond, expr), whole func(...Value) Value) expr {
	u.lists++
	list := u.lists - 1
	run := u.loop(x, 0, 0, at, func(inner context) loop {
		holds, value := each(inner)
		return func(f *frame) bool {
			if holds == nil || holds(f) {
				v := value(f)
				f.lists[list] = append(f.lists[list], v)
			}
			return false
		}
	})
	return func(f *frame) Value {
		f.lists[list] = nil
		run(f)
		members := f.lists[list]
		f.lists[list] = nil
		return whole(members...)
	}
}

// function compiles [x \in S |-> e].
func (u *unit) function(x *tla.Quantified, at context) expr {
	set := u.expr(x.Ranges[0].Set, at)
	value := u.listed(x, at, func(inner context) (cond, expr) { return nil, u.expr(x.Body, inner) }, func(items ...Value) Value {
		return Seq(items...)
	})
	return func(f *frame) Value {
		keys := set(f)
		if keys.Kind() != Set {
			failAt(x.Ranges[0].Set, "expected a set, not %v", keys)
		}
		return functionOver(keys.o.items, value(f).items())
	}
}

// choose compiles CHOOSE: the least.
func (u *unit) choose(x *tla.Quantified, at context) expr {
	name := plainName(x)
	if name == nil {
		refuse(x, "CHOOSE of more than one name")
	}
	if set, greatest, ok := extreme(x, name); ok {
		return u.choosesExtreme(x, u.expr(set, at), greatest)
	}
	var b *binding
	run := u.loop(x, 0, 0, at, func(inner context) loop {
		b = inner.env.find(name)
		return loop(u.cond(x.Body, inner))
	})
	return func(f *frame) Value {
		if !run(f) {
			failAt(x, "nothing to choose")
		}
		return f.slots[b.slot]
	}
}

// extreme reports whether x chooses the greatest or least of a set, in so many words, which takes as many comparisons as the
// square of its size: CHOOSE k \in S : \A other \in S : other <= k.
func extreme(x *tla.Quantified, name *tla.Param) (set tla.Expr, greatest, ok bool) {
	every, isQuantified := x.Body.(*tla.Quantified)
	if !isQuantified || every.Kind != tla.ForAll || plainName(every) == nil {
		return nil, false, false
	}
	a, isBound := x.Ranges[0].Set.(*tla.Bound)
	b, isBoundToo := every.Ranges[0].Set.(*tla.Bound)
	order, isCall := every.Body.(*tla.Call)
	if !isBound || !isBoundToo || !isCall || a.Param != b.Param || len(a.Args)+len(b.Args) > 0 || order.Operator.Body != nil {
		return nil, false, false
	}
	other, left := order.Args[0].(*tla.Bound)
	chosen, right := order.Args[1].(*tla.Bound)
	if !left || !right || other.Param != plainName(every) || chosen.Param != name {
		return nil, false, false
	}
	return a, order.Operator.Name == `\leq`, order.Operator.Name == `\leq` || order.Operator.Name == `\geq`
}

func (u *unit) choosesExtreme(x tla.Expr, set expr, greatest bool) expr {
	return func(f *frame) Value {
		members := set(f).want(Set).o.items
		if len(members) == 0 {
			failAt(x, "nothing to choose")
		}
		least, most := members[0], members[len(members)-1]
		if integer(x, least); greatest {
			return Value{integer(x, most), integerObject}
		}
		integer(x, most)
		return least
	}
}
