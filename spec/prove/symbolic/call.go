package symbolic

import (
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/spec/prove/smt"
	"github.com/eventstreamcore/semel/spec/tla"
)

func failure(format string, args ...any) error { return fmt.Errorf(format, args...) }

func (e env) call(c *tla.Call) value {
	o := c.Operator
	if name, ok := e.x.options.Replaced[o.Name]; ok && e.x.module.Operators[o.Name] == o {
		o = e.x.module.Operators[name]
		if o == nil || len(o.Params) != len(c.Args) {
			failf(c.Place, "%s is to be replaced by %s, which is no operator of %d parameters", c.Operator.Name, name, len(c.Args))
		}
	}
	args := e.evalAll(c.Args)
	if o.Standard {
		return e.standard(c, o.Name, args)
	}
	if _, opaque := e.x.opaque[o.Name]; opaque {
		return e.applyOpaque(c, o, args)
	}
	if e.x.module.Operators[o.Name] != o {
		return e.let(o, args)
	}
	key, remembered := e.callKey(o, args)
	if remembered {
		if v, ok := e.row.calls[key]; ok {
			return v
		}
	}
	v := e.framed().bindAll(o, args).eval(o.Body)
	if remembered {
		e.row.calls[key] = v
	}
	return v
}

func (e env) bindAll(o *tla.Operator, args []value) env {
	for k, p := range o.Params {
		e = e.bind(p, args[k])
	}
	return e
}

// let evaluates an operator of a LET, once if it has no parameters. In an action a truth gets a name: it is used in many places.
func (e env) let(o *tla.Operator, args []value) value {
	if len(o.Params) > 0 {
		return e.framed().bindAll(o, args).eval(o.Body)
	}
	key := letKey{o, e.primed}
	if v, ok := e.frame.known[key]; ok {
		return v
	}
	v := e.eval(o.Body)
	if t, ok := v.(*smt.Term); ok && e.assign && len(e.bound) == 0 && t.Sort() == smt.Bool && !t.Plain() {
		name := e.row.constant(e.x, smt.Bool, o.Name)
		e.row.facts = append(e.row.facts, smt.Equal(name, t))
		v = name
	}
	e.frame.known[key] = v
	return v
}

// callKey is what a call of an operator that speaks of one state is remembered by, so that a CHOOSE chooses once.
type callKey struct {
	operator *tla.Operator
	state    *State
	args     string
}

func (e env) callKey(o *tla.Operator, args []value) (callKey, bool) {
	if e.row == nil || e.primed || e.now == nil || o.Level > 1 || len(args) == 0 {
		return callKey{}, false
	}
	var b strings.Builder
	for _, a := range args {
		t, ok := a.(*smt.Term)
		if !ok {
			return callKey{}, false
		}
		fmt.Fprintf(&b, "%x ", t.Hash())
	}
	for _, t := range e.bound {
		fmt.Fprintf(&b, "|%x", t.Hash())
	}
	return callKey{o, e.now, b.String()}, true
}

// applyOpaque is a predicate of the arguments, another one after a step that changed what its definition reads.
func (e env) applyOpaque(c *tla.Call, o *tla.Operator, args []value) value {
	var terms []*smt.Term
	var from []smt.Sort
	for _, a := range args {
		t, ok := a.(*smt.Term)
		if !ok {
			failf(c.Place, "the opaque operator %s is called with %T", o.Name, a)
		}
		terms, from = append(terms, t), append(from, t.Sort())
	}
	e.x.opaque[o.Name] = from
	return smt.Apply(e.x.function(e.opaqueName(o), from, smt.Bool), terms...)
}

func (e env) opaqueName(o *tla.Operator) string {
	s := e.now
	if e.primed {
		if e.assign { // what changes is known when all is assigned
			failf(o.Place, "the opaque operator %s is primed in an action", o.Name)
		}
		s = e.next
	}
	for v := range s.changed {
		if e.x.readBy(o)[v] {
			return o.Name + "'"
		}
	}
	return o.Name
}

// readBy are the variables that an operator's definition reads.
func (x *Evaluator) readBy(o *tla.Operator) map[string]bool {
	if r, ok := x.reads[o]; ok {
		return r
	}
	r := map[string]bool{}
	x.reads[o] = r
	tla.Walk(o.Body, func(n tla.Expr) {
		switch n := n.(type) {
		case *tla.Declared:
			if n.Variable {
				r[n.Name] = true
			}
		case *tla.Call:
			if !n.Operator.Standard {
				for v := range x.readBy(n.Operator) {
					r[v] = true
				}
			}
		}
	})
	return r
}

