package uniq

// Goal: a run that ends anywhere loses nothing: under the same name, into a file or a pipe, the first occurrences come out,
// exactly; and another input under the name is answered as another's. Method: properties over streams that are ended at a drawn
// call, before or behind its claims, and gone on with as the error says. A run that is made wrong must be seen.

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/cmd/semel/records"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

var errKilled = errors.New("killed")

// killedAt ends a stream at its nth call: all that come behind are not made; of the nth the claims stand, or not.
func (u *stream) killedAt(n int, applied bool) {
	claim, calls := u.claim, make(chan int, 1)
	calls <- 0
	u.claim = func(ctx context.Context, b *cluster.Batch) ([]cluster.Answer, error) {
		call := <-calls + 1
		calls <- call
		if call < n || call == n && applied {
			if answers, err := claim(ctx, b); call < n || err != nil {
				return answers, err
			}
		}
		return nil, errKilled
	}
}

// forgetful keeps the first bytes of what is written to it, as a reader does that goes away.
type forgetful struct {
	bytes.Buffer
	most int
}

func (f *forgetful) Write(p []byte) (int, error) {
	if n := min(len(p), f.most-f.Len()); n < len(p) {
		f.Buffer.Write(p[:n])
		return len(p), nil // a pipe takes what its reader never reads
	}
	return f.Buffer.Write(p)
}

// endsSomewhere runs an input into out and ends it at a drawn call, if it comes to that.
func endsSomewhere(t *rapid.T, u *stream, input string, out io.Writer) error {
	u.mostLines = rapid.IntRange(1, 9).Draw(t, "lines of a batch")
	u.killedAt(rapid.IntRange(1, 12).Draw(t, "calls"), rapid.Bool().Draw(t, "applied"))
	return u.copy(context.Background(), &pieces{input, rapid.IntRange(1, 50).Draw(t, "piece")}, out)
}

// Whatever the first reader has got: it, or another one, gets all from the same run.
func TestARunAloneBringsBackWhatAPipeLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input, l := drawInput(t), newLossy(1, 0)
		for range rapid.IntRange(1, 3).Draw(t, "starts") {
			err := endsSomewhere(t, newStream(t, l, "run"), input, &forgetful{most: rapid.IntRange(0, 30).Draw(t, "read")})
			if err != nil {
				require.ErrorIs(t, err, errKilled)
				require.Contains(t, err.Error(), "semel uniq --run run < input")
				require.NotContains(t, err.Error(), "--skip")
			}
		}
		written, ok := exact(t, newStream(t, l, "run"), input, 1000)
		require.True(t, ok, "wrote %q of %q", written, input)
	})
}

// goesOn returns the place that the error of a stopped run into a file names.
func goesOn(t require.TestingT, err error) (at place) {
	var stopped *StoppedError
	require.ErrorAs(t, err, &stopped)
	require.Contains(t, err.Error(), "append:\n  semel uniq --run run")
	if _, word, found := strings.Cut(err.Error(), "--skip "); found {
		require.NoError(t, at.Set(strings.Fields(word)[0]))
	}
	return at
}

func TestARunIntoAFileGoesOnBehindWhatIsWritten(t *testing.T) {
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		input, l := drawInput(t), newLossy(1, 0)
		name := filepath.Join(folder, "out")
		require.NoError(t, os.RemoveAll(name))
		into := func(run func(*stream, *os.File) error, at place) error {
			out, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
			require.NoError(t, err)
			defer out.Close()
			u := newStream(t, l, "run")
			u.skip = at
			return run(u, out)
		}
		at := place{}
		for range 3 {
			err := into(func(u *stream, out *os.File) error { return endsSomewhere(t, u, input, out) }, at)
			if err == nil {
				at = place{-1, 0}
				break
			}
			at = goesOn(t, err)
		}
		if at.records >= 0 {
			require.NoError(t, into(func(u *stream, out *os.File) error {
				return u.copy(context.Background(), strings.NewReader(input), out)
			}, at))
		}
		got, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Equal(t, firsts(input), string(got))
	})
}

// answersAnother reports whether a run's second input is answered rightly: what is the same from the beginning on as it was,
// everything behind as another run's.
func answersAnother(t require.TestingT, first, second string, spoil func(*stream)) bool {
	l := newLossy(1, 0)
	tell := func(input string) string {
		var out bytes.Buffer
		u := newStream(t, l, "run")
		u.unmatched = drop
		spoil(u)
		require.NoError(t, u.copy(context.Background(), strings.NewReader(input), &out))
		return out.String()
	}
	tell(first)
	seen := map[string]bool{}
	for line := range strings.Lines(first) {
		seen[line] = true
	}
	var want strings.Builder
	told, before := map[string]bool{}, strings.SplitAfter(first, "\n")
	alike := true
	for i, line := range strings.SplitAfter(second, "\n") {
		alike = alike && i < len(before) && before[i] == line
		if line != "\n" && !told[line] && (alike || !seen[line]) {
			want.WriteString(line)
		}
		told[line] = true
	}
	return tell(second) == want.String()
}

var linesOfFew = rapid.Map(rapid.SliceOfN(rapid.SampledFrom([]string{"a\n", "b\n", "c\n", "d\n", "e\n"}), 0, 10), func(lines []string) string {
	return strings.Join(lines, "")
})

