package workload_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// told is an answer that tells the log time in ms since some day in 2020, to a call from one ms of the run to another.
func told(time, call, end int64) linearizability.Operation {
	const ms, day = 1_000_000, 1_577_900_000_000_000_000
	back := end * ms
	return linearizability.Operation{Call: call * ms, Return: &back, Answer: &linearizability.Answer{TimeNanos: uint64(day + time*ms)}}
}

// Goal: log time that runs ahead of the clocks is found, log time that lags is not. Method: a table.
func TestPace(t *testing.T) {
	stale := told(9000, 0, 1)
	stale.Stale = true
	fast := &workload.Plan{Faults: []workload.Fault{{Kind: workload.ClockRate, Rate: 4}, {Kind: workload.WallJump, By: 1 << 50}}}
	for _, row := range []struct {
		name string
		plan *workload.Plan
		ops  []linearizability.Operation
		ok   bool
	}{
		{"with the clock", &workload.Plan{}, []linearizability.Operation{told(0, 0, 5), told(10, 8, 12)}, true},
		{"behind the clock", &workload.Plan{}, []linearizability.Operation{told(0, 0, 5), told(1, 80, 120)}, true},
		{"as far as can be", &workload.Plan{}, []linearizability.Operation{told(0, 0, 5), told(12, 8, 12)}, true},
		{"ahead", &workload.Plan{}, []linearizability.Operation{told(0, 0, 5), told(13, 8, 12)}, false},
		{"ahead, told in the other order", &workload.Plan{}, []linearizability.Operation{told(13, 8, 12), told(0, 0, 5)}, false},
		{"ahead of a clock at rate 4", fast, []linearizability.Operation{told(0, 0, 5), told(49, 8, 12)}, false},
		{"with a clock at rate 4", fast, []linearizability.Operation{told(0, 0, 5), told(48, 8, 12)}, true},
		{"a stale read says nothing", &workload.Plan{}, []linearizability.Operation{told(0, 0, 5), stale}, true},
		{"nothing was told", &workload.Plan{}, nil, true},
	} {
		result, found := workload.Pace(row.plan, &linearizability.History{Operations: row.ops})
		require.Equal(t, row.ok, result.OK, row.name)
		require.Equal(t, row.ok, found == nil, row.name)
	}
}
