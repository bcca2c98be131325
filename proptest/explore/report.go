package explore

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// sought is how many of the states that only TLC has it is asked for again: the first of
// them that it comes to is the nearest.
const sought = 20

// Guide shows the way on the specification's side: Checker with TLC, tests without.
type Guide interface {
	// PathTo returns a shortest path to the nearest of the states.
	PathTo(ctx context.Context, m *Model, p *Parts, states []State) ([]Visit, error)
	// Successors returns the states that one step from st reaches.
	Successors(ctx context.Context, m *Model, p *Parts, st State) ([]State, error)
}

// Visit is a state on a path, and the action that led to it.
type Visit struct {
	Action string // empty for the first
	State  State
}

// Parting is a step by which code and specification part.
type Parting struct {
	From   State  // both have it
	Action string // by its name in the specification
	Label  string // and with its parameters, where the code's can be told
	Code   *State // where only the code gets by that action; nil for nowhere
	Spec   *State // where only the specification gets; nil for nowhere
}

// Explain tells where the two parted: for each side, the first state that the other lacks,
// a shortest path to it and the action at which they part. A Checker runs TLC for it.
func (c *Comparison) Explain(ctx context.Context, guide Guide) (string, []Parting, error) {
	var b strings.Builder
	var partings []Parting
	fmt.Fprintf(&b, "%s: %d states only in Go, %d only in TLC\n", c.Model.Name, len(c.CodeOnly), len(c.SpecOnly))
	for _, explain := range []func(context.Context, Guide, *strings.Builder) (*Parting, error){c.explainCode, c.explainSpec} {
		p, err := explain(ctx, guide, &b)
		if err != nil {
			return b.String(), partings, err
		}
		if p != nil {
			partings = append(partings, *p)
			b.WriteString(c.text(p))
		}
	}
	for _, name := range c.unequalSteps() {
		fmt.Fprintf(&b, "%s is taken %d times by Go, %d times by TLC\n", name, c.Code.Steps(name), c.Spec.Steps(name))
	}
	return b.String(), partings, nil
}

// explainCode explains the first state that TLC lacks. A shortest path to it has only
// states that TLC has, but for itself, so they part at its last action.
func (c *Comparison) explainCode(ctx context.Context, guide Guide, b *strings.Builder) (*Parting, error) {
	if len(c.CodeOnly) == 0 {
		return nil, nil
	}
	first := c.CodeOnly[0]
	st, from := c.Code.states[first], c.Code.origins[first]
	fmt.Fprintf(b, "\nThe first state that TLC lacks, at depth %d:\n%sShortest path to it:\n%s",
		from.depth, c.Code.parts.Text(st), indent(c.Code.Path(first)))
	if from.action == nil {
		fmt.Fprintf(b, "They part in the initial state.\n")
		return nil, nil
	}
	p := &Parting{From: c.Code.states[from.before], Action: from.action.Name, Label: from.action.String(), Code: &st}
	_, theirs, err := c.partedFrom(ctx, guide, p.From)
	if err != nil {
		return nil, err
	}
	if k := c.nearest(theirs, st); k >= 0 {
		p.Spec = &theirs[k]
	}
	return p, nil
}

// explainSpec explains the first state that the code lacks.
func (c *Comparison) explainSpec(ctx context.Context, guide Guide, b *strings.Builder) (*Parting, error) {
	if len(c.SpecOnly) == 0 {
		return nil, nil
	}
	path, err := guide.PathTo(ctx, c.Model, c.Code.parts, c.SpecOnly[:min(sought, len(c.SpecOnly))])
	if err != nil {
		return nil, err
	}
	missing := slices.IndexFunc(path, func(v Visit) bool { _, ok := c.Code.seen[v.State]; return !ok })
	if missing < 0 {
		return nil, fmt.Errorf("%w: a path to a state that Go lacks has only states that it has", ErrTLC)
	}
	fmt.Fprintf(b, "\nThe first state that Go lacks, at depth %d:\n%sShortest path to it:\n", missing+1,
		c.Code.parts.Text(path[missing].State))
	if missing == 0 {
		fmt.Fprintf(b, "They part in the initial state.\n")
		return nil, nil
	}
	if err := c.replay(path[:missing+1], b); err != nil {
		return nil, err
	}
	st := path[missing].State
	p := &Parting{From: path[missing-1].State, Action: path[missing].Action, Label: path[missing].Action, Spec: &st}
	ours, _, err := c.partedFrom(ctx, guide, p.From)
	if err != nil {
		return nil, err
	}
	ours = slices.DeleteFunc(ours, func(s codeStep) bool { return s.action.Name != p.Action })
	if k := c.nearest(statesOf(ours), st); k >= 0 {
		p.Code, p.Label = &ours[k].next, ours[k].action.String()
	}
	return p, nil
}

// replay takes TLC's path with the code, whose actions have parameters to show.
func (c *Comparison) replay(path []Visit, b *strings.Builder) error {
	for k := 1; k < len(path); k++ {
		label := path[k].Action
		err := c.Code.successors(path[k-1].State, func(a *Action, next State) error {
			if next == path[k].State && a.Name == path[k].Action {
				label = a.String()
			}
			return nil
		})
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "  %2d  %s\n", k, label)
	}
	return nil
}

// codeStep is a step of the code's from some state.
type codeStep struct {
	action *Action
	next   State
}

func (c *Comparison) codeSteps(st State) ([]codeStep, error) {
	var list []codeStep
	err := c.Code.successors(st, func(a *Action, next State) error {
		list = append(list, codeStep{a, next})
		return nil
	})
	return list, err
}

func statesOf(steps []codeStep) []State {
	var list []State
	for _, s := range steps {
		list = append(list, s.next)
	}
	return list
}

// partedFrom returns the steps from st that only the code takes, and where only those of
// the specification lead.
func (c *Comparison) partedFrom(ctx context.Context, guide Guide, st State) (ours []codeStep, theirs []State, err error) {
	if theirs, err = guide.Successors(ctx, c.Model, c.Code.parts, st); err != nil {
		return nil, nil, err
	}
	all, err := c.codeSteps(st)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range all {
		if !slices.Contains(theirs, s.next) {
			ours = append(ours, s)
		}
	}
	theirs = slices.DeleteFunc(theirs, func(t State) bool { return slices.Contains(statesOf(all), t) })
	return ours, theirs, nil
}

// nearest returns which of the states differs least from st, or -1.
func (c *Comparison) nearest(states []State, st State) int {
	best := -1
	for k := range states {
		if best < 0 || c.Code.parts.distance(states[k], st) < c.Code.parts.distance(states[best], st) {
			best = k
		}
	}
	return best
}

// text tells a parting.
func (c *Comparison) text(p *Parting) string {
	head := fmt.Sprintf("They part at %s.\n", p.Label)
	parts := c.Code.parts
	switch {
	case p.Code == nil:
		return head + "Go does not take it as TLC does, who makes of the state before:\n" +
			parts.difference(p.From, *p.Spec, "was", "TLC")
	case p.Spec == nil:
		return head + "TLC does not take it as Go does, who makes of the state before:\n" +
			parts.difference(p.From, *p.Code, "was", "Go")
	}
	return head + "Lines that only one of them has after it:\n" + parts.difference(*p.Code, *p.Spec, "Go", "TLC")
}