func TestAnotherInputUnderTheNameIsAnsweredAsAnothers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head := linesOfFew.Draw(t, "head")
		first, second := head+linesOfFew.Draw(t, "first"), head+linesOfFew.Draw(t, "second")
		require.True(t, answersAnother(t, first, second, func(*stream) {}), "%q and then %q", first, second)
	})
}

// An owner that is the run and the record's number, as it once was, answers another input with the old one's verdicts.
func TestOwnersWithoutTheDigestWouldBeSeen(t *testing.T) {
	const first, second = "h\na\nb\n", "x\nh\nb\na\n"
	require.True(t, answersAnother(t, first, second, func(*stream) {}))
	require.False(t, answersAnother(t, first, second, func(u *stream) {
		find := u.format.Find
		u.format.Find = func(text []byte) ([]byte, *records.Absence) {
			u.chain.sum = sha256.Sum256(fmt.Append(nil, u.run, u.read))
			return find(text)
		}
	}))
}

func TestARunThatWasHereBeforeSaysSo(t *testing.T) {
	l, said := newLossy(1, 0), &bytes.Buffer{}
	for range 2 {
		said.Reset()
		u := newStream(t, l, "nightly")
		u.voice = &voice{to: said}
		require.NoError(t, u.copy(t.Context(), strings.NewReader("a\nb\n"), io.Discard))
	}
	require.Equal(t, 1, strings.Count(said.String(), "run nightly was here before"))
}

func TestANameIsSaidBeforeTheFirstClaim(t *testing.T) {
	said := &bytes.Buffer{}
	u := newStream(t, newLossy(1, 0), "DRAWN")
	u.voice, u.drawn = &voice{to: said}, true
	claim := u.claim
	u.claim = func(ctx context.Context, b *cluster.Batch) ([]cluster.Answer, error) {
		require.Contains(t, said.String(), "--run DRAWN")
		return claim(ctx, b)
	}
	require.NoError(t, u.copy(t.Context(), strings.NewReader("a\nb\n"), io.Discard))
	require.Equal(t, 1, strings.Count(said.String(), "--run DRAWN"))
}

func TestAPlaceOfAnotherInputIsRefused(t *testing.T) {
	l := newLossy(1, 0)
	mark := func(run, input string) uint32 {
		c := newChain(run)
		for line := range strings.Lines(input) {
			c.add(records.TextOf([]byte(line)))
		}
		return c.mark()
	}
	at := place{2, mark("run", "a\nb\n")}
	for input, says := range map[string]string{"a\nb\nc\n": "", "a\nx\nc\n": "are not those that were decided", "a\n": "the input is over after 1 lines", "": "the input is over"} {
		var out bytes.Buffer
		u := newStream(t, l, "run")
		u.skip = at
		err := u.copy(t.Context(), strings.NewReader(input), &out)
		if says == "" {
			require.NoError(t, err)
			require.Equal(t, "c\n", out.String())
			continue
		}
		var refused *records.Refusal
		require.ErrorAs(t, err, &refused)
		require.ErrorContains(t, err, says)
	}
	other := newStream(t, l, "other")
	other.skip = at
	require.ErrorContains(t, other.copy(t.Context(), strings.NewReader("a\nb\nc\n"), io.Discard), "the same --run")
	for _, word := range []string{"-1", "x", "1:", "1:zz", "1:0", "1:123456789", "", "99999999999999999999"} {
		require.Error(t, (&place{}).Set(word), word)
	}
	var read place
	require.NoError(t, read.Set(at.String()))
	require.Equal(t, at, read)
}

// A last line that was cut off, and comes whole later, is an event of its own.
func TestALastLineThatWasCutOff(t *testing.T) {
	for last, row := range map[choice]struct{ first, second, says string }{
		keep: {"a\nb\n", "a\nb2\n", "taken as whole"},
		drop: {"a\n", "a\nb2\n", "not claimed and not written"},
		fail: {"a\n", "a\nb2\n", "stopped behind line 1: the input ends within a line"},
	} {
		l, said := newLossy(1, 0), &bytes.Buffer{}
		tell := func(input string) string {
			var out bytes.Buffer
			u := newStream(t, l, "run")
			u.last, u.voice = last, &voice{to: said}
			if err := u.copy(t.Context(), strings.NewReader(input), &out); err != nil {
				fmt.Fprint(said, err)
			}
			return out.String()
		}
		require.Equal(t, row.first, tell("a\nb"), last)
		require.Contains(t, said.String(), row.says)
		require.Equal(t, row.second, tell("a\nb2\n"), "%s: the rest has come", last)
	}
}

// Who is interrupted behind a last line that was cut off does not go on behind it: its rest may come.
func TestALastLineThatWasCutOffIsNotSkipped(t *testing.T) {
	for input, behind := range map[string]string{"a\nb": "1 ", "a\nb\n": "2:"} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			out := file(t, "")
			u := newStream(t, newLossy(1, 0), "run")
			claim := u.claim
			u.claim = func(ctx context.Context, b *cluster.Batch) ([]cluster.Answer, error) {
				cancel()
				synctest.Wait() // until the loop has noticed
				return claim(ctx, b)
			}
			err := u.copy(ctx, strings.NewReader(input), out)
			require.ErrorContains(t, err, "interrupted")
			require.Equal(t, "a\nb\n", content(t, out))
			require.ErrorContains(t, err, "--skip "+behind)
		})
	}
}
