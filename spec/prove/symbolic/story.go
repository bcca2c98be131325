package symbolic

import (
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/spec/prove/smt"
)

// Asked returns what a term is in the world in which a question was refuted.
type Asked func(*smt.Term) (string, error)

// Story tells a counterexample in words: the state before the step, the action, and what it changes. What is 0, FALSE, Nil or empty is left
// out, and of what next does not know all that the goal does not speak of. The world must be Bounded.
func (r *Row) Story(next, goal string, asked Asked) (text string, err error) {
	defer catch(&err)
	x := r.x
	t := teller{x: x, asked: asked, told: map[string]string{}}
	own, spoken := x.readBy(x.operator(next)), map[string]bool{}
	if o := x.module.Operators[goal]; o != nil {
		spoken = x.readBy(o)
	}
	for _, v := range x.module.Variables {
		if s := x.shapes.variables[v.Name]; s != nil && (own[v.Name] || spoken[v.Name]) {
			t.tell(v.Name, s, r.Before.values[v.Name], "")
		}
	}
	fmt.Fprintf(&t.text, "  -- %s", r.Name)
	for _, p := range r.Params {
		fmt.Fprintf(&t.text, ", %s = %s", p.Name, t.word(p.Value))
	}
	t.text.WriteString(" -->\n")
	for _, v := range x.module.Variables {
		if r.After.changed[v.Name] && (own[v.Name] || spoken[v.Name]) {
			t.tell(v.Name, x.shapes.variables[v.Name], r.After.values[v.Name], "'")
		}
	}
	return t.text.String(), nil
}

// teller writes down values that are known to who is asked.
type teller struct {
	x     *Evaluator
	asked Asked
	text  strings.Builder
	told  map[string]string // what was before
}

func (t *teller) ask(term *smt.Term) string {
	if n, ok := term.Element(); ok {
		return n
	}
	if n, ok := term.Number(); ok {
		return fmt.Sprint(n)
	}
	answer, err := t.asked(term)
	if err != nil {
		panic(fault{err})
	}
	return answer
}

// word is a term's value; of a message all that its kind has.
func (t *teller) word(term *smt.Term) string {
	w := t.ask(term)
	if term.Sort() == messageSort {
		return w + " " + t.message(smt.Element(messageSort, w))
	}
	return w
}

func (t *teller) message(m *smt.Term) string {
	kind := t.ask(t.x.shapes.field(noPlace, m, kindField).(*smt.Term))
	for _, k := range t.x.shapes.kinds {
		l, ok := k.fields[kindField].(listedSet)
		if !ok || t.ask(l.elements[0].(*smt.Term)) != kind {
			continue
		}
		parts := []string{kind}
		for _, n := range k.names[1:] {
			parts = append(parts, n+" "+t.value(t.x.shapes.fields[n], t.x.shapes.field(noPlace, m, n)))
		}
		return "(" + strings.Join(parts, ", ") + ")"
	}
	return "(" + kind + ")"
}

// tell writes a line for each value of a function: none for what is nothing at first, or is as it was.
func (t *teller) tell(name string, s shape, v value, prime string) {
	if f, ok := s.(functionShape); ok {
		all, _ := t.x.world.elements(f.key)
		for _, k := range all {
			if !smt.Same(k, t.x.none()) {
				t.tell(fmt.Sprintf("%s[%s]", name, k), f.to, v.(*mapping).apply(k), prime)
			}
		}
		return
	}
	text := t.value(s, v)
	if prime == "" && !nothing(text) || prime != "" && text != t.told[name] {
		fmt.Fprintf(&t.text, "  %s%s = %s\n", name, prime, text)
	}
	t.told[name] = text
}

func nothing(text string) bool {
	switch text {
	case "0", "false", "Nil", "{}", "<<>>":
		return true
	}
	return false
}

func (t *teller) value(s shape, v value) string {
	switch s := s.(type) {
	case scalarShape, messageShape:
		return t.word(v.(*smt.Term))
	case recordShape:
		var parts []string
		for _, n := range s.names {
			parts = append(parts, n+" "+t.value(s.fields[n], v.(record).fields[n]))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case sequenceShape:
		l := v.(sequence)
		var n int
		fmt.Sscan(t.ask(l.length), &n) //nolint:errcheck // a number
		var parts []string
		for k := range min(n, 9) {
			parts = append(parts, t.value(s.element, l.at(smt.Number(k+1))))
		}
		return "<<" + strings.Join(parts, ", ") + ">>"
	case setShape:
		return "{" + strings.Join(t.elements(s.element, v.(*leafSet)), ", ") + "}"
	}
	return fmt.Sprintf("a %T", s)
}

// elements asks of all that may be in a set whether it is.
func (t *teller) elements(s shape, of *leafSet) []string {
	var in []string
	parts := []shape{s}
	if p, ok := s.(productShape); ok {
		parts = p.parts
	}
	var from func(args []*smt.Term)
	from = func(args []*smt.Term) {
		if len(args) < len(parts) {
			sort := messageSort
			if p, ok := parts[len(args)].(scalarShape); ok {
				sort = p.sort
			}
			all, _ := t.x.world.elements(sort)
			for _, a := range all {
				from(with(args, a))
			}
			return
		}
		if t.ask(of.member(args)) != "true" {
			return
		}
		var words []string
		for _, a := range args {
			words = append(words, t.word(a))
		}
		if len(words) == 1 {
			in = append(in, words[0])
		} else {
			in = append(in, "<<"+strings.Join(words, ", ")+">>")
		}
	}
	from(nil)
	return in
}