// Untouched reports whether an operator reads nothing that a step changes: what it says after the step is what it said before.
func (r *Row) Untouched(name string) bool {
	for v := range r.x.readBy(r.x.module.Operators[name]) {
		if r.After.changed[v] {
			return false
		}
	}
	return true
}

// standard are the operators of the standard modules.
func (e env) standard(c *tla.Call, name string, args []value) value {
	number := func(k int) *smt.Term { return e.scalar(args[k], smt.Int) }
	switch name {
	case "+":
		return smt.Plus(number(0), number(1))
	case "-":
		return smt.Minus(number(0), number(1))
	case "*":
		return e.times(c, number(0), number(1))
	case "<":
		return smt.Less(number(0), number(1))
	case ">":
		return smt.Less(number(1), number(0))
	case `\leq`, "<=", "=<":
		return smt.AtMost(number(0), number(1))
	case `\geq`, ">=":
		return smt.AtMost(number(1), number(0))
	case "..":
		return interval{number(0), number(1)}
	case "Nat":
		return sortSet{smt.Int, "k", func(t *smt.Term) *smt.Term { return smt.AtMost(smt.Number(0), t) }}
	case "Seq":
		return sequencesSet{e.asSet(args[0])}
	case "Cardinality":
		return e.cardinality(c, e.asSet(args[0]))
	}
	return e.sequences(c, name, args)
}

func (e env) times(c *tla.Call, a, b *smt.Term) value {
	x, okX := a.Number()
	y, okY := b.Number()
	switch {
	case okX && okY:
		return smt.Number(x * y)
	case okX && x == 2:
		return smt.Plus(b, b)
	}
	failf(c.Place, "a product of unknowns")
	return nil
}

// cardinality counts, where all elements there can be are known.
func (e env) cardinality(c *tla.Call, s set) value {
	nodes, ok := e.x.world.elements(nodeSort)
	if !ok {
		failf(c.Place, "elements are counted: Cardinality has no meaning here")
	}
	count := smt.Number(0)
	for _, n := range nodes {
		count = smt.Plus(count, smt.If(s.has(e, n), smt.Number(1), smt.Number(0)))
	}
	return count
}

func (e env) sequences(c *tla.Call, name string, args []value) value {
	if len(args) == 0 {
		failf(c.Place, "no meaning is known of the operator %s", name)
	}
	l, ok := asSequence(args[0])
	if !ok {
		failf(c.Place, "no meaning is known of the operator %s of %T", name, args[0])
	}
	switch name {
	case "Len":
		return l.length
	case "Head":
		return l.at(smt.Number(1))
	case "Tail":
		return sequence{smt.Minus(l.length, smt.Number(1)), func(k *smt.Term) value { return l.at(smt.Plus(k, smt.Number(1))) }}
	case "SubSeq":
		return part(l, e.scalar(args[1], smt.Int), e.scalar(args[2], smt.Int))
	case "Append":
		return joined(l, sequence{smt.Number(1), func(*smt.Term) value { return args[1] }})
	case `\o`:
		r, ok := asSequence(args[1])
		if !ok {
			failf(c.Place, "a sequence and %T are joined", args[1])
		}
		return joined(l, r)
	}
	failf(c.Place, "no meaning is known of the operator %s", name)
	return nil
}

func part(l sequence, first, last *smt.Term) sequence {
	n := smt.Plus(smt.Minus(last, first), smt.Number(1))
	s := sequence{length: smt.If(smt.AtMost(first, last), n, smt.Number(0))}
	if l.at != nil {
		before := smt.Minus(first, smt.Number(1))
		s.at = func(k *smt.Term) value { return l.at(smt.Plus(before, k)) }
	}
	return s
}

func joined(l, r sequence) sequence {
	switch {
	case r.at == nil || r.length.IsZero():
		return l
	case l.at == nil || l.length.IsZero():
		return r
	}
	return sequence{smt.Plus(l.length, r.length), func(k *smt.Term) value {
		return choice(smt.AtMost(k, l.length), l.at(k), r.at(smt.Minus(k, l.length)))
	}}
}
