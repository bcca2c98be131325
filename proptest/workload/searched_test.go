package workload_test

// Goal: a suite without contention is not taken for one that was searched. Method: verdicts that lack one thing each.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

func TestRunsWithoutASearchAreNoEvidence(t *testing.T) {
	for _, c := range []struct {
		of   linearizability.EngineResult
		says string
	}{
		{linearizability.EngineResult{Keys: 2, Operations: 40, Overlapping: 30, Steps: 90}, ""},
		{linearizability.EngineResult{Keys: 1, LeftOut: 1, Operations: 40, Overlapping: 30, Steps: 90}, "porcupine did not take every key"},
		{linearizability.EngineResult{Keys: 2, Operations: 40, Overlapping: 19, Steps: 90}, "most calls had their key for themselves"},
		{linearizability.EngineResult{Keys: 2, Operations: 40, Overlapping: 30, Steps: 40}, "in most runs porcupine had nothing to choose"},
	} {
		var s workload.Searched
		s.Add(&linearizability.Verdict{Porcupine: c.of})
		require.Equal(t, c.says, s.Missing(), s.String())
	}
	var none workload.Searched
	require.Equal(t, "nothing was run", none.Missing())
}
