package dedup

// Goal: memory of what has expired or was overwritten is used again, within a bound that does not grow, and given back
// when nothing is left. Method: rounds of records that fill the capacity, counted in segments.

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"
)

// fill applies a round of records, each with its own key and a value of some length, and lets the time of all before run out.
func fill(t *testing.T, m *Machine, index *uint64, round, records int) {
	var results Results
	for i := range records {
		*index++
		key := Key{}
		binary.LittleEndian.PutUint64(key[:8], uint64(round*records+i)*0x9e3779b97f4a7c15)
		stamp := uint64(round+1) * 10_000 * nanosPerMilli
		claim := AppendClaim(AppendHeader(nil, stamp), Claim{Call: 1, Key: key, Owner: 1, TTLMillis: 5000, Value: bytes.Repeat([]byte{byte(i)}, (i*37+round*11)%700)})
		require.NoError(t, m.Apply(*index, claim, &results))
		require.Equal(t, Won, results.Answers[0].Outcome, "round %d, record %d", round, i)
	}
}

func TestMemoryOfWhatExpiredIsUsedAgain(t *testing.T) {
	const records, capacity = 20_000, 20_000 * 512
	m, index := New(), uint64(1)
	var results Results
	b := Bootstrap{Secret: Secret{1}, CapacityKeys: records, CapacityBytes: capacity}
	require.NoError(t, m.Apply(index, AppendBootstrap(nil, 1, &b), &results))
	most := whole(capacity/CellBytes/segmentCells+1, cellSegments)
	for round := range 5 {
		fill(t, m, &index, round, records)
		require.LessOrEqual(t, len(m.arena.segments), most, "round %d", round)
		require.LessOrEqual(t, len(m.table.slots), whole(records/segmentSlots*9/8+3, slotSegments))
		require.LessOrEqual(t, m.arena.fresh, uint32(capacity/CellBytes))
	}
	for i := uint64(0); m.table.used > 0 || len(m.arena.dropped) > 0; i++ { // time alone lets the sweep take them
		index++
		require.NoError(t, m.Apply(index, AppendQuery(AppendHeader(nil, (1_000_000+i)*nanosPerMilli), Query{Call: 1}), &results))
	}
	require.Zero(t, m.arena.used)
	require.Len(t, m.arena.segments, 1, "given back")
	require.LessOrEqual(t, len(m.table.slots), 2)
	fill(t, m, &index, 200, records)
	loaded, err := LoadState(m.AppendState(nil))
	require.NoError(t, err)
	require.Equal(t, m.AppendState(nil), loaded.AppendState(nil), "chains are whole")
}
