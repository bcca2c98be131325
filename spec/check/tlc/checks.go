package tlc

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Checks is all that models can check: the names of invariants and of temporal
// properties, in the order of the specification.
type Checks struct {
	Invariants []string
	Properties []string
}

var alwaysOrLater = regexp.MustCompile(`\[\]|` + eventually + `|~>|\b[WS]F_`)

// ReadChecks returns the operators without parameters that a piece of a module
// defines: each is taken for a check.
func ReadChecks(text string) Checks {
	m := Modules{lines: map[string][]string{}}
	m.add("", text)
	var c Checks
	for _, def := range m.defs {
		switch {
		case !def.plain:
		case alwaysOrLater.MatchString(m.text(def.at)):
			c.Properties = append(c.Properties, def.name)
		default:
			c.Invariants = append(c.Invariants, def.name)
		}
	}
	return c
}

// With returns the checks of both.
func (c Checks) With(o Checks) Checks {
	return Checks{slices.Concat(c.Invariants, o.Invariants), slices.Concat(c.Properties, o.Properties)}
}

// has reports whether there is a check of that name.
func (c Checks) has(name string) bool {
	return slices.Contains(c.Invariants, name) || slices.Contains(c.Properties, name)
}

// Complete fills in what a model with ChecksAll has TLC check. It returns ErrModel if
// the declaration names a check that there is none of, or leaves out the one that it
// expects to be violated.
func (m *Model) Complete(all Checks) error {
	if !m.ChecksAll {
		return fmt.Errorf(`%w: %s: no line "\* checks: …" at its head`, ErrModel, m.Config)
	}
	for _, name := range m.LeftOut {
		if !all.has(name) {
			return fmt.Errorf("%w: %s: leaves out %s, which is no check", ErrModel, m.Config, name)
		}
	}
	kept := func(names []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(m.LeftOut, name) })
	}
	m.Invariants, m.Properties = kept(all.Invariants), kept(all.Properties)
	if m.MustFail() && !m.Checks(m.Expect) {
		return fmt.Errorf("%w: %s: expects %s to be violated, which it leaves out or which is no check", ErrModel, m.Config, m.Expect)
	}
	return nil
}

// Lists writes what the model checks as a .cfg has it.
func (m Model) Lists() string {
	var b strings.Builder
	for _, section := range []struct {
		keyword string
		names   []string
	}{{"INVARIANTS", m.Invariants}, {"PROPERTIES", m.Properties}} {
		if len(section.names) > 0 {
			fmt.Fprintf(&b, "%s\n  %s\n", section.keyword, strings.Join(section.names, "\n  "))
		}
	}
	return b.String()
}
