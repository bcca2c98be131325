package symbolic

import (
	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

// quorumSort is the sort of the sets in the family of majorities.
const quorumSort smt.Sort = "Quorum"

// subsets is SUBSET of.
type subsets struct{ of set }

func (s subsets) has(e env, v value) *smt.Term {
	return e.asSet(v).each(e, forAll, func(x value, e env) *smt.Term { return s.of.has(e, x) })
}

func (s subsets) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	panic(fault{errAllSubsets})
}

// families are the sets {Q \in SUBSET Server : ...} that have a meaning without a count of nodes, by what is asked of Q: which two
// of their elements meet is all that is said of them. In a Bounded world they are counted.
var families = map[string]bool{
	"((2 * Cardinality(Q)) > Cardinality(Server))": true,
}

// family is {Q \in SUBSET Server : ...}: a sort of its own. A set is in it when some element of that sort is part of it.
type family struct{}

func (family) has(e env, v value) *smt.Term {
	if t, ok := v.(*smt.Term); ok && t.Sort() == quorumSort {
		return smt.True
	}
	return e.over(quorumSort, "q", exists, func(q *smt.Term, e env) *smt.Term {
		return e.elementsOf(q).each(e, forAll, func(j value, e env) *smt.Term { return e.asSet(v).has(e, j) })
	})
}

func (family) each(e env, q quantifier, say func(value, env) *smt.Term) *smt.Term {
	return e.over(quorumSort, "q", q, func(x *smt.Term, e env) *smt.Term { return say(x, e) })
}

func (family) elementSort() smt.Sort { return quorumSort }

// countedFamily is what a mutant makes of the family, where nodes are counted.
type countedFamily struct{ keeps func(value, env) *smt.Term }

func (s countedFamily) has(e env, v value) *smt.Term {
	nodes, _ := e.x.world.elements(nodeSort)
	var all []*smt.Term
	for chosen := range 1 << (len(nodes) - 1) {
		var same []*smt.Term
		var listed listedSet
		for k, n := range nodes[:len(nodes)-1] {
			in := chosen>>k&1 == 1
			if in {
				listed.elements = append(listed.elements, n)
			}
			same = append(same, smt.Equal(e.asSet(v).has(e, n), smt.Truth(in)))
		}
		all = append(all, smt.And(s.keeps(listed, e.framed()), smt.And(same...)))
	}
	return smt.Or(all...)
}

func (s countedFamily) each(env, quantifier, func(value, env) *smt.Term) *smt.Term {
	panic(fault{errAllSubsets})
}

// elementsOf is a quorum as a set of nodes.
func (e env) elementsOf(q *smt.Term) set {
	return &leafSet{scalarShape{nodeSort, "n"}, func(parts []*smt.Term) *smt.Term { return e.x.member(parts[0], q) }}
}

// member says that node is in quorum; where both are given, it is known.
func (x *Evaluator) member(node, quorum *smt.Term) *smt.Term {
	if known, ok := x.world.member(node, quorum); ok {
		return known
	}
	return smt.Apply(x.function("member", []smt.Sort{nodeSort, quorumSort}, smt.Bool), node, quorum)
}

// named gives a set that is held to be in the family a name, as variables that hold quorums need it.
func (e env) named(at tla.Place, s set) *smt.Term {
	q := e.row.constant(e.x, quorumSort, "q")
	e.row.oblige(at, e, family{}.has(e, s), e.over(nodeSort, "n", forAll, func(n *smt.Term, e env) *smt.Term {
		return smt.Equal(e.x.member(n, q), smt.And(e.x.isServer(n), s.has(e, n)))
	}))
	return q
}
