package dedup_test

// Goal: applying an entry costs little, however much it reads, and what is read afterwards is what stood then.
// Method: as many reads of the largest value as an entry takes, and a table that goes on under them.

import (
	"bytes"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

// stocked returns a machine with a large value and an empty one, and room for three large ones.
func stocked(t *testing.T) (*dedup.Machine, *dedup.Results, []byte) {
	m, results := dedup.New(), &dedup.Results{}
	b := dedup.Bootstrap{CapacityKeys: 9, CapacityBytes: 4 * dedup.MaxValueBytes}
	require.NoError(t, m.Apply(1, dedup.AppendBootstrap(nil, 1, &b), results))
	large := bytes.Repeat([]byte("large"), dedup.MaxValueBytes/5)
	payload := dedup.AppendPut(dedup.AppendHeader(nil, 2), dedup.Put{Key: dedup.Key{1}, Value: large})
	payload = dedup.AppendPut(payload, dedup.Put{Key: dedup.Key{2}, Value: []byte{}})
	require.NoError(t, m.Apply(2, payload, results))
	return m, results, large
}

func TestApplyCopiesABoundedAmount(t *testing.T) {
	m, results, large := stocked(t)
	payload := dedup.AppendHeader(nil, 3)
	for range dedup.MaxCommands - 1 {
		payload = dedup.AppendQuery(payload, dedup.Query{Key: dedup.Key{1}})
	}
	payload = dedup.AppendQuery(payload, dedup.Query{Key: dedup.Key{2}})
	require.NoError(t, m.Apply(3, payload, results))
	copied := 0
	for i := range results.Answers[:dedup.MaxCommands-1] {
		require.True(t, results.Answers[i].HasValue)
		require.Equal(t, len(large), results.Length(i))
		if !results.Large(i) {
			copied += results.Length(i)
		}
	}
	require.LessOrEqual(t, copied, dedup.CopiedBytes)
	require.True(t, bytes.Equal(large, results.Value(0)))
	require.True(t, bytes.Equal(large, results.Value(dedup.MaxCommands-2)))
	require.Equal(t, []byte{}, results.Value(dedup.MaxCommands-1))
}

// What an entry read and then overwrote is read as it was, and so is what is pinned, whatever is stored meanwhile.
func TestWhatWasReadDoesNotChange(t *testing.T) {
	m, results, large := stocked(t)
	payload := dedup.AppendQuery(dedup.AppendHeader(nil, 3), dedup.Query{Key: dedup.Key{1}})
	payload = dedup.AppendQuery(payload, dedup.Query{Key: dedup.Key{1}})
	payload = dedup.AppendPut(payload, dedup.Put{Key: dedup.Key{1}, Value: bytes.Repeat([]byte("x"), dedup.MaxValueBytes)})
	payload = dedup.AppendPut(payload, dedup.Put{Key: dedup.Key{3}, Value: bytes.Repeat([]byte("y"), dedup.MaxValueBytes)})
	require.NoError(t, m.Apply(3, payload, results))
	require.True(t, results.Large(1))
	require.True(t, bytes.Equal(large, results.Value(1)))
	pinned := [...]dedup.Pinned{m.Pin(results, 1), m.Pin(results, 1)}
	index := uint64(4)
	overwrite := func(puts int) {
		for range 5 {
			payload := dedup.AppendHeader(nil, index)
			for range puts {
				payload = dedup.AppendPut(payload, dedup.Put{Key: dedup.Key{4}, Value: bytes.Repeat([]byte("z"), dedup.MaxValueBytes)})
			}
			require.NoError(t, m.Apply(index, payload, results))
			require.Equal(t, dedup.OK, results.Answers[0].Outcome, "what is pinned takes no room")
			index++
		}
	}
	overwrite(1)
	require.True(t, bytes.Equal(large, pinned[0].Append(nil)))
	m.Unpin(pinned[0])
	overwrite(1)
	require.True(t, bytes.Equal(large, pinned[1].Append(nil)))
	m.Unpin(pinned[1])
	overwrite(3)
	require.False(t, bytes.Equal(large, pinned[1].Append(nil)), "its cells are used again")
}
