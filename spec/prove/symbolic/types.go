package symbolic

import (
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

// Sets that only Types speaks of: a value is asked whether it is in one, and none is ever walked through.
type (
	sequencesSet struct{ of set }
	functionsSet struct{ from, to set }
	recordsSet   struct {
		names  []string
		fields map[string]set
	}
	notWalked struct{}
)

func (notWalked) each(env, quantifier, func(value, env) *smt.Term) *smt.Term {
	panic(fault{fmt.Errorf("a set of sequences, functions or records is walked through")})
}

func (s sequencesSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return notWalked{}.each(e, q, say)
}

func (s functionsSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return notWalked{}.each(e, q, say)
}

func (s recordsSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return notWalked{}.each(e, q, say)
}

func (s sequencesSet) has(e env, v value) *smt.Term {
	l, ok := asSequence(v)
	if !ok {
		return smt.False
	}
	natural := smt.AtMost(smt.Number(0), l.length)
	if l.at == nil {
		return natural
	}
	return smt.And(natural, numbersFrom(smt.Number(1), l.length).each(e, forAll, func(k value, e env) *smt.Term {
		return s.of.has(e, l.at(k.(*smt.Term)))
	}))
}

func (s functionsSet) has(e env, v value) *smt.Term {
	m, ok := v.(*mapping)
	if !ok {
		return smt.False
	}
	return s.from.each(e, forAll, func(k value, e env) *smt.Term { return s.to.has(e, m.apply(k)) })
}

func (s recordsSet) has(e env, v value) *smt.Term {
	var all []*smt.Term
	for _, n := range s.names {
		all = append(all, s.fields[n].has(e, e.field(noPlace, v, n)))
	}
	return smt.And(all...)
}

// messages are unions of sets of records, told apart by the field type.
func kindsOf(s set) []recordsSet {
	switch s := s.(type) {
	case recordsSet:
		return []recordsSet{s}
	case unionSet:
		a, b := kindsOf(s.a), kindsOf(s.b)
		if a == nil || b == nil {
			return nil
		}
		return append(a, b...)
	}
	return nil
}

// messagesSet is what a union of sets of records becomes.
type messagesSet struct {
	notWalked
	kinds []recordsSet
}

const kindField = "type"

// has says of each kind what its fields are.
func (s messagesSet) has(e env, v value) *smt.Term {
	var known, all []*smt.Term
	for _, k := range s.kinds {
		is := k.fields[kindField].has(e, e.field(noPlace, v, kindField))
		known = append(known, is)
		all = append(all, smt.Implies(is, k.has(e, v)))
	}
	return smt.And(append(all, smt.Or(known...))...)
}

// shapeOf reads a shape out of a set.
func (x *Evaluator) shapeOf(s set) (shape, error) {
	switch s := s.(type) {
	case sortSet:
		return scalarShape{s.sort, s.name}, nil
	case interval:
		return scalarShape{smt.Int, "k"}, nil
	case family:
		return scalarShape{quorumSort, "q"}, nil
	case listedSet:
		if len(s.elements) > 0 {
			if t, ok := s.elements[0].(*smt.Term); ok {
				return scalarShape{t.Sort(), "x"}, nil
			}
		}
	case messagesSet:
		return messageShape{}, nil
	case subsets:
		element, err := x.shapeOf(s.of)
		return setShape{element}, err
	case sequencesSet:
		element, err := x.shapeOf(s.of)
		return sequenceShape{element}, err
	case functionsSet:
		return x.shapeOfFunctions(s)
	case recordsSet:
		return x.shapeOfRecords(s)
	case productSet:
		var p productShape
		for _, f := range s.factors {
			part, err := x.shapeOf(f)
			if err != nil {
				return nil, err
			}
			p.parts = append(p.parts, part)
		}
		return p, nil
	case unionSet:
		return x.shapeOf(s.a)
	}
	return nil, fmt.Errorf("no shape is known of a set of the kind %T", s)
}

func (x *Evaluator) shapeOfFunctions(s functionsSet) (shape, error) {
	key, err := x.shapeOf(s.from)
	if err != nil {
		return nil, err
	}
	scalar, ok := key.(scalarShape)
	if !ok {
		return nil, fmt.Errorf("a function of %T", key)
	}
	to, err := x.shapeOf(s.to)
	return functionShape{s.from, scalar.sort, to}, err
}

func (x *Evaluator) shapeOfRecords(s recordsSet) (shape, error) {
	r := recordShape{s.names, map[string]shape{}}
	for _, n := range s.names {
		f, err := x.shapeOf(s.fields[n])
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", n, err)
		}
		r.fields[n] = f
	}
	return r, nil
}

// shapes are those of the variables, and of the fields of messages.
type shapes struct {
	variables map[string]shape
	fields    map[string]shape
	kinds     []recordsSet // of messages
	x         *Evaluator
}

// field is a field of an element of the sort of messages.
func (s *shapes) field(at tla.Place, m *smt.Term, name string) value {
	f := s.fields[name]
	if f == nil {
		failf(at, "no kind of message has the field %s", name)
	}
	return f.build(s.x, s.x.function, "m."+name, []*smt.Term{m})
}

// addMessages notes the fields of all kinds of messages.
func (s *shapes) addMessages(m messagesSet) error {
	s.kinds = m.kinds
	for _, k := range m.kinds {
		for _, n := range k.names {
			f, err := s.x.shapeOf(k.fields[n])
			if err != nil {
				return fmt.Errorf("field %s of a message: %w", n, err)
			}
			if before := s.fields[n]; before != nil && !alike(before, f) {
				return fmt.Errorf("field %s of messages has two shapes: %v, %v", n, before, f)
			}
			s.fields[n] = f
		}
	}
	return nil
}

// alike reports whether two shapes have the same leaves.
func alike(a, b shape) bool {
	switch x := a.(type) {
	case scalarShape:
		y, ok := b.(scalarShape)
		return ok && x.sort == y.sort
	case sequenceShape:
		y, ok := b.(sequenceShape)
		return ok && alike(x.element, y.element)
	case recordShape:
		y, ok := b.(recordShape)
		return ok && slices.Equal(x.names, y.names) && !slices.ContainsFunc(x.names, func(n string) bool { return !alike(x.fields[n], y.fields[n]) })
	}
	return false
}
