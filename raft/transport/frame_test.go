package transport

// Goal: a frame is read back exactly, however the network cuts it; any flipped bit is found; what a header
// announces reserves nothing. Method: the reader over bytes in memory, every bit of a frame flipped, and a
// fuzzer.

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// frameRead is one frame as it was read; the body is a copy.
type frameRead struct {
	t    frameType
	body []byte
}

// readFrames reads frames until the first error.
func readFrames(r *frameReader) (all []frameRead, err error) {
	for {
		t, body, err := r.next()
		if err != nil {
			return all, err
		}
		all = append(all, frameRead{t, append([]byte{}, body...)})
	}
}

func TestFramesAreReadAsTheyWereWritten(t *testing.T) {
	var stream []byte
	var written []frameRead
	for k, length := range []int{0, 1, 2, 100, readBytes - headerBytes, readBytes, 3, 3*readBytes + 1, 0, 2 * keepBytes, 7} {
		body := bytes.Repeat([]byte{byte(k + 1)}, length)
		stream = appendFrame(stream, frameType(k), body[:length/3], body[length/3:])
		written = append(written, frameRead{frameType(k), append([]byte{}, body...)})
	}
	for name, cut := range map[string]func(io.Reader) io.Reader{
		"whole":              func(r io.Reader) io.Reader { return r },
		"a byte at a time":   iotest.OneByteReader,
		"half of each read":  iotest.HalfReader,
		"the end with bytes": iotest.DataErrReader,
	} {
		t.Run(name, func(t *testing.T) {
			r := frameReader{from: cut(bytes.NewReader(stream))}
			read, err := readFrames(&r)
			require.Equal(t, io.EOF, err)
			require.Equal(t, written, read)
			require.Len(t, r.buffer, readBytes, "a large buffer is given up")
		})
	}
}

func TestEveryFlippedBitIsFound(t *testing.T) {
	clean := appendFrame(nil, frameMessage, []byte("head"), []byte("and tail"))
	behind := appendFrame(nil, framePulse, nil, nil)
	for bit := range 8 * len(clean) {
		stream := append(bytes.Clone(clean), behind...)
		stream[bit/8] ^= 1 << (bit % 8)
		read, err := readFrames(&frameReader{from: bytes.NewReader(stream)})
		require.ErrorIs(t, err, ErrFrame, "bit %d", bit)
		require.Empty(t, read, "bit %d", bit)
	}
}

func TestAStreamThatEndsWithinAFrame(t *testing.T) {
	clean := appendFrame(nil, frameMessage, []byte("head"), []byte("and tail"))
	for n := 1; n < len(clean); n++ {
		_, err := readFrames(&frameReader{from: bytes.NewReader(clean[:n])})
		require.Equal(t, io.ErrUnexpectedEOF, err, "after %d bytes", n)
	}
}

// announce is a header alone.
func announce(length uint32) []byte {
	frame := appendFrame(nil, frameMessage, nil, nil)
	order.PutUint32(frame, length)
	putCheck(frame, 0)
	return frame
}

func TestAnnouncedBytesReserveNothing(t *testing.T) {
	r := frameReader{from: bytes.NewReader(append(announce(MaxFrameBytes), "a few bytes"...))}
	_, err := readFrames(&r)
	require.Equal(t, io.ErrUnexpectedEOF, err)
	require.Len(t, r.buffer, readBytes)

	const arrived = 3 << 20
	r = frameReader{from: bytes.NewReader(append(announce(MaxFrameBytes), make([]byte, arrived)...))}
	_, err = readFrames(&r)
	require.Equal(t, io.ErrUnexpectedEOF, err)
	require.LessOrEqual(t, len(r.buffer), 2*arrived, "the buffer follows what arrived")
}

func TestAFrameAboveTheBoundIsRefusedAtItsHeader(t *testing.T) {
	_, err := readFrames(&frameReader{from: bytes.NewReader(announce(MaxFrameBytes + 1))})
	require.ErrorIs(t, err, ErrFrame)
	require.ErrorContains(t, err, "a body of 67108865 bytes, at most 67108864")
}

// FuzzFrames: whatever arrives, the reader does not panic, holds no more than twice what came, and what it
// takes for frames are the bytes that came.
func FuzzFrames(f *testing.F) {
	f.Add([]byte(nil), uint8(1))
	f.Add(announce(MaxFrameBytes), uint8(3))
	f.Add(appendFrame(appendFrame(nil, frameMessage, []byte("one"), nil), framePulse, nil, []byte("two")), uint8(5))
	f.Fuzz(func(t *testing.T, stream []byte, cut uint8) {
		r := frameReader{from: &cutReader{bytes.NewReader(stream), int(cut) + 1}}
		read, err := readFrames(&r)
		require.Error(t, err)
		require.LessOrEqual(t, len(r.buffer), max(readBytes, 2*len(stream)))
		var again []byte
		for _, frame := range read {
			again = appendFrame(again, frame.t, frame.body, nil)
		}
		require.True(t, bytes.HasPrefix(stream, again))
	})
}

// cutReader returns no more than most bytes at a time.
type cutReader struct {
	io.Reader
	most int
}

func (c *cutReader) Read(b []byte) (int, error) { return c.Reader.Read(b[:min(len(b), c.most)]) }
