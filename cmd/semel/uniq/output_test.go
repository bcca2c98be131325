package uniq

// Goal: what is told of the output is what is known of it, and no line is joined to another. Method: files, pipes and writers
// that fail in the middle.

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/records"
)

// file returns a new file that holds text, opened to append.
func file(t *testing.T, text string) *os.File {
	name := filepath.Join(t.TempDir(), "out")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func content(t *testing.T, f *os.File) string {
	text, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	return string(text)
}

func TestOutputsThatNobodyCanWriteToAreRefusedBeforeAClaim(t *testing.T) {
	readOnly, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer readOnly.Close()
	inItsPlace, err := os.OpenFile(os.DevNull, os.O_RDWR, 0) // as the runtime does for a closed one
	require.NoError(t, err)
	defer inItsPlace.Close()
	wanted, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer wanted.Close()
	for out, says := range map[*os.File]string{readOnly: "open to read only", inItsPlace: "standard output is closed", wanted: ""} {
		l := newLossy(1, 0)
		err := newStream(t, l, "run").copy(t.Context(), strings.NewReader("a\n"), out)
		if says == "" {
			require.NoError(t, err)
			continue
		}
		var refused *records.Refusal
		require.ErrorAs(t, err, &refused)
		require.ErrorContains(t, err, says)
		require.Empty(t, l.owners)
	}
}

func TestAReaderThatHasGoneIsNoticedBeforeAClaim(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	defer writer.Close()
	require.NoError(t, reader.Close())
	l := newLossy(1, 0)
	err = newStream(t, l, "run").copy(t.Context(), strings.NewReader("a\n"), writer)
	require.ErrorIs(t, err, errGone)
	require.Empty(t, l.owners)
}

func TestALineThatIsOpenInTheFileIsEndedFirst(t *testing.T) {
	for before, want := range map[string]string{"": "a\n", "x\n": "x\na\n", "x\npart": "x\npart\na\n"} {
		said, out := &bytes.Buffer{}, file(t, before)
		u := newStream(t, newLossy(1, 0), "run")
		u.voice = &voice{to: said}
		require.NoError(t, u.copy(t.Context(), strings.NewReader("a\n"), out))
		require.Equal(t, want, content(t, out))
		require.Equal(t, strings.HasSuffix(before, "part"), strings.Contains(said.String(), "ended within a line"))
	}
}

// half writes a part of a text to a file and fails, as a disk does that is full.
type half struct{ *os.File }

var errDiskFull = errors.New("no space left")

func (h half) Write(text []byte) (int, error) {
	n, err := h.File.Write(text[:len(text)/2])
	return n, errors.Join(errDiskFull, err)
}

func TestWhatWasWrittenInPartIsTakenBack(t *testing.T) {
	out := file(t, "before\n")
	o := newOutput(out)
	o.to = half{out}
	require.ErrorIs(t, o.put(t.Context(), []byte("a\nbcd\ne\n"), time.Minute), errDiskFull)
	require.Equal(t, "before\n", content(t, out))
	o.to = out
	require.NoError(t, o.put(t.Context(), []byte("a\n"), time.Minute))
	require.Equal(t, "before\na\n", content(t, out))
}

// meddling is half, and somebody else writes behind it.
type meddling struct{ half }

func (m meddling) Write(text []byte) (int, error) {
	n, err := m.half.Write(text)
	other, _ := os.OpenFile(m.Name(), os.O_APPEND|os.O_WRONLY, 0)
	_, _ = other.WriteString("other\n")
	return n, errors.Join(err, other.Close())
}

func TestWhatOthersWroteIsNotTakenBack(t *testing.T) {
	out := file(t, "before\n")
	u := newStream(t, newLossy(1, 0), "run")
	u.output = newOutput(out)
	u.output.to = meddling{half{out}}
	err := u.output.put(t.Context(), []byte("a\nb\n"), time.Minute)
	require.Equal(t, "before\na\nother\n", content(t, out))
	require.Contains(t, u.stopped(err).Error(), "cut it first, truncate -s 7 FILE")
}

// stuck is a reader that takes nothing.
type stuck struct{ release chan struct{} }

func (s stuck) Write(p []byte) (int, error) {
	<-s.release
	return len(p), nil
}

func TestAReaderThatTakesNothingDoesNotHoldWhoWantsToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		out := stuck{make(chan struct{})}
		defer close(out.release)
		ended := make(chan error)
		u := newStream(t, newLossy(1, 0), "run")
		go func() { ended <- u.copy(ctx, strings.NewReader("a\n"), out) }()
		synctest.Wait()
		select {
		case err := <-ended:
			require.Fail(t, "it ended though nobody wanted that", "%v", err)
		default:
		}
		cancel()
		err := <-ended
		require.ErrorIs(t, err, errStalled)
		require.ErrorContains(t, err, "stopped behind line 0")
	})
}

// What an error of the output says to do next.
func TestTheAdviceIsRightForWhatTheOutputIs(t *testing.T) {
	const input = "a\nb\n\nc\n"
	into := func(out io.Writer) string {
		u := newStream(t, newLossy(1, 0), "run")
		u.unmatched = fail
		return u.copy(t.Context(), strings.NewReader(input), out).Error()
	}
	_, pipe, err := os.Pipe()
	require.NoError(t, err)
	defer pipe.Close()
	for _, out := range []io.Writer{pipe, &bytes.Buffer{}} {
		require.Contains(t, into(out), "\n  semel uniq --run run < input")
	}
	require.Regexp(t, `stopped behind line 2: line 3 has no key: it is empty\nUp to there all is decided and in the output file.\n.*\n  semel uniq --run run --skip 2:[0-9a-f]{8} < input >> output$`, into(file(t, "")))
	u := newStream(t, newLossy(1, 0), "run")
	u.output, u.decided, u.skip = newOutput(file(t, "")), place{5, 1}, place{records: 3}
	require.Contains(t, u.stopped(&unsyncedError{errDiskFull}).Error(), "--skip 3 < input", "nobody knows what is on the disk")
}
