package ground

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/spec/tla"
)

// Failure is a conjunct that is false.
type Failure struct {
	tla.Place
	Within []string // the operators that it stands in, the action first
	Text   string   // tla.Text of it

	// Of a comparison its two sides, of UNCHANGED the variable's next value and its value; else none.
	Left, Right Value
}

// Error says what is false, and where the two sides part.
func (w *Failure) Error() string {
	text := fmt.Sprintf("%v, in %s: %s is false", w.Place, strings.Join(w.Within, ", "), w.Text)
	if w.Left.Kind() == 0 {
		return text
	}
	path, left, right := part(w.Left, w.Right)
	if path != "" {
		path = "at " + path + ": "
	}
	return fmt.Sprintf("%s: %s%v on the left, %v on the right", text, path, left, right)
}

// part follows two functions of one domain to the only place where they are not the same.
func part(a, b Value) (path string, left, right Value) {
	for a.Kind() == b.Kind() && a.Kind() >= Sequence && a.Len() == b.Len() {
		x, y, at := a.items(), b.items(), -1
		if a.Kind() != Sequence && !sameDomain(a.o.shape, b.o.shape) {
			break
		}
		for k := range x {
			if !Equal(x[k], y[k]) {
				if at >= 0 {
					return path, a, b
				}
				at = k
			}
		}
		if at < 0 {
			break
		}
		if step := domain(a).At(at); a.Kind() == Record {
			path += "." + step.AsText()
		} else {
			path += fmt.Sprintf("[%v]", step)
		}
		a, b = x[at], y[at]
	}
	return path, a, b
}

func (w *Failure) in(operator string) *Failure {
	if w != nil {
		w.Within = append([]string{operator}, w.Within...)
	}
	return w
}

// explain returns what is false, and how many conjuncts held before; nil where all holds.
type explain func(f *frame) (*Failure, int)

func (u *unit) explained(e tla.Expr, at context) explain {
	switch x := e.(type) {
	case *tla.Builtin:
		if why := u.explainedLogic(x, at); why != nil {
			return why
		}
	case *tla.Call:
		if body, inner, o, ok := u.body(x, at); ok {
			if why := u.explained(body, inner); why != nil {
				return func(f *frame) (*Failure, int) {
					w, held := why(f)
					return w.in(o.Name), held
				}
			}
		}
	case *tla.If:
		c, yes, no := u.cond(x.Condition, at), u.explained(x.Then, at), u.explained(x.Else, at)
		return func(f *frame) (*Failure, int) {
			if c(f) {
				return yes(f)
			}
			return no(f)
		}
	case *tla.Case:
		return u.explainedCases(x, at)
	case *tla.Quantified:
		if x.Kind == tla.Exists {
			return u.explainedExists(x, at)
		}
	}
	return u.leaf(e, at)
}

func (u *unit) explainedLogic(x *tla.Builtin, at context) explain {
	switch x.Op {
	case `/\`, `\/`:
		parts := make([]explain, len(x.Args))
		for k, e := range x.Args {
			parts[k] = u.explained(e, at)
		}
		if x.Op == `\/` {
			return nearest(parts)
		}
		return func(f *frame) (*Failure, int) {
			for k, why := range parts {
				if w, held := why(f); w != nil {
					return w, k + held
				}
			}
			return nil, 0
		}
	case "UNCHANGED":
		return u.explainedUnchanged(x, x.Args[0], at)
	}
	return nil
}

// nearest explains a disjunction by the disjunct of which the most conjuncts held.
func nearest(parts []explain) explain {
	return func(f *frame) (*Failure, int) {
		var best *Failure
		most := -1
		for _, why := range parts {
			w, held := why(f)
			if w == nil {
				return nil, 0
			}
			if held > most {
				best, most = w, held
			}
		}
		return best, most
	}
}

// leaf explains by the formula itself.
func (u *unit) leaf(e tla.Expr, at context) explain {
	holds := u.cond(e, at)
	sides := u.sides(e, at)
	return func(f *frame) (*Failure, int) {
		if holds(f) {
			return nil, 0
		}
		w := &Failure{Place: e.At(), Text: tla.Text(e)}
		if len(sides) == 2 {
			w.Left, w.Right = sides[0](f), sides[1](f)
		}
		return w, 0
	}
}

// sides compiles what a comparison compares; nil where one of it cannot be listed.
func (u *unit) sides(e tla.Expr, at context) (sides []expr) {
	var list []tla.Expr
	switch x := e.(type) {
	case *tla.Builtin:
		if slices.Contains([]string{"=", "#", `\in`, `\notin`, `\subseteq`}, x.Op) {
			list = x.Args
		}
	case *tla.Call:
		if _, ok := orders[x.Operator.Name]; ok && x.Operator.Body == nil {
			list = x.Args
		}
	}
	if compiling(func() { sides = u.exprs(list, at) }) != nil {
		return nil
	}
	return sides
}

func (u *unit) explainedUnchanged(x *tla.Builtin, e tla.Expr, at context) explain {
	switch inner := e.(type) {
	case *tla.Tuple:
		parts := make([]explain, len(inner.Elements))
		for k, element := range inner.Elements {
			parts[k] = u.explainedUnchanged(x, element, at)
		}
		return func(f *frame) (*Failure, int) {
			for _, why := range parts {
				if w, held := why(f); w != nil {
					return w, held
				}
			}
			return nil, 0
		}
	case *tla.Call:
		if body, seen, _, ok := u.body(inner, at); ok {
			return u.explainedUnchanged(x, body, seen)
		}
	}
	after, before := u.expr(e, context{at.env, true}), u.expr(e, at)
	return func(f *frame) (*Failure, int) {
		left, right := after(f), before(f)
		if Equal(left, right) {
			return nil, 0
		}
		return &Failure{Place: x.Place, Text: "UNCHANGED " + tla.Text(e), Left: left, Right: right}, 0
	}
}

func (u *unit) explainedCases(x *tla.Case, at context) explain {
	guards, parts := make([]cond, len(x.Arms)), make([]explain, len(x.Arms))
	for k, a := range x.Arms {
		guards[k], parts[k] = u.cond(a.Guard, at), u.explained(a.Value, at)
	}
	other := func(*frame) (*Failure, int) { return &Failure{Place: x.Place, Text: tla.Text(x)}, 0 }
	if x.Other != nil {
		other = u.explained(x.Other, at)
	}
	return func(f *frame) (*Failure, int) {
		for k, g := range guards {
			if g(f) {
				return parts[k](f)
			}
		}
		return other(f)
	}
}

func (u *unit) explainedExists(x *tla.Quantified, at context) explain {
	var best *Failure
	most := 0
	run := u.loop(x, 0, 0, at, func(inner context) loop {
		why := u.explained(x.Body, inner)
		return func(f *frame) bool {
			w, held := why(f)
			if w == nil || held > most {
				best, most = w, held
			}
			return w == nil
		}
	})
	return func(f *frame) (*Failure, int) {
		best, most = &Failure{Place: x.Place, Text: tla.Text(x)}, -1
		if run(f) {
			return nil, 0
		}
		return best, most
	}
}
