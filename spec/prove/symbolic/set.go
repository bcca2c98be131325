package symbolic

import (
	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

type quantifier bool

const (
	forAll quantifier = true
	exists quantifier = false
)

// set is a set: asked whether it has a value, or to say something of each of its elements.
type set interface {
	has(e env, v value) *smt.Term
	each(e env, q quantifier, say func(v value, e env) *smt.Term) *smt.Term
}

// guarded is say for what holds g: the one place where quantifiers differ.
func (q quantifier) guarded(e env, g *smt.Term, say func(env) *smt.Term) *smt.Term {
	if g == smt.False {
		return smt.Truth(q == forAll)
	}
	body := say(e.under(g))
	if q == forAll {
		return smt.Implies(g, body)
	}
	return smt.And(g, body)
}

func (q quantifier) join(terms []*smt.Term) *smt.Term {
	if q == forAll {
		return smt.And(terms...)
	}
	return smt.Or(terms...)
}

// sortSet has the elements of a sort that hold a condition: Server, Nat, Quorums.
type sortSet struct {
	sort  smt.Sort
	name  string // of bound variables
	guard func(*smt.Term) *smt.Term
}

func (s sortSet) has(e env, v value) *smt.Term { return s.guard(e.scalar(v, s.sort)) }

func (s sortSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return e.over(s.sort, s.name, q, func(x *smt.Term, e env) *smt.Term {
		return q.guarded(e, s.guard(x), func(e env) *smt.Term { return say(x, e) })
	})
}

// over quantifies over a sort: in a Bounded world by naming all its elements.
func (e env) over(s smt.Sort, name string, q quantifier, say func(*smt.Term, env) *smt.Term) *smt.Term {
	if all, ok := e.x.world.elements(s); ok {
		var terms []*smt.Term
		for _, x := range all {
			t := say(x, e.framed())
			if value, known := t.Truth(); known && value != bool(q) {
				return t
			}
			terms = append(terms, t)
		}
		return q.join(terms)
	}
	x := e.x.fresh(s, name)
	inner := e.framed()
	inner.bound = append(inner.bound[:len(inner.bound):len(inner.bound)], x)
	body := say(x, inner)
	if q == forAll {
		return smt.ForAll([]*smt.Term{x}, body)
	}
	return smt.Exists([]*smt.Term{x}, body)
}

// interval is low..high.
type interval struct{ low, high *smt.Term }

func numbersFrom(low, high *smt.Term) interval { return interval{low, high} }

func (s interval) guard(x *smt.Term) *smt.Term {
	return smt.And(smt.AtMost(s.low, x), smt.AtMost(x, s.high))
}

func (s interval) has(e env, v value) *smt.Term { return s.guard(e.scalar(v, smt.Int)) }

func (s interval) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return sortSet{smt.Int, "k", s.guard}.each(e, q, say)
}

// listedSet is {a, b, ...}.
type listedSet struct {
	at       tla.Place
	elements []value
}

func (s listedSet) has(e env, v value) *smt.Term {
	return s.each(e, exists, func(x value, e env) *smt.Term { return e.equal(s.at, v, x) })
}

func (s listedSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	var terms []*smt.Term
	for _, x := range s.elements {
		terms = append(terms, say(x, e.framed()))
	}
	return q.join(terms)
}

type (
	unionSet     struct{ a, b set }
	intersection struct{ a, b set }
	difference   struct{ a, b set }
	chosenSet    struct {
		c    *smt.Term
		a, b set
	}
)

func (s unionSet) has(e env, v value) *smt.Term { return smt.Or(s.a.has(e, v), s.b.has(e, v)) }

func (s unionSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return q.join([]*smt.Term{s.a.each(e, q, say), s.b.each(e, q, say)})
}

func (s intersection) has(e env, v value) *smt.Term { return smt.And(s.a.has(e, v), s.b.has(e, v)) }

func (s intersection) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return s.a.each(e, q, func(v value, e env) *smt.Term {
		return q.guarded(e, s.b.has(e, v), func(e env) *smt.Term { return say(v, e) })
	})
}

func (s difference) has(e env, v value) *smt.Term {
	return smt.And(s.a.has(e, v), smt.Not(s.b.has(e, v)))
}

