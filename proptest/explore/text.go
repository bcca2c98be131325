package explore

import (
	"fmt"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Text tells a state for people: every node, then the network.
func (p *Parts) Text(st State) string {
	var b strings.Builder
	for id, n := range st.nodes {
		if node := p.nodes.values[n]; int(node.ID()) == id+1 {
			fmt.Fprintf(&b, "  %v\n", strings.ReplaceAll(node.String(), "\n", "\n  "))
		}
	}
	for _, line := range p.lines(st.messages) {
		fmt.Fprintf(&b, "  in flight %s\n", line)
	}
	for c, name := range counterNames {
		if st.spent[c] > 0 {
			fmt.Fprintf(&b, "  %s %d\n", name, st.spent[c])
		}
	}
	for k, most := range st.owed {
		if most > 0 {
			fmt.Fprintf(&b, "  %d owes its reads %d\n", k+1, most)
		}
	}
	for k, was := range p.evers.values[st.ever] {
		fmt.Fprintf(&b, "  committed at %d once: %d %v%s, known first in term %d\n", k+1, was.entry.Term, was.entry.Value, said(was.entry), was.at)
	}
	return b.String()
}

// lines are the messages of a set as text, sorted.
func (p *Parts) lines(set setNumber) []string {
	var lines []string
	for _, m := range p.sets.values[set] {
		lines = append(lines, p.messages.values[m].String())
	}
	slices.Sort(lines)
	return lines
}

// difference tells how two states differ: the lines that only one of them has.
func (p *Parts) difference(first, second State, firstName, secondName string) string {
	a, b := strings.Split(p.Text(first), "\n"), strings.Split(p.Text(second), "\n")
	var out strings.Builder
	only := func(lines, others []string, name string) {
		for _, line := range lines {
			if !slices.Contains(others, line) {
				fmt.Fprintf(&out, "    %-5s %s\n", name, line)
			}
		}
	}
	only(a, b, firstName)
	only(b, a, secondName)
	return out.String()
}

// distance is the number of lines by which two states differ.
func (p *Parts) distance(first, second State) int {
	return strings.Count(p.difference(first, second, "", ""), "\n")
}

// indent writes a path, an action a line.
func indent(path []*Action) string {
	var b strings.Builder
	for k, a := range path {
		fmt.Fprintf(&b, "  %2d  %v\n", k+1, a)
	}
	return b.String()
}

// said is what a configuration says; nothing for another entry.
func said(e protocol.Entry) string {
	if e.Value != protocol.Configured {
		return ""
	}
	return " " + e.Configuration.String()
}
