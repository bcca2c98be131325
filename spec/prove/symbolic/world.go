package symbolic

import (
	"fmt"

	"github.com/eventstreamcore/semel/spec/prove/smt"
)

// World says what there is.
type World interface {
	// elements lists a sort, if that can be done; the last of nodeSort is Nil.
	elements(smt.Sort) ([]*smt.Term, bool)
	// member says whether a node is in a quorum, where both are known.
	member(node, quorum *smt.Term) (*smt.Term, bool)
	// nil is Nil.
	none(*Evaluator) *smt.Term
	theory(*Evaluator) *smt.Theory
}

// Unbounded is a world of any number of nodes, values, messages, terms and indices.
type Unbounded struct{}

func (Unbounded) elements(smt.Sort) ([]*smt.Term, bool)           { return nil, false }
func (Unbounded) member(node, quorum *smt.Term) (*smt.Term, bool) { return nil, false }
func (Unbounded) none(x *Evaluator) *smt.Term                     { return smt.Apply(x.function("Nil", nil, nodeSort)) }

// theory: any two quorums meet in a server, and there is no other node in one.
func (Unbounded) theory(x *Evaluator) *smt.Theory {
	q, r := x.fresh(quorumSort, "q"), x.fresh(quorumSort, "q")
	meet := smt.Apply(x.function("meet", []smt.Sort{quorumSort, quorumSort}, nodeSort), q, r)
	return &smt.Theory{
		Sorts: []smt.Sort{nodeSort, valueSort, messageSort, quorumSort},
		Axioms: []*smt.Term{
			smt.ForAll([]*smt.Term{q, r}, smt.And(x.member(meet, q), x.member(meet, r), smt.Not(smt.Equal(meet, x.none())))),
			smt.ForAll([]*smt.Term{q}, smt.Not(x.member(x.none(), q))),
		},
	}
}

// Bounded is a world of few: numbers end at Numbers.
type Bounded struct{ Nodes, Values, Messages, Numbers int }

func (w Bounded) named(s smt.Sort, prefix string, n int) []*smt.Term {
	var all []*smt.Term
	for k := range n {
		all = append(all, smt.Element(s, fmt.Sprintf("%s%d", prefix, k+1)))
	}
	return all
}

func (w Bounded) elements(s smt.Sort) ([]*smt.Term, bool) {
	switch s {
	case nodeSort:
		return append(w.named(s, "n", w.Nodes), smt.Element(s, "Nil")), true
	case valueSort:
		return w.named(s, "v", w.Values), true
	case messageSort:
		return w.named(s, "m", w.Messages), true
	case smt.Int:
		var all []*smt.Term
		for k := range w.Numbers + 1 {
			all = append(all, smt.Number(k))
		}
		return all, true
	case quorumSort:
		var all []*smt.Term
		for _, chosen := range w.quorums() {
			all = append(all, smt.Element(s, quorumName(chosen)))
		}
		return all, true
	case smt.Bool:
		return []*smt.Term{smt.True, smt.False}, true
	}
	return nil, false
}

// quorums are all majorities, as bits.
func (w Bounded) quorums() []int {
	var all []int
	for chosen := range 1 << w.Nodes {
		count := 0
		for k := range w.Nodes {
			count += chosen >> k & 1
		}
		if 2*count > w.Nodes {
			all = append(all, chosen)
		}
	}
	return all
}

func quorumName(chosen int) string { return fmt.Sprintf("q%d", chosen) }

// member names the quorums that node is in: nodes and quorums are enumerated, so a comparison does.
func (w Bounded) member(node, quorum *smt.Term) (*smt.Term, bool) {
	var in []*smt.Term
	for _, chosen := range w.quorums() {
		for k, n := range w.named(nodeSort, "n", w.Nodes) {
			if chosen>>k&1 == 1 {
				in = append(in, smt.And(smt.Equal(quorum, smt.Element(quorumSort, quorumName(chosen))), smt.Equal(node, n)))
			}
		}
	}
	return smt.Or(in...), true
}

func (w Bounded) none(*Evaluator) *smt.Term { return smt.Element(nodeSort, "Nil") }

func (w Bounded) theory(*Evaluator) *smt.Theory {
	t := &smt.Theory{}
	for _, s := range []smt.Sort{nodeSort, valueSort, messageSort, quorumSort} {
		all, _ := w.elements(s)
		e := smt.Enumeration{Sort: s}
		for _, x := range all {
			name, _ := x.Element()
			e.Elements = append(e.Elements, name)
		}
		t.Enumerations = append(t.Enumerations, e)
	}
	return t
}