func (s difference) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return s.a.each(e, q, func(v value, e env) *smt.Term {
		return q.guarded(e, smt.Not(s.b.has(e, v)), func(e env) *smt.Term { return say(v, e) })
	})
}

func (s chosenSet) has(e env, v value) *smt.Term { return smt.If(s.c, s.a.has(e, v), s.b.has(e, v)) }

func (s chosenSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return smt.If(s.c, s.a.each(e, q, say), s.b.each(e, q, say))
}

// filterSet is {x \in base : keeps(x)}.
type filterSet struct {
	base  set
	keeps func(value, env) *smt.Term
}

func (s filterSet) has(e env, v value) *smt.Term {
	return smt.And(s.base.has(e, v), s.keeps(v, e.framed()))
}

func (s filterSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return s.base.each(e, q, func(v value, e env) *smt.Term {
		return q.guarded(e, s.keeps(v, e), func(e env) *smt.Term { return say(v, e) })
	})
}

// mapSet is {body(x) : x \in base}.
type mapSet struct {
	at   tla.Place
	base set
	body func(value, env) value
}

// elementsOf is the sort of what the set is made of, if it is one.
func (s mapSet) elementsOf() smt.Sort {
	if base, ok := s.base.(sorted); ok {
		return base.elementSort()
	}
	return ""
}

// has asks for an x. Where the body is a record with x itself as a field, there is only one to ask.
func (s mapSet) has(e env, v value) *smt.Term {
	if sort := s.elementsOf(); sort != "" {
		probe := e.x.fresh(sort, "x")
		if r, ok := s.body(probe, e.framed()).(record); ok {
			for _, n := range r.names {
				if r.fields[n] == value(probe) {
					x := e.field(s.at, v, n)
					return smt.And(s.base.has(e, x), e.equal(s.at, v, s.body(x, e.framed())))
				}
			}
		}
	}
	return s.base.each(e, exists, func(x value, e env) *smt.Term { return e.equal(s.at, v, s.body(x, e)) })
}

func (s mapSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return s.base.each(e, q, func(x value, e env) *smt.Term { return say(s.body(x, e), e) })
}

// sorted is a set of which all elements are terms of one sort.
type sorted interface{ elementSort() smt.Sort }

func (s sortSet) elementSort() smt.Sort  { return s.sort }
func (s interval) elementSort() smt.Sort { return smt.Int }
func (s difference) elementSort() smt.Sort {
	if a, ok := s.a.(sorted); ok {
		return a.elementSort()
	}
	return ""
}

// bigUnion is UNION of a set of sets.
type bigUnion struct{ of set }

func (s bigUnion) has(e env, v value) *smt.Term {
	return s.of.each(e, exists, func(x value, e env) *smt.Term { return e.asSet(x).has(e, v) })
}

func (s bigUnion) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return s.of.each(e, q, func(x value, e env) *smt.Term { return e.asSet(x).each(e, q, say) })
}

// leafSet is a set that a variable holds: a predicate over the parts of its elements.
type leafSet struct {
	element shape
	member  func(parts []*smt.Term) *smt.Term
}

func (s *leafSet) has(e env, v value) *smt.Term {
	if r, ok := v.(record); ok && s.element == shape(messageShape{}) {
		return s.each(e, exists, func(m value, e env) *smt.Term { return e.equal(noPlace, m, r) })
	}
	return s.member(e.parts(s.element, v))
}

func (s *leafSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return e.overShape(s.element, q, func(v value, parts []*smt.Term, e env) *smt.Term {
		return q.guarded(e, s.member(parts), func(e env) *smt.Term { return say(v, e) })
	})
}

// productSet is A \X B.
type productSet struct{ factors []set }

func (s productSet) has(e env, v value) *smt.Term {
	t, ok := v.(tuple)
	if !ok || len(t.elements) != len(s.factors) {
		return smt.False
	}
	var all []*smt.Term
	for k, f := range s.factors {
		all = append(all, f.has(e, t.elements[k]))
	}
	return smt.And(all...)
}

func (s productSet) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	var from func(k int, so []value, e env) *smt.Term
	from = func(k int, so []value, e env) *smt.Term {
		if k == len(s.factors) {
			return say(tuple{so}, e)
		}
		return s.factors[k].each(e, q, func(v value, e env) *smt.Term { return from(k+1, append(so[:k:k], v), e) })
	}
	return from(0, nil, e)
}
