package dedup

// Goal: what a snapshot says that it holds is what it holds, however much one entry changes, and nothing of it is left behind.
// Method: the structures counted after each entry of a table of many segments.

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestSizesAreThoseThatAreCounted(t *testing.T) {
	require.EqualValues(t, keptRecordBytes, unsafe.Sizeof(keptRecord{}))
	require.EqualValues(t, keptSegmentBytes, unsafe.Sizeof(keptSegment{}))
	require.EqualValues(t, cellData+4, unsafe.Sizeof(cell{}))
}

func numbered(n uint64) (key Key) {
	binary.LittleEndian.PutUint64(key[:8], n*0x9e3779b97f4a7c15)
	return key
}

// filled returns a machine with so many records, of which each eighth has a value, and the index of its last entry.
func filled(t *testing.T, records uint64) (m *Machine, index uint64) {
	m = New()
	var results Results
	b := Bootstrap{Secret: Secret{1}, CapacityKeys: 2 * records, CapacityBytes: records * 200}
	require.NoError(t, m.Apply(1, AppendBootstrap(nil, 1, &b), &results))
	index = eachOf(t, m, 1, records, func(payload []byte, n uint64) []byte {
		claim := Claim{Key: numbered(n), Owner: 1}
		if n%8 == 0 {
			claim.Value = bytes.Repeat([]byte{byte(n)}, 100)
		}
		return AppendClaim(payload, claim)
	})
	return m, index
}

// counted is what s holds, by its structures.
func counted(s *Snapshot) (bytes uint64) {
	a := &s.machine.arena
	bytes = uint64(len(s.kept.records)) * keptRecords * keptRecordBytes
	for _, segment := range s.kept.segments {
		if segment != nil {
			bytes += keptSegmentBytes
		}
	}
	for _, chunk := range a.held.chunks {
		bytes += listedBytes
		for _, n := range chunk {
			bytes += uint64(a.cells(n)) * (cellData + 4)
		}
	}
	return bytes
}

func TestASnapshotHoldsWhatItSays(t *testing.T) {
	const records = 20_000
	m, index := filled(t, records)
	s, err := m.Snapshot(math.MaxUint64)
	require.NoError(t, err)
	var results Results
	var buffer []byte
	most := uint64(0)
	for i := uint64(0); s.err == nil; i++ {
		index++
		payload := AppendHeader(nil, 1)
		for j := range uint64(100) {
			n := (i*100 + j) * 7919 % records
			if j%2 == 0 {
				payload = AppendForget(payload, Forget{Key: numbered(n)})
			}
			payload = AppendPut(payload, Put{Key: numbered(n), Value: []byte("another one")})
		}
		require.NoError(t, m.Apply(index, payload, &results))
		require.Equal(t, counted(s), s.Bytes(), "entry %d", i)
		most = max(most, s.Bytes())
		if err = s.copy(100); err != nil {
			require.ErrorIs(t, err, ErrSnapshotEnd)
			break
		}
		require.Equal(t, counted(s), s.Bytes(), "copy %d", i)
		buffer = s.Append(buffer[:0], 3000) // half of them, and the others behind the next entry
	}
	require.Greater(t, most, uint64(100_000))
	require.Zero(t, s.Bytes())
	require.Nil(t, m.snapshot)
	require.False(t, m.arena.holding)
}

// An entry pays for the records that it changes, and not for what stands beside them.
func TestAnEntryKeepsWhatItChangesOnly(t *testing.T) {
	const records, changed = 200_000, 1000
	m, index := filled(t, records)
	s, err := m.Snapshot(math.MaxUint64)
	require.NoError(t, err)
	payload := AppendHeader(nil, 1)
	for n := range uint64(changed) {
		payload = AppendPut(payload, Put{Key: numbered(n * (records / changed)), Value: []byte("v")})
	}
	require.NoError(t, m.Apply(index+1, payload, &Results{}))
	const segments = (records + segmentSlots - 1) / segmentSlots
	require.Less(t, s.Bytes(), uint64((changed+keptRecords)*keptRecordBytes+segments*keptSegmentBytes+changed*5*(cellData+4)+listedBytes))
}

