package symbolic

import (
	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

// eval is the walk: every kind of node of spec/tla has its case, and what has none is a fault.
func (e env) eval(x tla.Expr) value {
	switch x := x.(type) {
	case *tla.Number:
		return smt.Number(x.Value)
	case *tla.String:
		return e.x.text(x.Value)
	case *tla.Boolean:
		return smt.Truth(x.Value)
	case *tla.Declared:
		return e.declared(x)
	case *tla.Bound:
		return e.lookup(x)
	case *tla.Call:
		return e.call(x)
	case *tla.Builtin:
		return e.builtin(x)
	case *tla.Quantified:
		return e.quantified(x)
	case *tla.If:
		return e.branch(x, []tla.Arm{{Guard: x.Condition, Value: x.Then}}, x.Else)
	case *tla.Case:
		return e.branch(x, x.Arms, x.Other)
	case *tla.Old:
		return e.old
	}
	return e.structure(x)
}

// structure evaluates what is made of parts.
func (e env) structure(x tla.Expr) value {
	switch x := x.(type) {
	case *tla.Apply:
		return e.apply(x.Place, e.eval(x.Function), e.eval(x.Argument))
	case *tla.Field:
		return e.field(x.Place, e.eval(x.Record), x.Name)
	case *tla.Record:
		r := record{fields: map[string]value{}}
		for _, f := range x.Fields {
			r.names = append(r.names, f.Name)
			r.fields[f.Name] = e.eval(f.Value)
		}
		return r
	case *tla.RecordSet:
		s := recordsSet{fields: map[string]set{}}
		for _, f := range x.Fields {
			s.names = append(s.names, f.Name)
			s.fields[f.Name] = e.asSet(e.eval(f.Value))
		}
		return s
	case *tla.SetOf:
		return listedSet{x.Place, e.evalAll(x.Elements)}
	case *tla.Tuple:
		return tuple{e.evalAll(x.Elements)}
	case *tla.FunctionSet:
		return functionsSet{e.asSet(e.eval(x.From)), e.asSet(e.eval(x.To))}
	case *tla.Product:
		var p productSet
		for _, f := range x.Factors {
			p.factors = append(p.factors, e.asSet(e.eval(f)))
		}
		return p
	case *tla.Except:
		v := e.eval(x.Function)
		for _, c := range x.Changes {
			v = e.put(x.Place, v, c.Path, c.Value)
		}
		return v
	}
	failf(x.At(), "no meaning is known of %T", x)
	return nil
}

func (e env) evalAll(list []tla.Expr) []value {
	var all []value
	for _, x := range list {
		all = append(all, e.eval(x))
	}
	return all
}

// truth evaluates what is true or false.
func (e env) truth(x tla.Expr) *smt.Term {
	t, ok := e.eval(x).(*smt.Term)
	if !ok || t.Sort() != smt.Bool {
		failf(x.At(), "neither true nor false: %s", tla.Text(x))
	}
	return t
}

func (e env) declared(x *tla.Declared) value {
	if x.Variable {
		s := e.now
		if e.primed || s == nil {
			s = e.next
		}
		if s == nil || s.values[x.Name] == nil {
			failf(x.Place, "%s has no value here (no shape in Types, or not assigned yet)", x.Name)
		}
		return s.values[x.Name]
	}
	if truth, ok := e.x.options.Constants[x.Name]; ok {
		return smt.Truth(truth)
	}
	switch x.Name {
	case "Server":
		return sortSet{nodeSort, "n", e.x.isServer}
	case "Value":
		return sortSet{valueSort, "v", anything}
	case "Nil":
		return e.x.none()
	}
	return smt.Apply(e.x.function(x.Name, nil, smt.Bool))
}

func anything(*smt.Term) *smt.Term { return smt.True }

func (e env) apply(at tla.Place, f, arg value) value {
	switch f := f.(type) {
	case *mapping:
		return f.apply(arg)
	case tuple:
		if n, ok := e.scalar(arg, smt.Int).Number(); ok && n >= 1 && n <= len(f.elements) {
			return f.elements[n-1]
		}
	}
	l, ok := asSequence(f)
	if !ok || l.at == nil {
		failf(at, "%T is applied", f)
	}
	return l.at(e.scalar(arg, smt.Int))
}

func (e env) field(at tla.Place, v value, name string) value {
	switch v := v.(type) {
	case record:
		if f, ok := v.fields[name]; ok {
			return f
		}
		failf(at, "a record without the field %s", name)
	case *smt.Term:
		if v.Sort() == messageSort {
			return e.x.shapes.field(at, v, name)
		}
	}
	failf(at, "the field %s of %T", name, v)
	return nil
}

// put is [v EXCEPT !path = value].
func (e env) put(at tla.Place, v value, path []tla.Expr, to tla.Expr) value {
	if len(path) == 0 {
		e.old = v
		return e.eval(to)
	}
	if r, ok := v.(record); ok {
		name, ok := path[0].(*tla.String)
		if !ok {
			failf(at, "a record is changed at %s", tla.Text(path[0]))
		}
		return r.with(name.Value, e.put(at, r.fields[name.Value], path[1:], to))
	}
	key := e.eval(path[0])
	before := e.apply(at, v, key)
	put := e.put(at, before, path[1:], to)
	if q, ok := before.(*smt.Term); ok && q.Sort() == quorumSort {
		if s, ok := put.(set); ok {
			put = e.named(at, s)
		}
	}
	if m, ok := v.(*mapping); ok {
		return &mapping{func(k value) value { return choice(e.equal(at, k, key), put, m.apply(k)) }, m.domain}
	}
	l, ok := asSequence(v)
	if !ok {
		failf(at, "%T is changed in one place", v)
	}
	return sequence{l.length, func(k *smt.Term) value { return choice(e.equal(at, k, key), put, l.at(k)) }}
}

// asSet takes quorums for sets, too, and unions of kinds of records for messages.
func (e env) asSet(v value) set {
	switch v := v.(type) {
	case unionSet:
		if kinds := kindsOf(v); kinds != nil {
			m := messagesSet{kinds: kinds}
			if err := e.x.shapes.addMessages(m); err != nil {
				panic(fault{err})
			}
			return m
		}
		return v
	case set:
		return v
	case *smt.Term:
		if v.Sort() == quorumSort {
			return e.elementsOf(v)
		}
	}
	panic(fault{failure("%T where a set is expected", v)})
}

// branch is IF and CASE. What the arms assign is assigned by where one is taken.
func (e env) branch(x tla.Expr, arms []tla.Arm, other tla.Expr) value {
	if len(arms) == 0 {
		if other == nil {
			failf(x.At(), "no arm of the CASE is taken")
		}
		return e.eval(other)
	}
	c := e.asking().truth(arms[0].Guard)
	if other == nil && len(arms) == 1 {
		c = smt.True // an arm must be taken: it is the last
	}
	if c == smt.False {
		return e.branch(x, arms[1:], other)
	}
	if c == smt.True {
		return e.eval(arms[0].Value)
	}
	taken, left := e.under(c), e.under(smt.Not(c))
	if !e.assign {
		return choice(c, taken.eval(arms[0].Value), left.branch(x, arms[1:], other))
	}
	taken.next, left.next = e.next.clone(), e.next.clone()
	a, b := taken.eval(arms[0].Value), left.branch(x, arms[1:], other)
	for name, v := range taken.next.values {
		w := left.next.values[name]
		if w == nil {
			if taken.holding() == smt.False {
				continue
			}
			failf(x.At(), "%s is assigned in one branch only", name)
		}
		e.next.values[name] = choice(c, v, w)
	}
	if len(left.next.values) > len(taken.next.values) {
		failf(x.At(), "a variable is assigned in one branch only")
	}
	return choice(c, a, b)
}

func (s *State) clone() *State {
	c := &State{values: make(map[string]value, len(s.values)), changed: s.changed}
	for n, v := range s.values {
		c.values[n] = v
	}
	return c
}
