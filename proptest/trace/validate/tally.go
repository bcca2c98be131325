package main

import (
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/proptest/trace"
)

// counts are of one kind of runs.
type counts struct {
	runs, records, whole, found int
	actions                     map[string]int
}

// tally is what was validated.
type tally struct{ kinds map[string]*counts }

func (t *tally) add(r *recorded, steps []trace.Step) {
	c := t.kinds[r.kind]
	if c == nil {
		c = &counts{actions: map[string]int{}}
		t.kinds[r.kind] = c
	}
	c.runs++
	for _, s := range steps {
		c.actions[s.Action()]++
		switch {
		case s.Found:
			c.found++
			continue
		case s.Whole != nil:
			c.whole++
		}
		c.records++
	}
}

// complete returns an error that names what was never taken.
func (t *tally) complete() error {
	taken := func(name string) bool { return t.of(virtual).actions[name]+t.of(real).actions[name] > 0 }
	for _, name := range trace.Actions {
		if !taken(name) {
			return fmt.Errorf("no run took %s: nothing was shown of it", name)
		}
	}
	if t.of(virtual).found+t.of(real).found == 0 {
		return fmt.Errorf("no run found writes at its restart that had not been acknowledged: nothing was shown of them")
	}
	return nil
}

func (t *tally) of(kind string) *counts {
	if c := t.kinds[kind]; c != nil {
		return c
	}
	return &counts{}
}

// String is the table.
func (t *tally) String() string {
	v, r := t.of(virtual), t.of(real)
	var b strings.Builder
	line := func(name string, virtual, real int) { fmt.Fprintf(&b, "%-32s %10d %8d\n", name, virtual, real) }
	fmt.Fprintf(&b, "%-32s %10s %8s\n", "validated", "virtual", "real")
	line("runs", v.runs, r.runs)
	line("records", v.records, r.records)
	line("with the node's whole state", v.whole, r.whole)
	line("writes found at a restart", v.found, r.found)
	for _, name := range trace.Actions {
		line("  "+name, v.actions[name], r.actions[name])
	}
	return b.String()
}
