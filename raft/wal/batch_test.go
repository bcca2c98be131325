package wal

// Goal: what is queued is where it will stand, and a queue of many megabytes is never moved. Method: records drawn into
// batches, against a map of bytes by place, and the chunks by their addresses.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// queueMuch queues records of a size and returns an error if one queued before was moved.
func queueMuch(records, bytes int) error {
	var b batch
	at := place{1, firstRecord}
	for n := range records {
		chunk := b.room(bytes)
		room := cap(*chunk)
		*chunk = append(*chunk, make([]byte, bytes)...)
		if cap(*chunk) != room {
			return fmt.Errorf("record %d moved the chunk that it was queued in", n)
		}
		b.extend(at, bytes)
		at.off += int64(bytes)
	}
	if small := 9; len(b.spans) > small+records*bytes/(chunkBytes/2) { // the first chunks double
		return fmt.Errorf("%d records of %d bytes are written in %d pieces", records, bytes, len(b.spans))
	}
	b.reset()
	kept := 0
	for _, c := range b.spare {
		kept += cap(c)
	}
	if kept > spareChunks*chunkBytes {
		return errors.New("a batch keeps what a large one took")
	}
	return nil
}

func queueAll() error {
	return errors.Join(queueMuch(1000, 100), queueMuch(64, 1<<20), queueMuch(10, 3<<20), queueMuch(100, 300<<10))
}

// QueueAll is for mutants.
var QueueAll = queueAll

func TestWhatIsQueuedIsNeverMoved(t *testing.T) { require.NoError(t, queueAll()) }

func TestABatchIsReadWhereItWillStand(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b batch
		for range 3 {
			at, want := place{1, firstRecord}, map[place]byte{}
			for n := range rapid.IntRange(1, 30).Draw(t, "records") {
				size := rapid.SampledFrom([]int{8, 64, 3000, leastChunk, 5000}).Draw(t, "bytes")
				if rapid.IntRange(0, 5).Draw(t, "next segment") == 0 {
					at = place{at.seq + 1, firstRecord}
				}
				chunk := b.room(size)
				for k := range size {
					*chunk = append(*chunk, byte(n+k))
				}
				b.extend(at, size)
				want[place{at.seq, at.off + 5}] = byte(n + 5)
				at.off += int64(size)
			}
			for p, c := range want {
				var got [1]byte
				require.True(t, b.copyAt(got[:], p))
				require.Equal(t, c, got[0])
			}
			require.False(t, b.copyAt(make([]byte, 1), at))
			b.reset()
			require.True(t, b.empty())
		}
	})
}

func TestASteadyBatchAllocatesNothing(t *testing.T) {
	var b batch
	require.Zero(t, testing.AllocsPerRun(100, func() {
		for n := range 100 {
			chunk := b.room(1000)
			*chunk = (*chunk)[:len(*chunk)+1000]
			b.extend(place{1, int64(n) * 1000}, 1000)
		}
		b.reset()
	}))
}
