package workload_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// answered is an operation that returned then, in ms.
func answered(kind linearizability.Kind, at int64) linearizability.Operation {
	return linearizability.Operation{
		Return: new(at * int64(time.Millisecond)), Arguments: linearizability.Arguments{Kind: kind}, Answer: &linearizability.Answer{},
	}
}

func TestAGapIsTimeWithoutAnAnsweredWrite(t *testing.T) {
	failed := answered(linearizability.Claim, 300)
	failed.Answer, failed.Error = nil, linearizability.Unknown
	h := &linearizability.History{Operations: []linearizability.Operation{
		answered(linearizability.Claim, 50), answered(linearizability.Claim, 700), answered(linearizability.Query, 400), failed,
		answered(linearizability.Put, 150), answered(linearizability.Claim, 1100),
	}}
	ms := func(n int64) int64 { return n * int64(time.Millisecond) }
	for _, row := range []struct{ from, until, longest int64 }{
		{0, 1000, 550}, // 150 to 700
		{100, 200, 50},
		{700, 1100, 400},
		{1200, 1400, 200},
	} {
		require.Equal(t, time.Duration(ms(row.longest)), workload.GapOf(h, ms(row.from), ms(row.until)), "%+v", row)
	}
}
