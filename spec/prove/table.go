package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/spec/report"
)

// table names the generated part of spec/README.md.
const table = "proof"

// outcome is what a run of all queries came to.
type outcome struct {
	proof     *proof
	results   []result
	mutants   []fallen
	seeds     int
	took      time.Duration
	processes int
}

// fault are what makes the report red.
func (r outcome) faults() []string {
	var all []string
	for _, x := range r.results {
		if x.red() {
			all = append(all, fmt.Sprintf("%s is not proved (seed %d): %s", x.query.title(), x.seed, x.answer))
		}
	}
	for _, m := range r.mutants {
		if m.fault != "" {
			all = append(all, fmt.Sprintf("%s: %s", m.mutant, m.fault))
		}
	}
	return all
}

// writeTable replaces the generated part of the file. It refuses a red result: the file says what holds.
func (r outcome) writeTable(path string) error {
	if len(r.faults()) > 0 {
		return fmt.Errorf("the table is not written: not all is as it is said to be")
	}
	return report.WriteTable(path, table, r.markdown())
}

// markdown is the result for people.
func (r outcome) markdown() string {
	var b strings.Builder
	untouched := 0
	for _, x := range r.results {
		if x.query.untouched {
			untouched++
		}
	}
	fmt.Fprintf(&b, "%d queries under each of %d seeds, in %.0f s with %d solvers: %d asked and proved, %d of conjuncts that read nothing the action changes.\n\n",
		len(r.results)/r.seeds, r.seeds, r.took.Seconds(), r.processes, (len(r.results)-untouched)/r.seeds, untouched/r.seeds)
	r.writeOpen(&b)
	r.writeMatrix(&b)
	r.writeList(&b, "Properties of states, from the invariant", func(q *query) bool { return q.row == rowState && slices.Contains(r.proof.states, q.goal) })
	r.writeList(&b, "Facts that follow from the invariant", func(q *query) bool { return q.row == rowState && slices.Contains(r.proof.facts, q.goal) })
	r.writeList(&b, "Lemmas of single actions", func(q *query) bool { return strings.HasPrefix(q.name, "lemma ") })
	r.writeList(&b, "What is chosen from is not empty", func(q *query) bool { return strings.HasPrefix(q.name, "choose ") })
	r.writeMutants(&b)
	return b.String()
}

// writeOpen names what is not proved.
func (r outcome) writeOpen(b *strings.Builder) {
	if len(r.proof.open) == 0 {
		return
	}
	fmt.Fprintf(b, "**Open**, and so proved of members that never change: %s. What holds of changes TLC and the explorer see, within bounds.\n\n",
		strings.Join(r.proof.open, ", "))
}

// seconds is the most that a query took under a seed.
func (r outcome) seconds(row, goal string) string {
	most, found, text := time.Duration(0), false, ""
	for _, x := range r.results {
		q := x.query
		if q.row != row || q.goal != goal || strings.HasPrefix(q.name, "lemma ") || strings.HasPrefix(q.name, "choose ") {
			continue
		}
		found, most = true, max(most, x.took)
		if q.untouched {
			text = "·"
		}
	}
	switch {
	case !found:
		return ""
	case text != "":
		return text
	}
	return fmt.Sprintf("%.1f", most.Seconds())
}

// writeMatrix is actions (columns) × conjuncts and properties of steps (rows).
func (r outcome) writeMatrix(b *strings.Builder) {
	b.WriteString("### Each action × each conjunct\n\nSeconds, the slower seed's; · where the action changes nothing that the conjunct reads.\n\n")
	columns := []string{rowInit}
	for _, row := range r.proof.rows {
		columns = append(columns, row.Name)
	}
	for k, c := range columns {
		fmt.Fprintf(b, "%d %s%s", k, c, map[bool]string{true: ".\n\n", false: ", "}[k == len(columns)-1])
	}
	b.WriteString("| |")
	for k := range columns {
		fmt.Fprintf(b, " %d |", k)
	}
	b.WriteString("\n|---|" + strings.Repeat("--:|", len(columns)) + "\n")
	for _, goal := range slices.Concat(r.proof.conjuncts, r.proof.steps) {
		fmt.Fprintf(b, "| %s |", goal)
		for _, c := range columns {
			fmt.Fprintf(b, " %s |", r.seconds(c, goal))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

func (r outcome) writeList(b *strings.Builder, title string, of func(*query) bool) {
	var all []string
	most := map[string]time.Duration{}
	for _, x := range r.results {
		if !of(x.query) {
			continue
		}
		name := x.query.title()
		if _, known := most[name]; !known {
			all = append(all, name)
		}
		most[name] = max(most[name], x.took)
	}
	fmt.Fprintf(b, "### %s\n\n| | seconds |\n|---|--:|\n", title)
	for _, name := range all {
		fmt.Fprintf(b, "| %s | %.1f |\n", name, most[name].Seconds())
	}
	b.WriteString("\n")
}

// title is the name of a query that tells it from all others.
func (q *query) title() string {
	if strings.HasPrefix(q.name, "choose ") && !strings.Contains(q.name, q.row) {
		return fmt.Sprintf("%s in %s: %s", q.name, q.row, q.goal)
	}
	if strings.HasPrefix(q.name, "choose ") {
		return q.name + ": " + q.goal
	}
	return strings.TrimPrefix(strings.TrimPrefix(q.name, "lemma "), "state ")
}
