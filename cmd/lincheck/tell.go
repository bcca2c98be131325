package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// tell tells a verdict to a person.
func tell(w io.Writer, file string, v *linearizability.Verdict) {
	word := "RIGHT"
	if !v.OK {
		word = "WRONG"
	}
	st := &v.Stats
	fmt.Fprintf(w, "%s: %s\n", file, word)
	fmt.Fprintf(w, "  %s of %s on %s over %s: %d answered, %d unknown, %d open (the log has %d of both), %d not applied\n",
		several(st.Operations, "operation"), several(st.Clients, "client"), several(st.Keys, "key"), short(st.Span), st.Answered, st.Unknown, st.Open, st.TookEffect, st.NotApplied)
	fmt.Fprintf(w, "  answers: %s\n", counts(st.Outcomes))
	fmt.Fprintf(w, "  contention: %d keys contended, %d with calls open at once, at most %d\n", st.ContendedKeys, st.OverlappingKeys, st.MostOverlapping)
	if len(st.Faults) > 0 {
		fmt.Fprintf(w, "  faults: %s; %d took effect\n", counts(st.Faults), st.FaultsInEffect)
	}
	fmt.Fprintf(w, "  searched by porcupine: %d keys in %d steps for %d operations, %d of which overlapped; %d keys have too many calls for it\n",
		v.Porcupine.Keys, v.Porcupine.Steps, v.Porcupine.Operations, v.Porcupine.Overlapping, v.Porcupine.LeftOut)
	table(w, v)
	fmt.Fprintf(w, "  judged in %s\n", short(st.Elapsed))
	for i := range v.Violations {
		violation(w, &v.Violations[i])
	}
}

func table(w io.Writer, v *linearizability.Verdict) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  check\tresult\texamined\tfound")
	fmt.Fprintf(t, "  porcupine\t%s\t%d\t%d\n", v.Porcupine.Result, v.Porcupine.Operations, len(v.Porcupine.BadKeys))
	fmt.Fprintf(t, "  witness\t%s\t%d\t%d\n", v.Witness.Result, v.Witness.Operations, len(v.Witness.BadKeys))
	for _, c := range v.Checks {
		word := "ok"
		if !c.OK {
			word = "VIOLATED"
		}
		fmt.Fprintf(t, "  %s\t%s\t%d\t%d\n", c.Name, word, c.Examined, c.Found)
	}
	_ = t.Flush() // what a line on a terminal says, nobody can act on
}

func violation(w io.Writer, v *linearizability.Violation) {
	fmt.Fprintf(w, "\n  %s: %s.\n", v.Check, v.Sentence)
	for _, line := range v.Story {
		fmt.Fprintf(w, "    %s\n", line)
	}
}

// counts are words with how often each, the most frequent first.
func counts(of map[string]int) string {
	words := slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		if of[a] != of[b] {
			return of[b] - of[a]
		}
		return strings.Compare(a, b)
	})
	for i, word := range words {
		words[i] = fmt.Sprintf("%d %s", of[word], word)
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, ", ")
}

func several(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func short(d time.Duration) time.Duration {
	if d > time.Second {
		return d.Round(10 * time.Millisecond)
	}
	return d.Round(10 * time.Microsecond)
}
