package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// table writes results as Markdown that also reads as it is.
type table struct{ out io.Writer }

func newTable(out io.Writer) table { return table{out} }

// head begins a table of claims or of reads.
func (t table) head(reads bool) {
	what := "claim"
	if reads {
		what = "read"
	}
	t.line("callers", "connections", "through", what+"s/s", "p50 ms", "p99 ms", "p99.9 ms", "nodes µs/"+what, "load µs/"+what, "errors")
	t.line(slices.Repeat([]string{"---:"}, 10)...)
}

func (t table) row(through string, r Result) {
	t.line(strconv.Itoa(r.Callers), strconv.Itoa(r.Connections), through, grouped(r.PerSecond),
		fmt.Sprintf("%.2f", r.P50), fmt.Sprintf("%.2f", r.P99), fmt.Sprintf("%.2f", r.P999),
		known(r.NodeMicros), known(r.LoadMicros), kinds(r.Errors))
}

func (t table) line(cells ...string) {
	widths := []int{7, 11, 8, 8, 7, 7, 8, 14, 13, 6}
	for i := range cells {
		cells[i] = fmt.Sprintf("%*s", widths[i], cells[i])
	}
	_, _ = fmt.Fprintf(t.out, "| %s |\n", strings.Join(cells, " | "))
}

func known(micros float64) string {
	if micros == 0 {
		return "not known"
	}
	return fmt.Sprintf("%.1f", micros)
}

func kinds(errors map[string]int64) string {
	if len(errors) == 0 {
		return "0"
	}
	var words []string
	for _, kind := range slices.Sorted(maps.Keys(errors)) {
		words = append(words, fmt.Sprintf("%d %s", errors[kind], kind))
	}
	return strings.Join(words, ", ")
}

// grouped writes a whole number with a comma between thousands.
func grouped(number float64) string {
	text := strconv.FormatFloat(number, 'f', 0, 64)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
