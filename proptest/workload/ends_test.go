package workload_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// stands is a read, from one ms of the run to another, that was told a log time and that the window has so many ms to go.
func stands(time, left, call, end int64) linearizability.Operation {
	o := told(time, call, end)
	o.Kind, o.Answer.ExpiresInMillis = linearizability.Query, &left
	return o
}

// Goal: a read that is told of a window that was over is found, one that is told of it late by some hundred ms is not. Method: a table.
func TestEnds(t *testing.T) {
	killed := &workload.Plan{Faults: []workload.Fault{{Kind: workload.Kill}}}
	jumped := &workload.Plan{Faults: []workload.Fault{{Kind: workload.WallJump, By: time.Hour}}}
	claim := told(0, 0, 5)
	claim.Kind = linearizability.Claim
	stale := stands(0, 1000, 1500, 1510)
	stale.Stale = true
	for _, row := range []struct {
		name string
		plan *workload.Plan
		ops  []linearizability.Operation
		ok   bool
	}{
		{"nothing was told", &workload.Plan{}, nil, true},
		{"it lasts", &workload.Plan{}, []linearizability.Operation{claim, stands(0, 1000, 900, 910)}, true},
		{"late by little", &workload.Plan{}, []linearizability.Operation{claim, stands(0, 1000, 1400, 1410)}, true},
		{"late", &workload.Plan{}, []linearizability.Operation{claim, stands(0, 1000, 1410, 1420)}, false},
		{"late though wall clocks jumped", jumped, []linearizability.Operation{claim, stands(0, 1000, 1410, 1420)}, false},
		{"late, and log time had come further", &workload.Plan{}, []linearizability.Operation{claim, told(600, 10, 20), stands(0, 1000, 900, 910)}, false},
		{"a process ended", killed, []linearizability.Operation{claim, stands(0, 1000, 1410, 1420)}, true},
		{"a stale read", &workload.Plan{}, []linearizability.Operation{claim, stale}, true},
		{"it never ends", &workload.Plan{}, []linearizability.Operation{claim, stands(0, linearizability.NeverExpires, 1410, 1420)}, true},
	} {
		result, found := workload.Ends(row.plan, &linearizability.History{Operations: row.ops})
		require.Equal(t, row.ok, result.OK, row.name)
		require.Equal(t, row.ok, found == nil, row.name)
	}
}
