package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/eventstreamcore/semel/spec/report"
)

// table names the generated part of spec/README.md.
const table = "table"

// writeTable replaces the generated part of the file. It refuses a red result: the
// file says what holds.
func (s summary) writeTable(path string) error {
	if s.red() {
		return errors.New("the table is not written: not all models did what they declare")
	}
	return report.WriteTable(path, table, s.markdown())
}

// markdown is the result for people.
func (s summary) markdown() string {
	var b strings.Builder
	s.writeModels(&b, "Models that must hold", false)
	s.writeExplored(&b)
	s.writeModels(&b, "Models that must fail", true)
	s.writeReached(&b)
	b.WriteString("### Actions\n\n| action | fires in |\n|---|---|\n")
	for _, f := range s.firings() {
		fmt.Fprintf(&b, "| %s | %d of %d models that must hold |\n", f.action, f.fired, f.ran)
	}
	tripped, untripped, bounds := s.properties()
	b.WriteString("\n### Properties\n\n")
	if !s.full {
		b.WriteString("Only some models ran: no mutant means none of these.\n\n")
	}
	writeList(&b, "properties that some mutant trips", tripped)
	writeList(&b, "properties that no mutant trips", untripped)
	writeList(&b, "bounds", bounds)
	if left := s.leftOut(); left != "" {
		writeList(&b, "left out", []string{left})
	}
	return b.String()
}

func (s summary) writeModels(b *strings.Builder, title string, mustFail bool) {
	fmt.Fprintf(b, "### %s\n\n| model | what it shows | bounds | distinct states | depth | seconds | verdict |\n"+
		"|---|---|---|--:|--:|--:|---|\n", title)
	for _, o := range s.outcomes {
		if o.model.MustFail() == mustFail {
			b.WriteString(o.row())
		}
	}
	b.WriteString("\n")
}

// writeExplored lists the models that TLC does not run, as they are declared: whoever
// explores them holds them to it.
func (s summary) writeExplored(b *strings.Builder) {
	var rows []string
	for _, m := range s.models {
		if m.Explored > 0 {
			rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s | %.0f |\n", cell(m.Name), cell(m.Shows), cell(m.Bounds),
				thousands(m.Explored), m.Timeout.Seconds()))
		}
	}
	if len(rows) > 0 {
		fmt.Fprintf(b, "### Models that the explorer alone searches\n\n| model | what it shows | bounds | distinct states | seconds at most |\n"+
			"|---|---|---|--:|--:|\n%s\n", strings.Join(rows, ""))
	}
}

// writeReached lists what models say that they come to, which the explorer looks at.
func (s summary) writeReached(b *strings.Builder) {
	in := map[string][]string{}
	for _, m := range s.models {
		for _, moment := range m.Reaches {
			in[moment] = append(in[moment], m.Name)
		}
	}
	if len(in) == 0 {
		return
	}
	b.WriteString("### Moments that must come\n\n| moment | comes in |\n|---|---|\n")
	for _, moment := range slices.Sorted(maps.Keys(in)) {
		fmt.Fprintf(b, "| %s | %s |\n", cell(moment), cell(strings.Join(in[moment], ", ")))
	}
	b.WriteString("\n")
}

// row is the model's line. One that must fail ends at the violation: its states are
// those seen until then, its depth is the length of the trace.
func (o outcome) row() string {
	name, r := o.model.Name, o.result
	if o.model.Mutant != "" && o.model.Mutant != name {
		name += " (" + o.model.Mutant + ")"
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %d | %.1f | %s |\n", cell(name), cell(o.model.Shows), cell(o.model.Bounds),
		thousands(r.Distinct), r.Depth, r.Elapsed.Seconds(), cell(o.verdict))
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// thousands writes n with a comma between groups of three digits.
func thousands(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

func writeList(b *strings.Builder, title string, names []string) {
	if len(names) == 0 {
		names = []string{"none"}
	}
	fmt.Fprintf(b, "- %s: %s\n", title, strings.Join(names, ", "))
}
