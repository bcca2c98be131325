package dedup

// Goal: who is told of memory is told of all of it, before it is used, in pieces that double up to a bound.
// Method: tables, arenas and loaded machines that grow, compared with what was told (memory_test.go has those that shrink).

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// told counts the memory it is told of, and asks that nobody has touched it.
type told struct {
	slots, heads, cells []int // elements of each piece
	t                   *testing.T
}

func (b *told) taken(memory any) {
	switch piece := memory.(type) {
	case []slot:
		b.slots = append(b.slots, len(piece))
		require.Equal(b.t, make([]slot, len(piece)), piece)
	case []uint32:
		b.heads = append(b.heads, len(piece))
		require.Equal(b.t, make([]uint32, len(piece)), piece)
	case []cell:
		b.cells = append(b.cells, len(piece))
		require.Equal(b.t, make([]cell, len(piece)), piece)
	default:
		require.Failf(b.t, "unknown memory", "%T", memory)
	}
}

func TestWhoIsToldIsToldOfAllMemory(t *testing.T) {
	const records = 200 * segmentSlots
	b := &told{t: t}
	m, index := New(), uint64(1)
	m.Taking(b.taken)
	var results Results
	require.NoError(t, m.Apply(index, AppendBootstrap(nil, 1, &Bootstrap{Secret: Secret{1}, CapacityKeys: records, CapacityBytes: records * 64}), &results))
	for from := 0; from < records; from += 1000 {
		index++
		commands := AppendHeader(nil, 1)
		for n := from; n < from+1000; n++ {
			commands = AppendClaim(commands, Claim{Key: Key{byte(n), byte(n >> 8), byte(n >> 16)}, Owner: 1, Value: []byte("value")})
		}
		require.NoError(t, m.Apply(index, commands, &results))
	}
	require.Equal(t, []int{1, 1, 2, 4, 8, 16, 32, 64, 64, 64}, inSegments(b.slots, segmentSlots))
	require.Equal(t, []int{1, 1, 2, 4, 8, 16, 32}, inSegments(b.heads, segmentHeads))
	require.Equal(t, []int{1, 1, 2, 4, 8, 16, 32, 64}, inSegments(b.cells, segmentCells))

	loaded := &told{t: t}
	l := Loader{Taken: loaded.taken}
	for range 2 { // a Loader is ready for another one
		*loaded = told{t: t}
		_, err := l.Write(m.AppendState(nil))
		require.NoError(t, err)
		_, err = l.Machine()
		require.NoError(t, err)
		require.Equal(t, [][]int{b.slots, b.heads, b.cells}, [][]int{loaded.slots, loaded.heads, loaded.cells})
	}
}

func inSegments(pieces []int, each int) (all []int) {
	for _, n := range pieces {
		all = append(all, n/each)
	}
	return all
}

func TestPiecesDoubleUpToTheMost(t *testing.T) {
	for n, want := range map[int]int{1: 1, 2: 2, 3: 4, 5: 8, 33: 64, 64: 64, 65: 128, 128: 128, 129: 192} {
		require.Equal(t, want, whole(n, 64), "%d segments", n)
	}
}
