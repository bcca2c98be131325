package symbolic

import (
	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

func (e env) quantified(q *tla.Quantified) value {
	if q.Self != nil {
		failf(q.Place, "a recursive function")
	}
	switch q.Kind {
	case tla.Exists, tla.ForAll:
		return e.ranges(q.Ranges, quantifier(q.Kind == tla.ForAll), func(e env) *smt.Term { return e.truth(q.Body) })
	case tla.Choose:
		return e.choose(q)
	case tla.Filter:
		return e.filter(q)
	case tla.Map:
		r := q.Ranges[0]
		over := e.asSet(e.eval(r.Set))
		if len(q.Ranges) > 1 || len(r.Names) > 1 {
			failf(q.Place, "{... : ...} of more than one name")
		}
		return mapSet{q.Place, over, func(v value, inner env) value { return e.in(inner).bind(r.Names[0], v).eval(q.Body) }}
	}
	return e.function(q)
}

// in is e with what was met on the way to where a closure is called.
func (e env) in(inner env) env {
	e.frame, e.path, e.bound = inner.frame, inner.path, inner.bound
	return e
}

func (e env) ranges(ranges []tla.Range, q quantifier, say func(env) *smt.Term) *smt.Term {
	if len(ranges) == 0 {
		return say(e)
	}
	r := ranges[0]
	over := e.asSet(e.eval(r.Set))
	if r.Tuple {
		return over.each(e, q, func(v value, e env) *smt.Term {
			t, ok := v.(tuple)
			if !ok || len(t.elements) != len(r.Names) {
				failf(noPlace, "%T has not %d parts", v, len(r.Names))
			}
			for k, n := range r.Names {
				e = e.bind(n, t.elements[k])
			}
			return e.ranges(ranges[1:], q, say)
		})
	}
	var name func(k int, e env) *smt.Term
	name = func(k int, e env) *smt.Term {
		if k == len(r.Names) {
			return e.ranges(ranges[1:], q, say)
		}
		return over.each(e, q, func(v value, e env) *smt.Term { return name(k+1, e.bind(r.Names[k], v)) })
	}
	return name(0, e)
}

func (e env) filter(q *tla.Quantified) value {
	r := q.Ranges[0]
	if len(q.Ranges) > 1 || len(r.Names) > 1 {
		failf(q.Place, "{... : ...} of more than one name")
	}
	over := e.asSet(e.eval(r.Set))
	keeps := func(v value, inner env) *smt.Term { return e.in(inner).bind(r.Names[0], v).truth(q.Body) }
	if s, ok := over.(subsets); ok {
		if _, servers := s.of.(sortSet); servers && families[tla.Text(q.Body)] {
			return family{}
		}
		if _, counted := e.x.world.elements(nodeSort); counted {
			return countedFamily{keeps}
		}
		failf(q.Place, "a family of sets of which nothing is known: %s", tla.Text(q.Body))
	}
	return filterSet{over, keeps}
}

// function is [x \in S |-> body]: over 1..n a sequence.
func (e env) function(q *tla.Quantified) value {
	r := q.Ranges[0]
	if len(q.Ranges) > 1 || len(r.Names) > 1 {
		failf(q.Place, "a function of more than one argument")
	}
	over := e.asSet(e.eval(r.Set))
	at := func(v value) value { return e.framed().bind(r.Names[0], v).eval(q.Body) }
	if i, ok := over.(interval); ok {
		if one, ok := i.low.Number(); ok && one == 1 {
			length := smt.If(smt.AtMost(smt.Number(0), i.high), i.high, smt.Number(0))
			return sequence{length, func(k *smt.Term) value { return at(k) }}
		}
	}
	return &mapping{at, over}
}

// choose gives the greatest of a set of numbers a name. That there is one where the set is not empty is arithmetic, and no solver
// finds it; that the set is not empty is asked.
func (e env) choose(q *tla.Quantified) value {
	if !greatest(q) {
		failf(q.Place, "a CHOOSE that does not ask for the greatest: %s", tla.Text(q))
	}
	s := e.asSet(e.eval(q.Ranges[0].Set))
	base := s
	for {
		f, ok := base.(filterSet)
		if !ok {
			break
		}
		base = f.base
	}
	if _, ok := base.(interval); !ok {
		failf(q.Place, "the greatest of a set that is no part of an interval")
	}
	c := e.row.constant(e.x, smt.Int, "greatest", e.bound...)
	is := smt.And(s.has(e, c), s.each(e, forAll, func(v value, e env) *smt.Term { return smt.AtMost(e.scalar(v, smt.Int), c) }))
	e.row.oblige(q.Place, e, s.each(e, exists, func(value, env) *smt.Term { return smt.True }), is)
	return c
}

// greatest reports whether q is CHOOSE k \in S : \A o \in S : o <= k.
func greatest(q *tla.Quantified) bool {
	all, ok := q.Body.(*tla.Quantified)
	if !ok || all.Kind != tla.ForAll || len(all.Ranges) != 1 || len(all.Ranges[0].Names) != 1 || len(q.Ranges) != 1 || len(q.Ranges[0].Names) != 1 {
		return false
	}
	c, ok := all.Body.(*tla.Call)
	if !ok || !c.Operator.Standard || len(c.Args) != 2 || tla.Text(all.Ranges[0].Set) != tla.Text(q.Ranges[0].Set) {
		return false
	}
	o, okO := c.Args[0].(*tla.Bound)
	k, okK := c.Args[1].(*tla.Bound)
	return c.Operator.Name == `\leq` && okO && okK && o.Param == all.Ranges[0].Names[0] && k.Param == q.Ranges[0].Names[0]
}
