package dedup_test

// Goal: the answers to one entry are bounded, and none lies about a value that it leaves out.
// Method: as many reads of the largest value as an entry takes.

import (
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

func TestAnAnswerWithoutRoomForItsValueSaysSo(t *testing.T) {
	m, results := dedup.New(), dedup.Results{}
	b := dedup.Bootstrap{Nodes: []uint8{1}, CapacityKeys: 9, CapacityBytes: 1 << 20}
	require.NoError(t, m.Apply(1, dedup.AppendBootstrap(nil, 1, &b), &results))
	large := make([]byte, dedup.MaxValueBytes)
	payload := dedup.AppendPut(dedup.AppendHeader(nil, 2), dedup.Put{Key: dedup.Key{1}, Value: large})
	payload = dedup.AppendPut(payload, dedup.Put{Key: dedup.Key{2}, Value: []byte{}})
	require.NoError(t, m.Apply(2, payload, &results))

	payload = dedup.AppendHeader(nil, 3)
	const fit = dedup.MaxAnswerBytes / dedup.MaxValueBytes
	for range fit + 1 {
		payload = dedup.AppendQuery(payload, dedup.Query{Key: dedup.Key{1}})
	}
	payload = dedup.AppendClaim(payload, dedup.Claim{Key: dedup.Key{1}, Owner: 1})
	payload = dedup.AppendQuery(payload, dedup.Query{Key: dedup.Key{2}})
	require.NoError(t, m.Apply(3, payload, &results))
	for i := range results.Answers {
		a := &results.Answers[i]
		omitted := i == fit || i == fit+1
		require.Equalf(t, omitted, a.Omitted, "answer %d", i)
		require.Equalf(t, !omitted, a.HasValue, "answer %d", i)
		require.Equal(t, omitted, results.Value(i) == nil)
	}
	require.Equal(t, dedup.Duplicate, results.Answers[fit+1].Outcome)
	require.Equal(t, large, results.Value(fit-1))
}
