package symbolic

import (
	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

// builtin are the operators of the language itself.
func (e env) builtin(b *tla.Builtin) value {
	switch b.Op {
	case `/\`:
		return e.conjunction(b.Args)
	case `\/`:
		return e.disjunction(b)
	case "~":
		return smt.Not(e.asking().truth(b.Args[0]))
	case "=>":
		a := e.asking().truth(b.Args[0])
		if a == smt.False {
			return smt.True
		}
		return smt.Implies(a, e.asking().under(a).truth(b.Args[1]))
	case "<=>":
		return smt.Equal(e.asking().truth(b.Args[0]), e.asking().truth(b.Args[1]))
	case "=":
		return e.equation(b)
	case "#":
		return smt.Not(e.equal(b.Place, e.eval(b.Args[0]), e.eval(b.Args[1])))
	case "'":
		e.primed = true
		return e.eval(b.Args[0])
	case "UNCHANGED":
		return e.unchanged(b.Place, b.Args[0])
	}
	return e.ofSets(b)
}

func (e env) ofSets(b *tla.Builtin) value {
	at := func(k int) set { return e.asSet(e.eval(b.Args[k])) }
	switch b.Op {
	case `\in`:
		return at(1).has(e, e.eval(b.Args[0]))
	case `\notin`:
		return smt.Not(at(1).has(e, e.eval(b.Args[0])))
	case `\subseteq`:
		to := at(1)
		return at(0).each(e, forAll, func(v value, e env) *smt.Term { return to.has(e, v) })
	case `\cup`:
		return unionSet{e.inUnion(b.Args[0]), e.inUnion(b.Args[1])}
	case `\cap`:
		return intersection{at(0), at(1)}
	case `\`:
		return difference{at(0), at(1)}
	case "SUBSET":
		return subsets{at(0)}
	case "UNION":
		return e.union(at(0))
	case "BOOLEAN":
		return sortSet{smt.Bool, "b", anything}
	}
	failf(b.Place, "no meaning is known of the operator %s", b.Op)
	return nil
}

// inUnion leaves unions of sets of records as they are: kindsOf wants to see them.
func (e env) inUnion(x tla.Expr) set {
	v := e.eval(x)
	if u, ok := v.(unionSet); ok {
		return u
	}
	return e.asSet(v)
}

// union of the families of all servers is the family: they have one.
func (e env) union(of set) value {
	if m, ok := of.(mapSet); ok && m.elementsOf() == nodeSort {
		if f, ok := m.body(e.x.none(), e.framed()).(family); ok {
			return f
		}
	}
	return bigUnion{of}
}

func (e env) conjunction(parts []tla.Expr) *smt.Term {
	var all []*smt.Term
	for _, x := range parts {
		t := e.truth(x)
		if t == smt.False {
			return smt.False
		}
		all = append(all, t)
		e = e.under(t)
	}
	return smt.And(all...)
}

func (e env) disjunction(b *tla.Builtin) *smt.Term {
	if action, chosen := e.choice[b]; chosen {
		return e.truth(action)
	}
	var all []*smt.Term
	for _, x := range b.Args {
		known := 0
		if e.assign {
			known = len(e.next.values)
		}
		all = append(all, e.truth(x))
		if e.assign && len(e.next.values) != known {
			failf(x.At(), "a disjunction assigns: it is no list of actions")
		}
		e = e.under(smt.Not(all[len(all)-1]))
	}
	return smt.Or(all...)
}

// equation gives a variable its next value, if it has none yet.
func (e env) equation(b *tla.Builtin) *smt.Term {
	if name := e.assigned(b.Args[0]); name != "" && e.next.values[name] == nil {
		e.next.values[name] = e.eval(b.Args[1])
		return smt.True
	}
	return e.equal(b.Place, e.eval(b.Args[0]), e.eval(b.Args[1]))
}

func (e env) assigned(x tla.Expr) string {
	if !e.assign || e.asks {
		return ""
	}
	if p, ok := x.(*tla.Builtin); ok && p.Op == "'" && e.now != nil {
		x = p.Args[0]
	} else if e.now != nil {
		return ""
	}
	if d, ok := x.(*tla.Declared); ok && d.Variable {
		return d.Name
	}
	return ""
}

func (e env) unchanged(at tla.Place, x tla.Expr) *smt.Term {
	switch x := x.(type) {
	case *tla.Declared:
		if e.assign && !e.asks && e.next.values[x.Name] == nil {
			e.next.values[x.Name] = e.now.values[x.Name]
			return smt.True
		}
		return e.equal(at, e.next.values[x.Name], e.now.values[x.Name])
	case *tla.Tuple:
		var all []*smt.Term
		for _, y := range x.Elements {
			all = append(all, e.unchanged(at, y))
		}
		return smt.And(all...)
	case *tla.Call:
		if len(x.Args) == 0 {
			return e.unchanged(at, x.Operator.Body)
		}
	}
	failf(at, "UNCHANGED %s", tla.Text(x))
	return nil
}
