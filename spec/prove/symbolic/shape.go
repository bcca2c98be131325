package symbolic

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/spec/prove/smt"
)

// The sorts that a module's sets become.
const (
	nodeSort    smt.Sort = "Node" // Server, and Nil
	valueSort   smt.Sort = "Value"
	messageSort smt.Sort = "Msg"
	textSort    smt.Sort = "Text"
)

var errAllSubsets = errors.New("all subsets of a set are asked for one by one")

// shape is how a variable's values are made of functions to single sorts, its leaves: a leaf's name is the variable's with a path.
type shape interface {
	// build makes a value of leaves that are applied to args.
	build(x *Evaluator, leaf leaves, name string, args []*smt.Term) value
	// store tells the leaves that make v.
	store(e env, name string, args []*smt.Term, v value, tell func(leaf string, args []*smt.Term, to *smt.Term))
}

// leaves finds the function of a leaf.
type leaves func(name string, from []smt.Sort, to smt.Sort) *smt.Function

func (l leaves) apply(name string, args []*smt.Term, to smt.Sort) *smt.Term {
	var from []smt.Sort
	for _, a := range args {
		from = append(from, a.Sort())
	}
	return smt.Apply(l(name, from, to), args...)
}

type (
	scalarShape struct {
		sort smt.Sort
		name string // of variables bound over it
	}
	messageShape  struct{}
	functionShape struct {
		domain set
		key    smt.Sort
		to     shape
	}
	recordShape struct {
		names  []string
		fields map[string]shape
	}
	sequenceShape struct{ element shape }
	setShape      struct{ element shape }
	productShape  struct{ parts []shape }
)

func with(args []*smt.Term, more ...*smt.Term) []*smt.Term {
	return append(args[:len(args):len(args)], more...)
}

func (s scalarShape) build(_ *Evaluator, leaf leaves, name string, args []*smt.Term) value {
	return leaf.apply(name, args, s.sort)
}

func (s scalarShape) store(e env, name string, args []*smt.Term, v value, tell func(string, []*smt.Term, *smt.Term)) {
	if in, ok := v.(set); ok && s.sort == quorumSort {
		v = e.named(noPlace, in)
	}
	tell(name, args, e.scalar(v, s.sort))
}

func (messageShape) build(_ *Evaluator, leaf leaves, name string, args []*smt.Term) value {
	return leaf.apply(name, args, messageSort)
}

func (messageShape) store(e env, name string, args []*smt.Term, v value, tell func(string, []*smt.Term, *smt.Term)) {
	tell(name, args, e.scalar(v, messageSort))
}

func (s functionShape) build(x *Evaluator, leaf leaves, name string, args []*smt.Term) value {
	return &mapping{func(k value) value {
		return s.to.build(x, leaf, name, with(args, x.scalar(k, s.key)))
	}, s.domain}
}

func (s functionShape) store(e env, name string, args []*smt.Term, v value, tell func(string, []*smt.Term, *smt.Term)) {
	k := e.x.fresh(s.key, "x")
	m, ok := v.(*mapping)
	if !ok {
		panic(fault{fmt.Errorf("%s becomes %T, which is no function", name, v)})
	}
	s.to.store(e, name, with(args, k), m.apply(k), tell)
}

func (s recordShape) build(x *Evaluator, leaf leaves, name string, args []*smt.Term) value {
	r := record{s.names, map[string]value{}}
	for _, n := range s.names {
		r.fields[n] = s.fields[n].build(x, leaf, name+"."+n, args)
	}
	return r
}

func (s recordShape) store(e env, name string, args []*smt.Term, v value, tell func(string, []*smt.Term, *smt.Term)) {
	r, ok := v.(record)
	if !ok {
		panic(fault{fmt.Errorf("%s becomes %T, which is no record", name, v)})
	}
	for _, n := range s.names {
		if r.fields[n] == nil {
			panic(fault{fmt.Errorf("%s becomes a record without the field %s", name, n)})
		}
		s.fields[n].store(e, name+"."+n, args, r.fields[n], tell)
	}
}

func (s sequenceShape) build(x *Evaluator, leaf leaves, name string, args []*smt.Term) value {
	return sequence{leaf.apply(name+".len", args, smt.Int), func(k *smt.Term) value {
		return s.element.build(x, leaf, name+".at", with(args, k))
	}}
}

func (s sequenceShape) store(e env, name string, args []*smt.Term, v value, tell func(string, []*smt.Term, *smt.Term)) {
	l, ok := asSequence(v)
	if !ok {
		panic(fault{fmt.Errorf("%s becomes %T, which is no sequence", name, v)})
	}
	tell(name+".len", args, l.length)
	k := e.x.fresh(smt.Int, "k")
	if l.at == nil { // of the empty sequence nothing is asked: any elements will do
		l.at = func(k *smt.Term) value { return s.element.build(e.x, e.x.function, "nowhere."+name, []*smt.Term{k}) }
	}
	s.element.store(e, name+".at", with(args, k), l.at(k), tell)
}