// Snapshots that end or are given up, again and again, leave the arena and the table as large as they were.
func TestNothingIsLeftOfASnapshot(t *testing.T) {
	const records = 20_000
	m, index := filled(t, records)
	var results Results
	turn := func(snapshot bool) {
		var s *Snapshot
		if snapshot {
			var err error
			s, err = m.Snapshot(math.MaxUint64)
			require.NoError(t, err)
		}
		for i := range uint64(100) {
			index++
			payload := AppendHeader(nil, 1)
			for j := range uint64(20) {
				payload = AppendPut(payload, Put{Key: numbered((i*20 + j) * 8), Value: bytes.Repeat([]byte("v"), 100)})
			}
			require.NoError(t, m.Apply(index, payload, &results))
		}
		if snapshot {
			s.Close()
		}
	}
	turn(true)
	turn(false)
	fresh := m.arena.fresh
	for range 5 {
		turn(true)
		turn(false)
		require.Equal(t, fresh, m.arena.fresh, "cells are used again")
	}
	index++
	require.NoError(t, m.Apply(index, AppendNoOp(nil, 1), &results))
	require.Empty(t, m.arena.held.chunks)
	free := uint32(0)
	for n := m.arena.free; n != 0; n = m.arena.at(n).next {
		free++
	}
	for n := m.arena.idle.pop(); n != 0; n = m.arena.idle.pop() {
		free += m.arena.cells(n)
	}
	require.Equal(t, m.arena.fresh, m.arena.used+free, "each cell is used or free")
}

// A value that was stored since is not needed, however often it is overwritten.
func TestOnlyValuesOfThenAreHeld(t *testing.T) {
	m, index := filled(t, 1000)
	s, err := m.Snapshot(math.MaxUint64)
	require.NoError(t, err)
	held := uint64(0)
	for i := range 100 {
		index++
		require.NoError(t, m.Apply(index, AppendPut(AppendHeader(nil, 1), Put{Key: numbered(8), Value: bytes.Repeat([]byte{byte(i)}, 1000)}), &Results{}))
		if i == 0 {
			held = s.Bytes()
		}
	}
	require.Equal(t, held, s.Bytes())
	require.Less(t, m.arena.fresh*cellData, uint32(1000/8*150+3000), "of the new ones two at a time")
}

// All that a snapshot has to tell goes and its segments are dropped; then other records take their places.
func TestATableShrinksAndGrowsUnderASnapshot(t *testing.T) {
	const records = 20_000
	for told := range 3 {
		m, index := filled(t, records)
		want := m.AppendState(nil)
		s, err := m.Snapshot(math.MaxUint64)
		require.NoError(t, err)
		var got []byte
		for range told {
			require.NoError(t, s.Copy())
			got = s.Append(got, len(want))
		}
		index = eachOf(t, m, index, records, func(payload []byte, n uint64) []byte { return AppendForget(payload, Forget{Key: numbered(n)}) })
		require.Zero(t, m.table.used)
		require.LessOrEqual(t, len(m.table.slots), 2, "segments are dropped")
		eachOf(t, m, index, records, func(payload []byte, n uint64) []byte {
			return AppendPut(payload, Put{Key: numbered(n + records), Value: []byte("another value")})
		})
		require.EqualValues(t, records, m.table.used)
		for s.copy(200) == nil {
			got = s.Append(got, 10_000)
		}
		require.True(t, bytes.Equal(want, got), "%d copies told before", told)
	}
}

// eachOf applies a command for each record.
func eachOf(t *testing.T, m *Machine, index, records uint64, command func(payload []byte, n uint64) []byte) uint64 {
	var results Results
	for n := uint64(0); n < records; {
		payload := AppendHeader(nil, 1)
		for range 1000 {
			payload = command(payload, n)
			n++
		}
		index++
		require.NoError(t, m.Apply(index, payload, &results))
	}
	return index
}

// What is kept is kept once: further changes of the same records allocate nothing, nor does anything when a snapshot has ended.
func TestASnapshotAllocatesForTheFirstChangeOnly(t *testing.T) {
	const records = 5000
	m, index := filled(t, records)
	s, err := m.Snapshot(math.MaxUint64)
	require.NoError(t, err)
	payload := AppendHeader(nil, 1)
	for n := range uint64(1000) {
		payload = AppendPut(payload, Put{Key: numbered(n * 5), Value: []byte("v")})
	}
	var results Results
	change := func() {
		index++
		_ = m.Apply(index, payload, &results)
	}
	for range 3 {
		change()
	}
	require.Zero(t, testing.AllocsPerRun(20, change), "while it is taken")
	piece := make([]byte, 0, 256<<10)
	piece, err = s.Next(piece)
	require.NoError(t, err)
	require.Zero(t, testing.AllocsPerRun(2, func() { piece, _ = s.Next(piece[:0]) }), "a piece")
	s.Close()
	change()
	require.Zero(t, testing.AllocsPerRun(20, change), "afterwards")
	require.Equal(t, OK, results.Answers[999].Outcome)
}
