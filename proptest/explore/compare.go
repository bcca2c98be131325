package explore

import (
	"fmt"
	"strings"
)

// Comparison is what the code and the specification reached of one model.
type Comparison struct {
	Model *Model
	Code  *Search
	Spec  *Reached

	CodeOnly []int   // states of Code that Spec lacks, by depth
	SpecOnly []State // states of Spec that Code lacks, as TLC came to them
}

// Compare compares two finished searches of one model that share their Parts.
func Compare(code *Search, spec *Reached) *Comparison {
	c := &Comparison{Model: code.model, Code: code, Spec: spec}
	for k, st := range code.states {
		if !spec.seen[st] {
			c.CodeOnly = append(c.CodeOnly, k)
		}
	}
	for _, st := range spec.states {
		if _, ok := code.seen[st]; !ok {
			c.SpecOnly = append(c.SpecOnly, st)
		}
	}
	return c
}

// Equal reports whether both reached the same states by equally many steps of each
// action. Depths are for the reader: TLC's is exact with one worker only.
func (c *Comparison) Equal() bool {
	return c.SameStates() && len(c.unequalSteps()) == 0
}

// SameStates reports whether both reached the same states.
func (c *Comparison) SameStates() bool { return len(c.CodeOnly) == 0 && len(c.SpecOnly) == 0 }

// unequalSteps are the actions that one side takes more often.
func (c *Comparison) unequalSteps() []string {
	var names []string
	for _, name := range actionNames {
		if c.Code.Steps(name) != c.Spec.Steps(name) {
			names = append(names, name)
		}
	}
	return names
}

// Table tells how often each action was taken, a line each.
func (c *Comparison) Table() string {
	var b strings.Builder
	for _, name := range actionNames {
		mark := ""
		if c.Code.Steps(name) != c.Spec.Steps(name) {
			mark = "  differs"
		}
		fmt.Fprintf(&b, "  %-28s %9d %9d%s\n", name, c.Code.Steps(name), c.Spec.Steps(name), mark)
	}
	return b.String()
}
