package smt

import (
	"fmt"
	"strconv"
	"strings"
)

// Definition gives a function its value: Body, over Vars.
type Definition struct {
	Function *Function
	Vars     []*Term
	Body     *Term
}

// Enumeration is a sort of which all elements are listed.
type Enumeration struct {
	Sort     Sort
	Elements []string
}

// Theory is what a question is asked over: sorts and what is known of them.
type Theory struct {
	Sorts        []Sort // without known elements
	Enumerations []Enumeration
	Axioms       []*Term
}

// Question asks whether Hypotheses and the negation of Goal hold at once: if not, the goal is proved.
type Question struct {
	Theory      *Theory
	Definitions []*Definition // those used are written, in this order
	Hypotheses  []*Term
	Goal        *Term
	Also        []*Function // declared, or defined, even if nothing speaks of them: for those who ask for values
}

// Text is the question in SMT-LIB 2, without a command that asks for the answer.
func (q *Question) Text() string {
	var b strings.Builder
	for _, s := range q.Theory.Sorts {
		fmt.Fprintf(&b, "(declare-sort %s 0)\n", s)
	}
	for _, e := range q.Theory.Enumerations {
		fmt.Fprintf(&b, "(declare-datatype %s (", e.Sort)
		for _, x := range e.Elements {
			fmt.Fprintf(&b, "(%s)", symbol(x))
		}
		b.WriteString("))\n")
	}
	u := newUses(q.Definitions)
	for _, t := range q.Theory.Axioms {
		u.see(t)
	}
	for _, t := range q.Hypotheses {
		u.see(t)
	}
	u.see(q.Goal)
	for _, f := range q.Also {
		u.use(f)
	}
	for _, f := range u.declared {
		fmt.Fprintf(&b, "(declare-fun %s (%s) %s)\n", symbol(f.Name), sorts(f.From), f.To)
	}
	for _, d := range q.Definitions {
		if u.seen[d.Function] {
			fmt.Fprintf(&b, "(define-fun %s (%s) %s %s)\n", symbol(d.Function.Name), binders(d.Vars), d.Function.To, d.Body)
		}
	}
	for _, t := range append(append([]*Term{}, q.Theory.Axioms...), q.Hypotheses...) {
		fmt.Fprintf(&b, "(assert %s)\n", t)
	}
	fmt.Fprintf(&b, "(assert (not %s))\n", q.Goal)
	return b.String()
}

// uses are the functions that terms speak of.
type uses struct {
	seen     map[*Function]bool
	terms    map[*Term]bool
	declared []*Function
	defined  map[*Function]*Definition
}

func newUses(definitions []*Definition) *uses {
	u := &uses{seen: map[*Function]bool{}, terms: map[*Term]bool{}, defined: map[*Function]*Definition{}}
	for _, d := range definitions {
		u.defined[d.Function] = d
	}
	return u
}

func (u *uses) see(t *Term) {
	if u.terms[t] {
		return
	}
	u.terms[t] = true
	for _, a := range t.args {
		u.see(a)
	}
	if t.function != nil {
		u.use(t.function)
	}
}

func (u *uses) use(f *Function) {
	if u.seen[f] {
		return
	}
	u.seen[f] = true
	if d := u.defined[f]; d != nil {
		u.see(d.Body)
		return
	}
	u.declared = append(u.declared, f)
}

// Functions returns the functions that a question leaves open, in the order in which they are met.
func (q *Question) Functions() []*Function {
	u := newUses(q.Definitions)
	for _, t := range q.Hypotheses {
		u.see(t)
	}
	u.see(q.Goal)
	return u.declared
}

// Functions returns the functions that a term speaks of.
func Functions(t *Term) []*Function {
	u := newUses(nil)
	u.see(t)
	return u.declared
}

// String is t in SMT-LIB 2.
func (t *Term) String() string {
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t *Term) write(b *strings.Builder) {
	switch t.kind {
	case kindNumber:
		if t.number < 0 {
			fmt.Fprintf(b, "(- %d)", -t.number)
			return
		}
		b.WriteString(strconv.Itoa(t.number))
	case kindElement, kindBound:
		b.WriteString(symbol(t.name))
	case kindForAll, kindExists:
		fmt.Fprintf(b, "(%s (%s) ", map[kind]string{kindForAll: "forall", kindExists: "exists"}[t.kind], binders(t.vars))
		t.args[0].write(b)
		b.WriteByte(')')
	case kindApply:
		writeApplied(b, symbol(t.function.Name), t.args)
	case kindBuiltin:
		writeApplied(b, t.name, t.args)
	}
}

func writeApplied(b *strings.Builder, name string, args []*Term) {
	if len(args) == 0 {
		b.WriteString(name)
		return
	}
	b.WriteString("(" + name)
	for _, a := range args {
		b.WriteByte(' ')
		a.write(b)
	}
	b.WriteByte(')')
}

// symbol writes a name so that it is one, whatever it has in it.
func symbol(name string) string {
	for _, r := range name {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._!", r)
		if !plain {
			return "|" + name + "|"
		}
	}
	return name
}

func sorts(list []Sort) string {
	var names []string
	for _, s := range list {
		names = append(names, string(s))
	}
	return strings.Join(names, " ")
}

func binders(vars []*Term) string {
	var out []string
	for _, v := range vars {
		out = append(out, fmt.Sprintf("(%s %s)", symbol(v.name), v.sort))
	}
	return strings.Join(out, " ")
}
