package symbolic

import (
	"fmt"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

// value is what an expression evaluates to: *smt.Term, or one of the types below.
type value any

type (
	// mapping is a function.
	mapping struct {
		apply  func(value) value
		domain value // a set, where it is known
	}
	// record has fields.
	record struct {
		names  []string
		fields map[string]value
	}
	// sequence has length elements, from 1 on; at is nil where there is none to ask for.
	sequence struct {
		length *smt.Term
		at     func(*smt.Term) value
	}
	// tuple is <<a, b>>: a sequence, or an element of a product.
	tuple struct{ elements []value }
)

// fault is what evaluation panics with: closures that make terms have no room for an error. Every exported function turns it into one.
type fault struct{ error }

// noPlace is the place of what no module writes.
var noPlace tla.Place

func failf(at tla.Place, format string, args ...any) {
	panic(fault{fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...))})
}

// catch makes an error of a fault.
func catch(err *error) {
	switch f := recover().(type) {
	case nil:
	case fault:
		*err = f.error
	default:
		panic(f)
	}
}

func (r record) with(name string, v value) record {
	fields := make(map[string]value, len(r.fields))
	for n, old := range r.fields {
		fields[n] = old
	}
	fields[name] = v
	return record{r.names, fields}
}

// asSequence takes tuples for what they are, too.
func asSequence(v value) (sequence, bool) {
	switch v := v.(type) {
	case sequence:
		return v, true
	case tuple:
		s := sequence{length: smt.Number(len(v.elements))}
		if len(v.elements) > 0 {
			s.at = func(k *smt.Term) value {
				last := len(v.elements) - 1
				out := v.elements[last]
				for n := last - 1; n >= 0; n-- {
					out = choice(smt.Equal(k, smt.Number(n+1)), v.elements[n], out)
				}
				return out
			}
		}
		return s, true
	}
	return sequence{}, false
}

// choice is a where c holds, else b.
func choice(c *smt.Term, a, b value) value {
	if c == smt.True || sameValue(a, b) {
		return a
	}
	if c == smt.False {
		return b
	}
	switch x := a.(type) {
	case *smt.Term:
		if y, ok := b.(*smt.Term); ok {
			return smt.If(c, x, y)
		}
	case record:
		if y, ok := b.(record); ok {
			fields := map[string]value{}
			for _, n := range x.names {
				fields[n] = choice(c, x.fields[n], y.fields[n])
			}
			return record{x.names, fields}
		}
	case *mapping:
		if y, ok := b.(*mapping); ok {
			return &mapping{func(k value) value { return choice(c, x.apply(k), y.apply(k)) }, x.domain}
		}
	case tuple:
		if y, ok := b.(tuple); ok && len(x.elements) == len(y.elements) && len(x.elements) > 0 {
			out := tuple{make([]value, len(x.elements))}
			for k := range x.elements {
				out.elements[k] = choice(c, x.elements[k], y.elements[k])
			}
			return out
		}
	}
	if x, ok := a.(set); ok {
		if y, ok := b.(set); ok {
			return chosenSet{c, x, y}
		}
	}
	x, okX := asSequence(a)
	y, okY := asSequence(b)
	if !okX || !okY {
		panic(fault{fmt.Errorf("a choice between %T and %T", a, b)})
	}
	return choiceOfSequences(c, x, y)
}

func choiceOfSequences(c *smt.Term, x, y sequence) sequence {
	s := sequence{length: smt.If(c, x.length, y.length)}
	switch {
	case x.at == nil:
		s.at = y.at
	case y.at == nil:
		s.at = x.at
	default:
		s.at = func(k *smt.Term) value { return choice(c, x.at(k), y.at(k)) }
	}
	return s
}

// sameValue finds values that were not touched.
func sameValue(a, b value) bool {
	switch x := a.(type) {
	case *smt.Term:
		y, ok := b.(*smt.Term)
		return ok && smt.Same(x, y)
	case *mapping:
		return a == b
	case *leafSet:
		return a == b
	}
	return false
}

// equal says that two values are one.
func (e env) equal(at tla.Place, a, b value) *smt.Term {
	if sameValue(a, b) {
		return smt.True
	}
	switch x := a.(type) {
	case *smt.Term:
		switch y := b.(type) {
		case *smt.Term:
			return smt.Equal(x, y)
		case record:
			return e.equalToMessage(at, x, y)
		}
	case record:
		switch y := b.(type) {
		case *smt.Term:
			return e.equalToMessage(at, y, x)
		case record:
			return e.equalRecords(at, x, y)
		}
	case *mapping:
		if y, ok := b.(*mapping); ok {
			return e.equalMappings(at, x, y)
		}
	case tuple:
		if y, ok := b.(tuple); ok {
			if len(x.elements) != len(y.elements) {
				return smt.False
			}
			var all []*smt.Term
			for k := range x.elements {
				all = append(all, e.equal(at, x.elements[k], y.elements[k]))
			}
			return smt.And(all...)
		}
	}
	if x, ok := a.(set); ok {
		if y, ok := b.(set); ok {
			return e.equalSets(at, x, y)
		}
	}
	x, okX := asSequence(a)
	y, okY := asSequence(b)
	if !okX || !okY {
		failf(at, "%T = %T", a, b)
	}
	return e.equalSequences(at, x, y)
}

func (e env) equalRecords(at tla.Place, x, y record) *smt.Term {
	if len(x.names) != len(y.names) {
		return smt.False
	}
	var all []*smt.Term
	for _, n := range x.names {
		if y.fields[n] == nil {
			return smt.False
		}
		all = append(all, e.equal(at, x.fields[n], y.fields[n]))
	}
	return smt.And(all...)
}

// equalToMessage compares an element of the sort of messages with a record, field by field.
func (e env) equalToMessage(at tla.Place, m *smt.Term, r record) *smt.Term {
	var all []*smt.Term
	for _, n := range r.names {
		all = append(all, e.equal(at, e.x.shapes.field(at, m, n), r.fields[n]))
	}
	return smt.And(all...)
}

func (e env) equalSequences(at tla.Place, x, y sequence) *smt.Term {
	lengths := smt.Equal(x.length, y.length)
	if lengths == smt.False || x.at == nil || y.at == nil {
		return lengths
	}
	return smt.And(lengths, numbersFrom(smt.Number(1), x.length).each(e, forAll, func(k value, e env) *smt.Term {
		return e.equal(at, x.at(k.(*smt.Term)), y.at(k.(*smt.Term)))
	}))
}

func (e env) equalMappings(at tla.Place, x, y *mapping) *smt.Term {
	over, ok := x.domain.(set)
	if !ok {
		over, ok = y.domain.(set)
	}
	if !ok {
		failf(at, "two functions of which no domain is known are compared")
	}
	return over.each(e, forAll, func(k value, e env) *smt.Term { return e.equal(at, x.apply(k), y.apply(k)) })
}

func (e env) equalSets(at tla.Place, x, y set) *smt.Term {
	if l, ok := y.(listedSet); ok && len(l.elements) == 0 {
		return smt.Not(x.each(e, exists, func(value, env) *smt.Term { return smt.True }))
	}
	if l, ok := x.(listedSet); ok && len(l.elements) == 0 {
		return e.equalSets(at, y, x)
	}
	within := func(a, b set) *smt.Term {
		return a.each(e, forAll, func(v value, e env) *smt.Term { return b.has(e, v) })
	}
	return smt.And(within(x, y), within(y, x))
}
