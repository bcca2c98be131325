package symbolic

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/spec/prove/smt"
)

// Datum is a value of TLA+ that is given. Which of its methods is asked is known from the shape.
type Datum interface {
	Bool() bool
	Int() int
	Text() string
	Len() int       // of a sequence, a set, or a function over Server
	At(k int) Datum // what these have, from 0
	Field(name string) Datum
	String() string // the same for the same value
}

// Table has the leaves of a given state, wherever they have a meaning.
type Table struct {
	x        *Evaluator
	leaves   map[string]map[string]*smt.Term // by name, by arguments
	args     map[string][][]*smt.Term
	messages *Messages
}

// Messages names messages: the same name for the same message, in as many states as share it.
type Messages struct {
	x     *Evaluator
	names map[string]*smt.Term
	all   []Datum
}

// NewMessages knows none yet.
func (x *Evaluator) NewMessages() *Messages { return &Messages{x: x, names: map[string]*smt.Term{}} }

func (m *Messages) name(d Datum) *smt.Term {
	key := d.String()
	if m.names[key] == nil {
		m.names[key] = smt.Element(messageSort, fmt.Sprintf("m%d", len(m.all)+1))
		m.all = append(m.all, d)
	}
	return m.names[key]
}

// Count is how many there are.
func (m *Messages) Count() int { return len(m.all) }

// Given makes a table of a state: a value for each variable. Server is 1, 2, ..., Nil is 0, and there is one Value.
func (x *Evaluator) Given(state map[string]Datum, messages *Messages) (t *Table, err error) {
	defer catch(&err)
	t = &Table{x, map[string]map[string]*smt.Term{}, map[string][][]*smt.Term{}, messages}
	for name, s := range x.shapes.variables {
		if d, ok := state[name]; ok {
			t.fill(s, name, nil, d)
		}
	}
	return t, nil
}

// AddMessages gives the fields of messages their values: when all states of interest have been made tables of.
func (t *Table) AddMessages() (err error) {
	defer catch(&err)
	for k := 0; k < len(t.messages.all); k++ {
		m := smt.Element(messageSort, fmt.Sprintf("m%d", k+1))
		for _, name := range t.fieldsOf(t.messages.all[k]) {
			t.fill(t.x.shapes.fields[name], "m."+name, []*smt.Term{m}, t.messages.all[k].Field(name))
		}
	}
	return nil
}

// fieldsOf are the fields that messages of that kind have.
func (t *Table) fieldsOf(d Datum) []string {
	for _, k := range t.x.shapes.kinds {
		if l, ok := k.fields[kindField].(listedSet); ok && smt.Same(l.elements[0].(*smt.Term), t.x.text(d.Field(kindField).Text())) {
			return k.names
		}
	}
	panic(fault{failure("Types has no kind of messages for %s", d)})
}

func (t *Table) put(name string, args []*smt.Term, v *smt.Term) {
	if t.leaves[name] == nil {
		t.leaves[name] = map[string]*smt.Term{}
	}
	t.leaves[name][keyOf(args)] = v
	t.args[name] = append(t.args[name], args)
}

func keyOf(args []*smt.Term) string {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(a.String() + " ")
	}
	return b.String()
}

func (t *Table) fill(s shape, name string, args []*smt.Term, d Datum) {
	switch s := s.(type) {
	case scalarShape:
		t.put(name, args, t.scalar(s.sort, d))
	case recordShape:
		for _, n := range s.names {
			t.fill(s.fields[n], name+"."+n, args, d.Field(n))
		}
	case sequenceShape:
		t.put(name+".len", args, smt.Number(d.Len()))
		for k := range d.Len() {
			t.fill(s.element, name+".at", with(args, smt.Number(k+1)), d.At(k))
		}
	case functionShape:
		for k := range d.Len() {
			t.fill(s.to, name, with(args, smt.Element(nodeSort, fmt.Sprintf("n%d", k+1))), d.At(k))
		}
	case setShape:
		t.fillSet(s, name, args, d)
	default:
		panic(fault{failure("%s: a value of the shape %T is given", name, s)})
	}
}

// fillSet says of everything there is whether it is in the set.
func (t *Table) fillSet(s setShape, name string, args []*smt.Term, members Datum) {
	in := map[string]bool{}
	sort := messageSort
	if e, ok := s.element.(scalarShape); ok {
		sort = e.sort
	}
	for k := range members.Len() {
		d := members.At(k)
		if sort == messageSort {
			in[t.messages.name(d).String()] = true
		} else {
			in[t.scalar(sort, d).String()] = true
		}
	}
	all, _ := t.x.world.elements(sort)
	for _, e := range all {
		t.put(name, with(args, e), smt.Truth(in[e.String()]))
	}
}

