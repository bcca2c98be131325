package symbolic

import (
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/spec/tla"
)

// Covers returns what of the relation next the relation with has not: with is next, disjunct by disjunct, where every action is joined by
// equations that say what becomes of variables that next does not know. Such equations forbid no step. The actions that are open are none of with.
func Covers(m *tla.Module, next, with string, open ...string) error {
	own, err := variablesOf(m, next)
	if err != nil {
		return err
	}
	want, got := slices.Clone(Disjuncts(m.Operators[next].Body)), []tla.Expr(nil)
	for _, name := range open {
		taken := len(want)
		want = slices.DeleteFunc(want, func(x tla.Expr) bool { return takes(x, name) })
		if len(want) == taken {
			return fmt.Errorf("%s takes no %s: that is not open", next, name)
		}
	}
	if o := m.Operators[with]; o != nil {
		got = Disjuncts(o.Body)
	}
	for k, w := range want {
		if k >= len(got) {
			return fmt.Errorf("%s: %s has no disjunct for %s", w.At(), with, tla.Text(w))
		}
		if err := coversOne(w, got[k], own); err != nil {
			return err
		}
	}
	if len(got) > len(want) {
		return fmt.Errorf("%s: %s has a disjunct that %s has not", got[len(want)].At(), with, next)
	}
	return nil
}

// variablesOf are the variables that an operator speaks of.
func variablesOf(m *tla.Module, name string) (map[string]bool, error) {
	o := m.Operators[name]
	if o == nil {
		return nil, fmt.Errorf("module %s has no operator %s", m.Name, name)
	}
	x := Evaluator{module: m, reads: map[*tla.Operator]map[string]bool{}}
	return x.readBy(o), nil
}

func coversOne(want, got tla.Expr, own map[string]bool) error {
	wanted, ranges := inRanges(want)
	given, others := inRanges(got)
	a, okA := wanted.(*tla.Call)
	b, okB := given.(*tla.Call)
	if !okA || !okB || ranges != others {
		return fmt.Errorf("%s: %s is not taken as %s is: %s, %s", got.At(), tla.Text(got), tla.Text(want), ranges, others)
	}
	if len(a.Args) != len(b.Args) || len(b.Operator.Params) != len(b.Args) {
		return fmt.Errorf("%s: %s has not the parameters of %s", got.At(), b.Operator.Name, a.Operator.Name)
	}
	for k := range a.Args {
		if tla.Text(a.Args[k]) != tla.Text(b.Args[k]) {
			return fmt.Errorf("%s: %s is not called as %s is", got.At(), b.Operator.Name, a.Operator.Name)
		}
	}
	return joins(b.Operator, a.Operator, own)
}

// takes reports whether a disjunct is an action of that name.
func takes(x tla.Expr, name string) bool {
	action, _ := inRanges(x)
	call, ok := action.(*tla.Call)
	return ok && call.Operator.Name == name
}

// inRanges takes off the quantifiers of a disjunct.
func inRanges(x tla.Expr) (tla.Expr, string) {
	text := ""
	for {
		q, ok := x.(*tla.Quantified)
		if !ok || q.Kind != tla.Exists {
			return x, text
		}
		for _, r := range q.Ranges {
			for _, n := range r.Names {
				text += fmt.Sprintf(`\E %s \in %s `, n.Name, tla.Text(r.Set))
			}
		}
		x = q.Body
	}
}

// joins reports how an operator does not join an action with equations of other variables only.
func joins(o, action *tla.Operator, own map[string]bool) error {
	parts := Conjuncts(o.Body)
	first, ok := parts[0].(*tla.Call)
	if !ok || first.Operator != action || len(first.Args) != len(o.Params) {
		return fmt.Errorf("%s: %s does not begin with %s", o.Place, o.Name, action.Name)
	}
	for k, p := range o.Params {
		if b, ok := first.Args[k].(*tla.Bound); !ok || b.Param != p {
			return fmt.Errorf("%s: %s does not pass its parameters on to %s", o.Place, o.Name, action.Name)
		}
	}
	given := map[string]bool{}
	for _, p := range parts[1:] {
		for _, v := range equated(p) {
			if v == "" || own[v] || given[v] {
				return fmt.Errorf("%s: %s may forbid a step of %s: %s", p.At(), o.Name, action.Name, tla.Text(p))
			}
			given[v] = true
		}
	}
	return nil
}

// equated are the variables whose next value an equation gives; "" stands for anything else that is said.
func equated(x tla.Expr) []string {
	b, ok := x.(*tla.Builtin)
	if !ok {
		return []string{""}
	}
	switch b.Op {
	case "UNCHANGED":
		return listed(b.Args[0])
	case "=":
		if p, ok := b.Args[0].(*tla.Builtin); ok && p.Op == "'" {
			if v, ok := p.Args[0].(*tla.Declared); ok && v.Variable {
				return []string{v.Name}
			}
		}
	}
	return []string{""}
}

// listed are the variables of a tuple of variables.
func listed(x tla.Expr) []string {
	switch x := x.(type) {
	case *tla.Declared:
		if x.Variable {
			return []string{x.Name}
		}
	case *tla.Tuple:
		var all []string
		for _, e := range x.Elements {
			all = append(all, listed(e)...)
		}
		return all
	case *tla.Call:
		if len(x.Args) == 0 && !x.Operator.Standard {
			return listed(x.Operator.Body)
		}
	}
	return []string{""}
}

// CoversInit returns how an initial condition does more than another but for giving variables values that the other does not know.
func CoversInit(m *tla.Module, initial, with string) error {
	own, err := variablesOf(m, initial)
	if err != nil {
		return err
	}
	o := m.Operators[with]
	if o == nil {
		return fmt.Errorf("module %s has no operator %s", m.Name, with)
	}
	parts := Conjuncts(o.Body)
	if first, ok := parts[0].(*tla.Call); !ok || first.Operator != m.Operators[initial] {
		return fmt.Errorf("%s: %s does not begin with %s", o.Place, with, initial)
	}
	given := map[string]bool{}
	for _, p := range parts[1:] {
		b, ok := p.(*tla.Builtin)
		if ok && b.Op == "=" {
			if v, ok := b.Args[0].(*tla.Declared); ok && v.Variable && !own[v.Name] && !given[v.Name] {
				given[v.Name] = true
				continue
			}
		}
		return fmt.Errorf("%s: %s may forbid an initial state: %s", p.At(), with, tla.Text(p))
	}
	return nil
}
