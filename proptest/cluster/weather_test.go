package cluster

// Goal: a run shows something where a fault of its plan did something, whatever came to nothing of what is not the plan's. Method: faults
// recorded as a run records them.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

func TestWhatCameToNothingIsNotAskedOfAPlan(t *testing.T) {
	r := newRun(&workload.Plan{Servers: 3}, Options{})
	for _, effect := range []string{"", "node 2 was dead until no log had what it lacks", ""} {
		r.unplanned(linearizability.Fault{Fault: "absence"})(effect)
	}
	require.EqualValues(t, 1, r.weather.Load())
}
