package report

// Goal: a batch that repeats a key is one call. Method: the figures of its key.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/linearizability"
)

func TestABatchThatRepeatsAKeyMeetsNobody(t *testing.T) {
	h := &linearizability.History{Header: linearizability.Header{Format: linearizability.FormatVersion, Log: true}}
	for id := range 3 {
		h.Operations = append(h.Operations, linearizability.Operation{ID: id, Batch: 1, Key: "k", Arguments: linearizability.Arguments{Kind: linearizability.Claim}})
	}
	r := newRun(h, linearizability.Judge(h))
	require.Len(t, r.keys, 1)
	require.Equal(t, 1, r.keys[0].Together)
	require.Zero(t, r.keys[0].Met)
	require.Equal(t, 3, r.keys[0].Operations)
}
