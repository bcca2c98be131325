package bench

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ErrGrows is wrapped by the error of a soak whose nodes did not stay within what is stated of them.
var ErrGrows = errors.New("the nodes grow")

// verdict writes how the last third of a soak was beside the second, and returns an error for what did not hold that depends on no
// machine: on that of others memory and latencies are what a reader makes of them.
func (w *watch) verdict(out io.Writer) error {
	w.compare(out)
	if len(w.broken) > 0 {
		return w.grows()
	}
	answered := w.claims * int64(recordBytes+w.valueBytes)
	if least := max(leastCompactions*max(w.live, w.snapshot), leastSegments*segmentBytes); answered < least {
		return fmt.Errorf("%w: the %d MiB that were claimed are too few to say anything of a log that ends: want %d MiB, by a longer soak or a faster machine",
			ErrUnavailable, answered>>20, least>>20)
	}
	for i, f := range w.folders {
		if f.first <= 1 || w.seen[i] < leastCompactions/4 {
			w.breaks("log: that of node %d begins with segment %d, and %d snapshots were seen: want one that begins later, and %d",
				i+1, f.first, w.seen[i], leastCompactions/4)
		}
	}
	if len(w.broken) > 0 {
		return w.grows()
	}
	_, _ = fmt.Fprintf(out, "\nHeld at every look, once a second: at most %d × the live keys and %d MiB on each disk (%d × and %d MiB while the follower that was away may get a snapshot), keys no more than the claims of a ttl leave, "+
		"a log that begins behind a base on each node, no key won twice or lost.\n", diskMultiple, moreSegments*segmentBytes>>20,
		diskMultiple+givingMultiple, (moreSegments+givingSegments)*segmentBytes>>20)
	return nil
}

func (w *watch) grows() error {
	return fmt.Errorf("%w:\n  %s", ErrGrows, strings.Join(w.broken, "\n  "))
}

// For a soak to say anything so often as much has to be claimed as is between two snapshots, and so many segments.
const leastCompactions, leastSegments = 8, 4

// flat is what the last third of a soak may have more than the second.
const flat = 1.15

func (w *watch) compare(out io.Writer) {
	n := len(w.rows)
	second, last := w.rows[n/3:n-n/3], w.rows[n-n/3:]
	if n < 3 {
		return
	}
	_, _ = fmt.Fprintln(out)
	t := besideTable(out)
	t.cells("", "second third", "last third", "ratio", "")
	t.cells(":---", "---:", "---:", "---:", ":---")
	for _, r := range []struct {
		name string
		of   func([]moment) float64
	}{
		{"p50 ms, median of the rows", median(func(m moment) float64 { return m.p50 })},
		{"p99 ms, median of the rows", median(func(m moment) float64 { return m.p99 })},
		{"keys, most", most(func(m moment) float64 { return float64(m.keys) })},
		{"memory MiB, most", most(func(m moment) float64 { return float64(m.memory) })},
		{"log and snapshots MiB, most", most(func(m moment) float64 { return float64((m.log + m.snapshots) >> 20) })},
	} {
		before, after := r.of(second), r.of(last)
		word := "flat"
		if after > flat*before {
			word = "grows"
		}
		t.cells(r.name, fmt.Sprintf("%.2f", before), fmt.Sprintf("%.2f", after), fmt.Sprintf("%.2f", after/max(before, 0.001)), word)
	}
}

func median(of func(moment) float64) func([]moment) float64 {
	return func(rows []moment) float64 { return sorted(rows, of)[len(rows)/2] }
}

func most(of func(moment) float64) func([]moment) float64 {
	return func(rows []moment) float64 { return sorted(rows, of)[len(rows)-1] }
}

func sorted(rows []moment, of func(moment) float64) (all []float64) {
	for _, m := range rows {
		all = append(all, of(m))
	}
	slices.Sort(all)
	return all
}
