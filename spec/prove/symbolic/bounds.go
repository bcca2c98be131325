package symbolic

import (
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/spec/prove/smt"
)

// Bounds says of everything that is open that it is within a Bounded world, and one below its end before a step: what a step counts up
// is within, too. It speaks of the functions that were met so far.
func (x *Evaluator) Bounds() []*smt.Term {
	w, ok := x.world.(Bounded)
	if !ok {
		return nil
	}
	var names []string
	for name, f := range x.functions {
		if f.To == smt.Int && !strings.HasSuffix(name, "'") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var all []*smt.Term
	for _, name := range names {
		f := x.functions[name]
		x.applied(f, nil, func(t *smt.Term) {
			all = append(all, smt.AtMost(smt.Number(0), t), smt.AtMost(t, smt.Number(w.Numbers-1)))
		})
	}
	return all
}

// Functions are all that were met so far, those of states after a step only if they are defined.
func (x *Evaluator) Functions(defined []*smt.Definition) []*smt.Function {
	own := map[*smt.Function]bool{}
	for _, d := range defined {
		own[d.Function] = true
	}
	var all []*smt.Function
	for name, f := range x.functions {
		if own[f] || !strings.HasSuffix(name, "'") {
			all = append(all, f)
		}
	}
	slices.SortFunc(all, func(a, b *smt.Function) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// applied applies a function to all that there is.
func (x *Evaluator) applied(f *smt.Function, args []*smt.Term, do func(*smt.Term)) {
	if len(args) == len(f.From) {
		do(smt.Apply(f, args...))
		return
	}
	all, _ := x.world.elements(f.From[len(args)])
	for _, a := range all {
		x.applied(f, with(args, a), do)
	}
}
