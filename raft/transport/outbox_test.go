package transport

// Goal: an outbox keeps its bounds, tells places in the stream, and gives large buffers back. Method: one outbox,
// its writer played by the test.

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnOutboxCountsWhatWaitsAndWhatIsWritten(t *testing.T) {
	body := make([]byte, 100-headerBytes)
	for name, limit := range map[string]bounds{"frames": {frames: 3}, "bytes": {bytes: 300}, "bytes, in between": {bytes: 399}} {
		t.Run(name, func(t *testing.T) {
			o := newOutbox()
			for k := range 3 {
				place, err := o.put(frameMessage, body[:40], body[40:], limit)
				require.NoError(t, err)
				require.EqualValues(t, 100*k, place)
			}
			_, err := o.put(frameMessage, nil, body, limit)
			require.Equal(t, ErrFull, err)
			b, ok := o.take()
			require.True(t, ok)
			require.Len(t, b, 300)
			_, err = o.put(frameMessage, nil, body, limit)
			require.Equal(t, ErrFull, err, "what is being written still counts")
			o.wrote(250)
			require.EqualValues(t, 250, o.sent())
			place, err := o.put(frameMessage, nil, body, limit)
			require.NoError(t, err)
			require.EqualValues(t, 300, place, "places go on")
			count, bytes := o.size()
			require.Equal(t, []int{1, 100}, []int{count, bytes})
			require.Equal(t, 1, o.close())
			_, err = o.put(frameMessage, nil, body, limit)
			require.Equal(t, errBroken, err)
			_, ok = o.take()
			require.False(t, ok)
		})
	}
}

func TestALargeBufferIsGivenBack(t *testing.T) {
	o := newOutbox()
	write := func(length int) {
		_, err := o.put(frameMessage, nil, make([]byte, length), bounds{})
		require.NoError(t, err)
		b, _ := o.take()
		o.wrote(len(b))
	}
	held := func() int { return cap(o.pending.buffer) + cap(o.writing.buffer) }
	for range 4 {
		write(3 * keepBytes)
	}
	require.GreaterOrEqual(t, held(), 6*keepBytes, "kept while it is needed")
	write(0)
	write(0)
	require.LessOrEqual(t, held(), 2*keepBytes)
}