func (t *Table) scalar(sort smt.Sort, d Datum) *smt.Term {
	switch sort {
	case smt.Bool:
		return smt.Truth(d.Bool())
	case smt.Int:
		return smt.Number(d.Int())
	case valueSort:
		return smt.Element(valueSort, "v1")
	case textSort:
		return t.x.text(d.Text())
	}
	if d.Int() == 0 {
		return t.x.none()
	}
	return smt.Element(nodeSort, fmt.Sprintf("n%d", d.Int()))
}

// value is what a function is, nil where it has no meaning.
func (t *Table) value(f *smt.Function, args []*smt.Term) *smt.Term {
	if v, ok := t.leaves[f.Name][keyOf(args)]; ok {
		return v
	}
	if f.Name == "m."+kindField {
		return t.x.text("no message")
	}
	return nil
}

// Altered is t with another number in one place: the k-th, counted round and round.
func (t *Table) Altered(k int) (altered *Table, leaf string) {
	var names []string
	for name, all := range t.args {
		if !strings.HasPrefix(name, "m.") && t.leaves[name][keyOf(all[0])].Sort() == smt.Int {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	leaf = names[k%len(names)]
	args := t.args[leaf][k/len(names)%len(t.args[leaf])]
	leaves := map[string]map[string]*smt.Term{}
	for name, of := range t.leaves {
		leaves[name] = of
	}
	leaves[leaf] = map[string]*smt.Term{}
	for key, v := range t.leaves[leaf] {
		leaves[leaf][key] = v
	}
	leaves[leaf][keyOf(args)] = smt.Plus(t.leaves[leaf][keyOf(args)], smt.Number(t.x.world.(Bounded).Numbers))
	return &Table{t.x, leaves, t.args, t.messages}, leaf
}

// Holds reports whether the row is a step from one given state to another, for some parameters. Its evaluator is of a Bounded world.
func (r *Row) Holds(before, after *Table) bool {
	h := holding{row: r, before: before, after: after, known: map[*smt.Function]*smt.Term{}}
	for _, t := range slices.Concat(r.Hypotheses, facts(r.Obligations)) {
		for _, f := range smt.Functions(t) {
			if strings.HasPrefix(f.Name, r.Name+".") && len(f.From) == 0 && !slices.Contains(h.open, f) {
				h.open = append(h.open, f)
			}
		}
	}
	return h.search(0)
}

func facts(list []Obligation) []*smt.Term {
	var all []*smt.Term
	for _, o := range list {
		all = append(all, o.Fact)
	}
	return all
}

// holding is the search for parameters, and for what has been given a name on the way.
type holding struct {
	row           *Row
	before, after *Table
	open          []*smt.Function
	known         map[*smt.Function]*smt.Term
}

func (h *holding) given(f *smt.Function, args []*smt.Term) *smt.Term {
	if v, ok := h.known[f]; ok {
		return v
	}
	return h.before.value(f, args)
}

// search gives the k-th unknown each value that what is known so far allows.
func (h *holding) search(k int) bool {
	for _, t := range slices.Concat(h.row.Hypotheses, facts(h.row.Obligations)) {
		if smt.Evaluate(t, h.given, nil) == smt.False {
			return false
		}
	}
	if k == len(h.open) {
		return h.settled() && h.leads()
	}
	all, _ := h.row.x.world.elements(h.open[k].To)
	for _, v := range all {
		h.known[h.open[k]] = v
		if h.search(k + 1) {
			return true
		}
	}
	delete(h.known, h.open[k])
	return false
}

// settled: nothing that was asked is without an answer.
func (h *holding) settled() bool {
	for _, t := range slices.Concat(h.row.Hypotheses, facts(h.row.Obligations)) {
		if smt.Evaluate(t, h.given, nil) != smt.True {
			return false
		}
	}
	return true
}

// leads: each leaf is after the step what the row says, wherever it has a meaning then.
func (h *holding) leads() bool {
	defined := map[string]*smt.Definition{}
	for _, d := range h.row.Definitions {
		defined[strings.TrimSuffix(d.Function.Name, "'")] = d
	}
	for name, all := range h.after.args {
		d := defined[name]
		for _, args := range all {
			want, got := h.after.leaves[name][keyOf(args)], h.before.leaves[name][keyOf(args)]
			if d != nil {
				bound := map[*smt.Term]*smt.Term{}
				for k, v := range d.Vars {
					bound[v] = args[k]
				}
				got = smt.Evaluate(d.Body, h.given, bound)
			}
			if got == nil || !smt.Same(want, got) {
				return false
			}
		}
	}
	return true
}
