package workload_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// numbered is an answer that carries a number, from one ms of the run to another.
func numbered(number uint64, call, end int64) linearizability.Operation {
	o := told(0, call, end)
	o.Answer.Number = number
	return o
}

// aged is a stale read that was told so many ms; -1: none.
func aged(number uint64, call, end, age int64) linearizability.Operation {
	o := numbered(number, call, end)
	o.Stale = true
	if age >= 0 {
		o.Answer.StaleMillis = &age
	}
	return o
}

// Goal: a stale read that is older than it says is found, one that is younger is not. Method: a table.
func TestAges(t *testing.T) {
	slow := &workload.Plan{Faults: []workload.Fault{{Kind: workload.ClockRate, Rate: 0.5}}}
	still := &workload.Plan{Faults: []workload.Fault{{Kind: workload.ClockRate, Rate: 0}}}
	for _, row := range []struct {
		name string
		plan *workload.Plan
		ops  []linearizability.Operation
		ok   bool
	}{
		{"nothing was told", &workload.Plan{}, nil, true},
		{"it has all", &workload.Plan{}, []linearizability.Operation{numbered(7, 0, 5), aged(7, 50, 60, 0)}, true},
		{"of any age", &workload.Plan{}, []linearizability.Operation{numbered(7, 0, 5), aged(6, 50, 60, -1)}, true},
		{"as old as it says", &workload.Plan{}, []linearizability.Operation{numbered(7, 0, 20), aged(6, 50, 60, 30)}, true},
		{"older", &workload.Plan{}, []linearizability.Operation{numbered(7, 0, 19), aged(6, 50, 60, 30)}, false},
		{"older, of two that were told out of order", &workload.Plan{}, []linearizability.Operation{numbered(7, 0, 18), numbered(5, 0, 19), aged(6, 50, 60, 30)}, false},
		{"told of later", &workload.Plan{}, []linearizability.Operation{numbered(6, 0, 5), numbered(7, 0, 55), aged(6, 50, 60, 0)}, true},
		{"older than another stale read", &workload.Plan{}, []linearizability.Operation{aged(7, 0, 19, -1), aged(6, 50, 60, 30)}, false},
		{"older by a slow clock", slow, []linearizability.Operation{numbered(7, 0, 19), aged(6, 80, 90, 30)}, false},
		{"as old by a slow clock", slow, []linearizability.Operation{numbered(7, 0, 21), aged(6, 80, 90, 30)}, true},
		{"by a clock that stands still", still, []linearizability.Operation{numbered(7, 0, 5), aged(6, 50, 60, 0)}, true},
	} {
		result, found := workload.Ages(row.plan, &linearizability.History{Operations: row.ops})
		require.Equal(t, row.ok, result.OK, row.name)
		require.Equal(t, row.ok, found == nil, row.name)
	}
}
