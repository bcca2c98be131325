package linearizability_test

// Goal: a Recorder may be used by many clients at once, and what it wrote down is
// a history. Method: clients that call batches, answer, fail and are forgotten,
// in parallel (also under the race detector), on the real clock.

import (
	"sync"
	"testing"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/stretchr/testify/require"
)

func TestManyClientsRecordAtOnce(t *testing.T) {
	const clients, rounds = 8, 50
	recorder := linearizability.NewRecorder(linearizability.Header{Servers: 1}, nil)
	var done sync.WaitGroup
	for client := range clients {
		done.Go(func() {
			for range rounds {
				o := linearizability.Operation{Client: client, Key: "k", Arguments: linearizability.Arguments{Kind: linearizability.Query}}
				single := recorder.Call(o)
				recorder.Answered(single, linearizability.Answer{Outcome: linearizability.Absent})
				batch := recorder.Call(o, o, o)
				recorder.Failed(batch, linearizability.NotApplied, "loading")
				recorder.History() // while others go on
			}
			recorder.FaultOver(recorder.Fault(linearizability.Fault{Fault: "pause"}), "")
		})
	}
	done.Wait()

	h := recorder.History()
	require.Len(t, h.Operations, 4*clients*rounds)
	require.Len(t, h.Faults, clients)
	batches := map[int][]linearizability.Operation{}
	for i, o := range h.Operations {
		require.Equal(t, i, o.ID)
		require.GreaterOrEqual(t, *o.Return, o.Call)
		if o.Batch != 0 {
			batches[o.Batch] = append(batches[o.Batch], o)
		}
	}
	require.Len(t, batches, clients*rounds)
	for _, items := range batches {
		require.Len(t, items, 3)
		require.Equal(t, items[0].ID+2, items[2].ID)
		require.Equal(t, items[0].Call, items[2].Call)
		require.Equal(t, *items[0].Return, *items[2].Return)
	}
	v := linearizability.Judge(h)
	require.True(t, v.OK, account(v))
	require.Equal(t, 3*clients*rounds, v.Stats.NotApplied)
}
