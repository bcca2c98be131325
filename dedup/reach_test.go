package dedup_test

// Goal: the scenarios are no empty exercise: they reach every answer there is, and
// none besides. Method: count the answers of many; a rare one says that the
// generator has to change.

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// everyAnswer is the table of operations, as kind, outcome, "again" where it is
// replayed, and "in a repeat" for the claims of a checkpoint that is.
var everyAnswer = []string{
	"claim WON", "claim WON again", "claim IN_PROGRESS", "claim DUPLICATE", "claim MISMATCH", "claim FULL", "claim STALE",
	"claim WON again in a repeat", "claim IN_PROGRESS in a repeat", "claim DUPLICATE in a repeat", "claim MISMATCH in a repeat", "claim NOT_FOUND in a repeat",
	"complete OK", "complete OK again", "complete FENCED", "complete NOT_FOUND", "complete FULL",
	"release OK", "release FENCED", "release NOT_FOUND", "release COMPLETED",
	"extend OK", "extend FENCED", "extend NOT_FOUND", "extend COMPLETED",
	"query ABSENT", "query PENDING", "query DONE",
	"put OK", "put NOT_FOUND", "put FULL", "forget OK", "forget NOT_FOUND",
	"checkpoint OK", "checkpoint OK again", "checkpoint STALE", "checkpoint FULL", "checkpoint query OK", "checkpoint query NOT_FOUND",
	"set checkpoint OK", "set checkpoint OK again", "set checkpoint FULL", "resize OK", "resize FULL",
}

func TestScenariosReachEveryAnswerAndNoOther(t *testing.T) {
	reached := map[string]int{}
	for seed := range 500 {
		require.NoError(t, scenarios.Example(seed).watched(func(all []answer) {
			for i, a := range all {
				name := fmt.Sprint(a.Kind, " ", a.Outcome)
				if a.Replayed {
					name += " again"
				}
				if i > 0 && all[0].Replayed {
					name += " in a repeat"
				}
				reached[name]++
			}
		}))
	}
	for _, name := range everyAnswer {
		require.GreaterOrEqual(t, reached[name], 5, name)
	}
	for name := range reached {
		require.True(t, slices.Contains(everyAnswer, name), name)
	}
}
