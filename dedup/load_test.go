package dedup_test

// Goal: a state that comes in pieces is loaded as one that comes at once, and trusted as little. Method: every byte of a small
// state changed in each bit and in many; every place to cut it; lengths and counts that lie.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

func TestAStateWithAByteChangedIsRefusedOrAnother(t *testing.T) {
	state := variedState(t)
	loaded := 0
	for at := range state {
		for _, change := range []byte{1, 2, 4, 8, 16, 32, 64, 128, 0x55, 0xff} {
			broken := bytes.Clone(state)
			broken[at] ^= change
			whole, err := dedup.LoadState(broken)
			parts, errOfParts := loadInPieces(broken, func() int { return 7 })
			if err != nil {
				require.True(t, isRefusal(err), "%v", err)
				require.Equal(t, err.Error(), errOfParts.Error(), "byte %d by %#x", at, change)
				continue
			}
			loaded++
			require.NoError(t, errOfParts)
			require.True(t, bytes.Equal(broken, whole.AppendState(nil)), "byte %d by %#x: loaded as another state", at, change)
			require.True(t, bytes.Equal(broken, parts.AppendState(nil)), "byte %d by %#x: loaded in pieces as another state", at, change)
		}
	}
	require.Greater(t, loaded, len(state), "states that may well be")
}

func TestAStateCutInTwoAnywhereIsLoaded(t *testing.T) {
	state := variedState(t)
	for at := range state {
		first := at
		m, err := loadInPieces(state, func() int { n := first; first = len(state); return max(n, 1) })
		require.NoError(t, err, "cut at byte %d", at)
		require.Equal(t, state, m.AppendState(nil))

		_, err = loadInPieces(state[:at], func() int { return 5 })
		require.ErrorIs(t, err, dedup.ErrMalformed, "ends at byte %d", at)
		_, err = loadInPieces(append(bytes.Clone(state), 0), func() int { return max(at, 1) })
		require.ErrorIs(t, err, dedup.ErrMalformed, "pieces of %d bytes, and one too many", at)
	}
}

func TestALoaderIsUsedAgain(t *testing.T) {
	var l dedup.Loader
	state := variedState(t)
	for range 2 {
		_, err := l.Write([]byte{99})
		require.ErrorIs(t, err, dedup.ErrUnknownVersion)
		_, err = l.Write(state)
		require.ErrorIs(t, err, dedup.ErrUnknownVersion, "an error stays")
		_, err = l.Machine()
		require.ErrorIs(t, err, dedup.ErrUnknownVersion)
		n, err := l.Write(state)
		require.NoError(t, err)
		require.Len(t, state, n)
		m, err := l.Machine()
		require.NoError(t, err)
		require.Equal(t, state, m.AppendState(nil))
	}
}

// A head of two billion records, of as many bytes as may be, and then nothing, or a record again and again.
func TestACountIsNotBelieved(t *testing.T) {
	most := bootstrapped(t, dedup.MaxCapacityKeys, dedup.MaxCapacityBytes)
	at(t, most, startNanos, dedup.Claim{Owner: 1})
	state := most.AppendState(nil)
	binary.LittleEndian.PutUint32(state[atCount:], 1<<31-1)
	record := state[len(state)-recordBytes:]
	before := allocated()
	var l dedup.Loader
	_, err := l.Write(state)
	require.NoError(t, err)
	for range 1000 {
		_, err = l.Write(record)
		require.NoError(t, err)
	}
	_, err = l.Machine()
	require.ErrorIs(t, err, dedup.ErrMalformed)
	require.Less(t, allocated()-before, uint64(1<<20))
	binary.LittleEndian.PutUint32(state[atCount:], 1001)
	_, err = dedup.LoadState(append(state, bytes.Repeat(record, 1000)...))
	require.ErrorContains(t, err, "twice")
}

func allocated() uint64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.TotalAlloc
}

// What is loaded goes on as what was saved does, to the byte.
func TestALoadedCrowdGoesOnAlike(t *testing.T) {
	for seed := range uint64(4) {
		w := newCrowd(100 + seed)
		for i := range 200 {
			if i%40 == 30 {
				loaded, err := loadInPieces(w.machine.AppendState(nil), func() int { return 1 + w.random.IntN(5000) })
				require.NoError(t, err)
				w.machine, w.pinned = loaded, nil
			}
			require.NoError(t, w.entry(), "seed %d, entry %d", seed, i)
		}
	}
}

func isRefusal(err error) bool {
	return errors.Is(err, dedup.ErrMalformed) || errors.Is(err, dedup.ErrUnknownVersion)
}
