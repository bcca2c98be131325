package wal

// Goal: no record has an all-zero part in any sector, wherever it stands, and the mask that sees to it
// is taken off again. Method: properties over bodies made to need masks.

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// patterned draws bytes in which whole sectors repeat one small number.
func patterned() *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		var b []byte
		for _, n := range rapid.SliceOfN(rapid.Uint8Range(0, 3), 0, 12).Draw(t, "numbers") {
			b = append(b, bytes.Repeat([]byte{n, 0, 0, 0}, 100+29*int(n))...)
		}
		return b
	})
}

func TestNoSectorOfARecordIsZero(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload, off := patterned().Draw(t, "payload"), int64(8*rapid.IntRange(64, 200).Draw(t, "place"))
		raw := encodeAt(off, payload)
		require.False(t, zeroPart(raw, off))
		h := parseHeader(raw, 1, off)
		require.False(t, h.invalid)
		r, ok := parseRecord(h, raw, 1)
		require.True(t, ok)
		require.True(t, bytes.Equal(payload, r.Entries[0].Payload))
	})
}

func encodeAt(off int64, payload []byte) []byte {
	r := Record{Mark: 1, Log: true, Entries: []Entry{{Payload: payload}}}
	l := Log{seed: 1, ahead: 1}
	l.encode(&r, place{1, off}, recordBytes(&r))
	return l.queue.chunks[0]
}

// Without a mask the check above would fail: zeros do make a zero part.
func TestZerosNeedAMask(t *testing.T) {
	body := make([]byte, 2048)
	require.True(t, zeroPart(body, 576))
	require.EqualValues(t, 1, maskFor(body, 576))
	require.Zero(t, maskFor(bytes.Repeat([]byte{7}, 2048), 576))
}

func TestAHeaderIsNeverZeroOnEitherSideOfASector(t *testing.T) {
	for cut := int64(0); cut < headerBytes; cut += alignBytes {
		var b [headerBytes]byte
		off := 2*sectorBytes - cut
		(&header{length: headerBytes}).put(b[:], 1, off)
		require.False(t, zeroPart(b[:], off), "cut after %d bytes", cut)
	}
}

func TestARecordIsValidOnlyAtItsPlace(t *testing.T) {
	raw := encodeAt(1024, []byte("x"))
	require.False(t, parseHeader(raw, 1, 1024).invalid)
	require.True(t, parseHeader(raw, 1, 1032).invalid, "another offset")
	require.True(t, parseHeader(raw, 2, 1024).invalid, "another segment, log or life")
}

func TestIndexFindsTheLatestRecordOfAnEntry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x index
		var held []located // by entry
		base := 0
		for n := range rapid.IntRange(1, 20).Draw(t, "records") {
			prev := rapid.IntRange(base, len(held)).Draw(t, "prev")
			r := Record{Log: true, Prev: protocol.Index(prev), Entries: make([]Entry, rapid.IntRange(0, 3).Draw(t, "entries"))}
			at, last := place{1, int64(n)}, prev+len(r.Entries)
			if rapid.IntRange(0, 3).Draw(t, "compact") == 0 && last > base {
				r.Base = protocol.Index(rapid.IntRange(base+1, last).Draw(t, "base"))
				base = int(r.Base)
			}
			x.pass(&r, at, protocol.Index(last))
			held = held[:prev]
			for range r.Entries {
				held = append(held, located{r.Prev + 1, 1, uint32(n)})
			}
			for k := base; k < len(held); k++ {
				require.Equal(t, held[k], x.find(protocol.Index(k+1)))
			}
			require.LessOrEqual(t, len(x), len(held)-base+1, "nothing is kept of what is below the base")
		}
	})
}
