package linearizability_test

// Goal: what the state machine answers is accepted, by both judges and every
// direct check, whatever overlapped or got lost. Method: rapid draws a workload.

import (
	"fmt"
	"strings"
	"testing"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var workloads = rapid.Custom(func(t *rapid.T) workload {
	return workload{
		seed:         rapid.Uint64().Draw(t, "seed"),
		rounds:       rapid.IntRange(1, 400).Draw(t, "rounds"),
		clients:      rapid.IntRange(1, 8).Draw(t, "clients"),
		keys:         rapid.IntRange(1, 5).Draw(t, "keys"),
		capacityKeys: rapid.SampledFrom([]uint64{2, 4, 100}).Draw(t, "capacity"),
		cells:        rapid.SampledFrom([]uint64{2, 5, 1000}).Draw(t, "cells"),
		withoutLog:   rapid.Bool().Draw(t, "without log"),
	}
})

func TestHistoriesOfTheStateMachineAreAccepted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := linearizability.Judge(play(workloads.Draw(t, "workload")))
		require.True(t, v.OK, "%s", account(v))
		require.Equal(t, linearizability.Accepted, v.Porcupine.Result)
		require.Equal(t, linearizability.Accepted, v.Witness.Result)
	})
}

// account is what is wrong, in words.
func account(v *linearizability.Verdict) string {
	var b strings.Builder
	for _, violation := range v.Violations {
		fmt.Fprintf(&b, "%s: %s\n  %s\n", violation.Check, violation.Sentence, strings.Join(violation.Story, "\n  "))
	}
	return b.String()
}