func (s setShape) build(x *Evaluator, leaf leaves, name string, args []*smt.Term) value {
	return &leafSet{s.element, func(parts []*smt.Term) *smt.Term { return leaf.apply(name, with(args, parts...), smt.Bool) }}
}

func (s setShape) store(e env, name string, args []*smt.Term, v value, tell func(string, []*smt.Term, *smt.Term)) {
	element, parts := e.x.unknown(s.element)
	tell(name, with(args, parts...), e.asSet(v).has(e, element))
}

func (productShape) build(*Evaluator, leaves, string, []*smt.Term) value {
	panic(fault{errors.New("a variable holds tuples: only sets of them are known")})
}

func (productShape) store(env, string, []*smt.Term, value, func(string, []*smt.Term, *smt.Term)) {
	panic(fault{errors.New("a variable holds tuples: only sets of them are known")})
}

// unknown makes an element of fresh variables.
func (x *Evaluator) unknown(s shape) (value, []*smt.Term) {
	switch s := s.(type) {
	case scalarShape:
		v := x.fresh(s.sort, s.name)
		return v, []*smt.Term{v}
	case messageShape:
		v := x.fresh(messageSort, "m")
		return v, []*smt.Term{v}
	case productShape:
		var t tuple
		var parts []*smt.Term
		for _, p := range s.parts {
			v, more := x.unknown(p)
			t.elements, parts = append(t.elements, v), append(parts, more...)
		}
		return t, parts
	case recordShape:
		r := record{s.names, map[string]value{}}
		var parts []*smt.Term
		for _, n := range s.names {
			v, more := x.unknown(s.fields[n])
			r.fields[n], parts = v, append(parts, more...)
		}
		return r, parts
	}
	panic(fault{fmt.Errorf("a set of elements of the shape %T", s)})
}

// parts takes an element apart as unknown makes it.
func (e env) parts(s shape, v value) []*smt.Term {
	switch s := s.(type) {
	case scalarShape:
		if in, ok := v.(set); ok && s.sort == quorumSort {
			return []*smt.Term{e.named(noPlace, in)}
		}
		return []*smt.Term{e.scalar(v, s.sort)}
	case messageShape:
		return []*smt.Term{e.scalar(v, messageSort)}
	case productShape:
		if t, ok := v.(tuple); ok && len(t.elements) == len(s.parts) {
			var parts []*smt.Term
			for k, p := range s.parts {
				parts = append(parts, e.parts(p, t.elements[k])...)
			}
			return parts
		}
	case recordShape:
		if r, ok := v.(record); ok {
			var parts []*smt.Term
			for _, n := range s.names {
				parts = append(parts, e.parts(s.fields[n], r.fields[n])...)
			}
			return parts
		}
	}
	panic(fault{fmt.Errorf("%T where an element of %T is expected", v, s)})
}

// overShape quantifies over all that has the shape.
func (e env) overShape(s shape, q quantifier, say func(value, []*smt.Term, env) *smt.Term) *smt.Term {
	switch s := s.(type) {
	case scalarShape:
		return e.over(s.sort, s.name, q, func(x *smt.Term, e env) *smt.Term { return say(x, []*smt.Term{x}, e) })
	case messageShape:
		return e.over(messageSort, "m", q, func(x *smt.Term, e env) *smt.Term { return say(x, []*smt.Term{x}, e) })
	case productShape:
		var from func(k int, so []value, parts []*smt.Term, e env) *smt.Term
		from = func(k int, so []value, parts []*smt.Term, e env) *smt.Term {
			if k == len(s.parts) {
				return say(tuple{so}, parts, e)
			}
			return e.overShape(s.parts[k], q, func(v value, more []*smt.Term, e env) *smt.Term {
				return from(k+1, append(so[:k:k], v), with(parts, more...), e)
			})
		}
		return from(0, nil, nil, e)
	case recordShape:
		var from func(k int, so record, parts []*smt.Term, e env) *smt.Term
		from = func(k int, so record, parts []*smt.Term, e env) *smt.Term {
			if k == len(s.names) {
				return say(so, parts, e)
			}
			return e.overShape(s.fields[s.names[k]], q, func(v value, more []*smt.Term, e env) *smt.Term {
				return from(k+1, so.with(s.names[k], v), with(parts, more...), e)
			})
		}
		return from(0, record{s.names, map[string]value{}}, nil, e)
	}
	panic(fault{fmt.Errorf("a set of elements of the shape %T", s)})
}
