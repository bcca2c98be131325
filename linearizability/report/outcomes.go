package report

import (
	"cmp"
	"math"
	"slices"
)

// outcomeTable counts operations by kind and by how they ended.
type outcomeTable struct {
	Ends []endColumn
	Rows []outcomeRow
	Sum  outcomeRow
}

type endColumn struct{ Name, Class string }

type outcomeRow struct {
	Kind  string
	Cells []outcomeCell
	Total int
}

// outcomeCell has a count and a shade from 0 to 9 by its magnitude.
type outcomeCell struct{ Count, Shade int }

// outcomes are the counts, ends in the order of their classes, kinds by frequency.
func (r *run) outcomes() outcomeTable {
	counts := map[string]map[string]int{}
	total := map[string]int{}
	most := 1
	for i := range r.history.Operations {
		op := &r.history.Operations[i]
		kind, end := tableKind(string(op.Kind), op.Stale), endOf(op)
		if counts[kind] == nil {
			counts[kind] = map[string]int{}
		}
		counts[kind][end]++
		total[end]++
		most = max(most, counts[kind][end])
	}
	ends := sortedEnds(total)
	var t outcomeTable
	for _, end := range ends {
		t.Ends = append(t.Ends, endColumn{endName(end), classes[classOf(end)].name})
	}
	for kind, byEnd := range counts {
		t.Rows = append(t.Rows, rowOf(kind, byEnd, ends, most))
	}
	slices.SortFunc(t.Rows, func(a, b outcomeRow) int {
		return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.Kind, b.Kind))
	})
	t.Sum = rowOf("all", total, ends, 0)
	return t
}

func tableKind(kind string, stale bool) string {
	if stale {
		return "stale " + kind
	}
	return kind
}

func sortedEnds(total map[string]int) []string {
	var ends []string
	for end := range total {
		ends = append(ends, end)
	}
	slices.SortFunc(ends, func(a, b string) int {
		return cmp.Or(cmp.Compare(classOf(a), classOf(b)), cmp.Compare(total[b], total[a]), cmp.Compare(a, b))
	})
	return ends
}

func rowOf(kind string, byEnd map[string]int, ends []string, most int) outcomeRow {
	row := outcomeRow{Kind: kind}
	for _, end := range ends {
		cell := outcomeCell{Count: byEnd[end]}
		if cell.Count > 0 && most > 0 {
			cell.Shade = 1 + int(8*math.Log1p(float64(cell.Count))/math.Log1p(float64(most)))
		}
		row.Cells = append(row.Cells, cell)
		row.Total += cell.Count
	}
	return row
}
