package redis

// Goal: the reader finds the same requests however a stream is cut, never panics,
// holds no more than arrived and makes no garbage. Method: fuzzing against itself
// with the stream in one piece, and what Redis's own format says of good streams.

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// cut gives a stream in pieces of the sizes that are asked for, in turn.
type cut struct {
	stream []byte
	sizes  []byte
	reads  int
}

func (c *cut) Read(p []byte) (int, error) {
	if len(c.stream) == 0 {
		return 0, io.EOF
	}
	size := len(p)
	if len(c.sizes) > 0 {
		size = 1 + int(c.sizes[c.reads%len(c.sizes)])
	}
	c.reads++
	n := copy(p[:min(size, len(p))], c.stream)
	c.stream = c.stream[n:]
	return n, nil
}

// readAll returns every request, as text, and how the stream ended.
func readAll(stream, sizes []byte) (all []string, end string) {
	r := newReader()
	for from := (&cut{stream: stream, sizes: sizes}); r.fill(from) == nil; r.ahead(func(int) bool { return true }) {
		for {
			request, err := r.next()
			if err != nil {
				return all, err.Error()
			}
			if request == nil {
				break
			}
			all = append(all, fmt.Sprintf("%q", request))
		}
	}
	return all, fmt.Sprint(len(r.buf)-r.start, " bytes left")
}

func FuzzReader(f *testing.F) {
	f.Add([]byte("*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n*0\r\n"), []byte{0})
	f.Add([]byte("*1\r\n$-1\r\n"), []byte{3, 1})
	f.Add([]byte("SET k v\n*3\r\n$0\r\n\r\n$2\r\n\r\n\r\n"), []byte{0, 7})
	f.Fuzz(func(t *testing.T, stream, sizes []byte) {
		whole, wholeEnd := readAll(stream, nil)
		pieces, piecesEnd := readAll(stream, sizes)
		require.Equal(t, whole, pieces)
		require.Equal(t, wholeEnd, piecesEnd)
	})
}

func TestRequestsAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests := rapid.SliceOf(rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 0, 300), 1, 20)).Draw(t, "requests")
		sizes := rapid.SliceOf(rapid.Byte()).Draw(t, "sizes")
		var stream []byte
		var want []string
		for _, request := range requests {
			stream = fmt.Appendf(stream, "*%d\r\n", len(request))
			for _, argument := range request {
				stream = fmt.Appendf(stream, "$%d\r\n%s\r\n", len(argument), argument)
			}
			want = append(want, fmt.Sprintf("%q", request))
		}
		all, end := readAll(stream, sizes)
		require.Equal(t, want, all)
		require.Equal(t, "0 bytes left", end)
	})
}

func TestWhatIsAnnouncedReservesNothing(t *testing.T) {
	r := newReader()
	require.NoError(t, r.fill(strings.NewReader("*8000\r\n$3\r\nGET\r\n$520000\r\nx")))
	request, err := r.next()
	require.NoError(t, err)
	require.Nil(t, request)
	require.LessOrEqual(t, cap(r.buf), 2*firstBufferBytes)
	require.LessOrEqual(t, cap(r.spans)+cap(r.request), 16)
}

func TestTheBufferIsGivenBack(t *testing.T) {
	r := newReader()
	argument := strings.Repeat("x", 500<<10)
	from := strings.NewReader("*1\r\n$512000\r\n" + argument + "\r\nPING\r\n")
	for {
		require.NoError(t, r.fill(from))
		if request, err := r.next(); request != nil {
			require.NoError(t, err)
			require.Equal(t, argument, string(request[0]))
			break
		}
	}
	require.Greater(t, cap(r.buf), 500<<10)
	for request, _ := r.next(); request == nil; request, _ = r.next() {
		require.NoError(t, r.fill(from))
	}
	require.NoError(t, r.fill(strings.NewReader("PING\r\n")))
	require.LessOrEqual(t, cap(r.buf), 2*firstBufferBytes)
}

func TestParseInteger(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "7": 7, "-1": -1, "9223372036854775807": math.MaxInt64, "-9223372036854775807": -math.MaxInt64} {
		n, ok := parseInteger([]byte(text))
		require.True(t, ok, text)
		require.Equal(t, want, n)
	}
	for _, text := range []string{"", "-", "-0", "+1", " 1", "1 ", "01", "1x", "9223372036854775808", "18446744073709551616", "99999999999999999999"} {
		_, ok := parseInteger([]byte(text))
		require.False(t, ok, text)
	}
}

func TestReadingMakesNoGarbage(t *testing.T) {
	r := newReader()
	stream := bytes.Repeat([]byte("*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n$2\r\nNX\r\n$3\r\nGET\r\n"), 100)
	from := bytes.NewReader(nil)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		from.Reset(stream)
		for r.fill(from) == nil {
			for more := true; more; {
				request, err := r.next()
				more = request != nil && err == nil
			}
		}
	}))
}
