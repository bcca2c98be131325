package uniq

// Goal: uniq writes the first occurrences, in order and byte for byte, whatever gets lost
// on the way. Method: properties over the real client; the nodes are a table in memory
// behind a transport that loses requests and replies, refuses calls and lets them
// overtake one another. Two ways to get it wrong are run too and must be seen.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/records"
	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// lossy is nodes that share a table, and the way to them.
type lossy struct {
	mu       sync.Mutex
	draw     *rand.Rand
	trouble  int  // of 100 requests, how many meet one of the troubles
	capacity int  // keys that fit; beyond, "full"
	fresh    bool // each attempt has owners of its own: a mistake
	owners   map[string]string
	waiting  []chan struct{} // requests that another may overtake
	asked    int
}

func newLossy(seed uint64, trouble int) *lossy {
	return &lossy{draw: rand.New(rand.NewPCG(seed, 0)), trouble: trouble, capacity: 1 << 30, owners: map[string]string{}}
}

type claimText struct {
	Key   *string `json:"key"`
	Key64 []byte  `json:"key64"`
	Owner string  `json:"owner"`
}

func (l *lossy) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return respond(http.StatusNotFound, `{}`), nil // nobody says who leads
	}
	var body struct {
		Claims []claimText `json:"claims"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return nil, err
	}
	l.overtake()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	trouble := l.draw.IntN(100) < l.trouble
	kind := l.draw.IntN(3)
	switch {
	case trouble && kind == 0:
		return respond(http.StatusServiceUnavailable, `{"type":"/problems/not-applied","detail":"no leader","applied":"no"}`), nil
	case trouble && kind == 1:
		return nil, errors.New("the request is lost")
	}
	for i := range body.Claims {
		if l.fresh {
			body.Claims[i].Owner += fmt.Sprint("#", l.asked)
		}
	}
	text := l.apply(body.Claims)
	if trouble {
		return nil, errors.New("the reply is lost")
	}
	return respond(http.StatusOK, text), nil
}

// overtake lets a request wait for the next one, now and then.
func (l *lossy) overtake() {
	l.mu.Lock()
	for _, w := range l.waiting {
		close(w)
	}
	l.waiting = nil
	var mine chan struct{}
	if l.draw.IntN(100) < l.trouble {
		mine = make(chan struct{})
		l.waiting = append(l.waiting, mine)
	}
	l.mu.Unlock()
	if mine != nil {
		select {
		case <-mine:
		case <-time.After(time.Millisecond): // it was the last one
		}
	}
}

func (l *lossy) apply(claims []claimText) string {
	var results []string
	for _, c := range claims {
		key := string(c.Key64)
		if c.Key != nil {
			key = *c.Key
		}
		owner, standing := l.owners[key]
		switch {
		case standing && owner == c.Owner:
			results = append(results, `{"result":"won","replayed":true}`)
		case standing:
			results = append(results, `{"result":"duplicate"}`)
		case len(l.owners) >= l.capacity:
			results = append(results, `{"result":"full"}`)
		default:
			l.owners[key] = c.Owner
			results = append(results, `{"result":"won"}`)
		}
	}
	return `{"results":[` + strings.Join(results, ",") + `]}`
}

func respond(code int, body string) *http.Response {
	contentType := "application/json"
	if code != http.StatusOK {
		contentType = "application/problem+json"
	}
	return &http.Response{StatusCode: code, Header: http.Header{"Content-Type": {contentType}}, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body))}
}

func newStream(t require.TestingT, l *lossy, run string) *stream {
	nodes, err := cluster.New(cluster.Config{Nodes: []string{"a:1", "b:1", "c:1"}, Transport: l})
	require.NoError(t, err)
	u := &stream{run: run, patience: time.Minute, claim: nodes.ClaimBatch, unmatched: pass, last: keep, voice: &voice{}}
	return u.naming(t, records.Naming{})
}

func (u *stream) naming(t require.TestingT, n records.Naming) *stream {
	var err error
	u.format, err = n.Format()
	require.NoError(t, err)
	return u
}

var lineBytes = []string{"a", "b", "c", "dd", "é", "\xff", `"`, `\`, "\r", "\x00", " ", ""}

// drawInput draws lines with many repeats; the last may lack its newline.
func drawInput(t *rapid.T) string {
	line := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom(lineBytes), 0, 2).Draw(t, "line"), "")
	})
	input := strings.Join(rapid.SliceOfN(line, 0, 60).Draw(t, "lines"), "\n")
	if rapid.Bool().Draw(t, "ends") {
		input += "\n"
	}
	return input
}

// firsts is the truth: each text once, blank ones always, every line with a newline.
func firsts(input string) string {
	var out strings.Builder
	seen := map[string]bool{}
	before := ""
	for line := range strings.Lines(input) {
		name := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if !strings.HasSuffix(line, "\n") {
			if strings.HasSuffix(before, "\r\n") && !strings.HasSuffix(line, "\r") {
				line += "\r"
			}
			line += "\n"
		}
		if before = line; strings.TrimSpace(name) == "" || !seen[name] {
			seen[name] = true
			out.WriteString(line)
		}
	}
	return out.String()
}

// pieces is a reader of an input that comes in pieces of some bytes.
type pieces struct {
	text string
	most int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.text == "" {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.most)], p.text)
	p.text = p.text[n:]
	return n, nil
}

type checked interface {
	require.TestingT
	Helper()
}

// exact runs a stream over an input and returns what was written if it is not the truth.
func exact(t checked, u *stream, input string, piece int) (written string, ok bool) {
	var out bytes.Buffer
	require.NoError(t, u.copy(context.Background(), &pieces{input, piece}, &out))
	c := &u.counts
	require.Equal(t, c.lines, c.first+c.seen+c.unmatched)
	require.Empty(t, u.open, "keys that are decided are forgotten")
	require.EqualValues(t, len(strings.SplitAfter(input, "\n"))-boolInt(input == "" || strings.HasSuffix(input, "\n")), c.lines)
	return out.String(), out.String() == firsts(input)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestUniqWritesTheFirstOccurrencesInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input := drawInput(t)
		l := newLossy(rapid.Uint64().Draw(t, "seed"), 20)
		u := newStream(t, l, "run")
		u.mostLines = rapid.IntRange(1, 9).Draw(t, "lines of a batch")
		written, ok := exact(t, u, input, rapid.IntRange(1, 50).Draw(t, "piece"))
		require.True(t, ok, "wrote %q of %q", written, input)

		again := newStream(t, l, "run")
		written, ok = exact(t, again, input, 1000)
		require.True(t, ok, "the same run again wrote %q of %q", written, input)
		other := newStream(t, l, "another")
		other.unmatched = drop
		written, _ = exact(t, other, input, 1000)
		require.Empty(t, written, "another run")
	})
}

// Two programs that read the same lines at once write each of them once, together.
func TestTwoProgramsWriteEachLineOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input := drawInput(t)
		if !strings.HasSuffix(input, "\n") {
			input += "\n"
		}
		l := newLossy(rapid.Uint64().Draw(t, "seed"), 20)
		var outs [2]bytes.Buffer
		var errs [2]error
		var both sync.WaitGroup
		for i := range outs {
			u := newStream(t, l, fmt.Sprint("run ", i))
			u.mostLines = 3
			u.unmatched = []choice{pass, drop}[i] // both would write lines without a key
			both.Go(func() { errs[i] = u.copy(context.Background(), strings.NewReader(input), &outs[i]) })
		}
		both.Wait()
		require.NoError(t, errors.Join(errs[:]...))
		together := strings.SplitAfter(outs[0].String()+outs[1].String(), "\n")
		require.ElementsMatch(t, strings.SplitAfter(firsts(input), "\n"), together)
	})
}

func TestLinesWithAndWithoutNewlines(t *testing.T) {
	for input, want := range map[string]string{
		"": "", "\n": "\n", "\n\n": "\n\n", "a": "a\n", "a\na": "a\n", "a\nb": "a\nb\n", "\nb\n\n": "\nb\n\n", "a\r\na": "a\r\n", "a\r\nb": "a\r\nb\r\n", "a\r\nb\r": "a\r\nb\r\n",
		"\x00\n\x00": "\x00\n", "\xff\n\xfe\n\xff": "\xff\n\xfe\n",
	} {
		for piece := range 4 {
			written, ok := exact(t, newStream(t, newLossy(1, 0), "run"), input, piece+1)
			require.True(t, ok, "%q", input)
			require.Equal(t, want, written)
		}
	}
}

// mistake runs streams that are made wrong until one is seen to be.
func mistake(t *testing.T, spoil func(*stream, *lossy)) {
	for seed := range uint64(300) {
		l := newLossy(seed, 30)
		u := newStream(t, l, "run")
		u.mostLines = 3
		spoil(u, l)
		if _, ok := exact(t, u, "a\nb\nc\nd\ne\na\nb\nc\nd\ne\nf\ng\nh\na\nf\n", 1000); !ok {
			return
		}
	}
	require.Fail(t, "300 streams of a wrong uniq were all right: the property above shows nothing")
}

func TestFreshOwnersOnARepeatWouldBeSeen(t *testing.T) {
	mistake(t, func(_ *stream, l *lossy) { l.fresh = true })
}

func TestBatchesThatOvertakeOneAnotherWouldBeSeen(t *testing.T) {
	mistake(t, func(u *stream, _ *lossy) {
		find := u.format.Find
		u.format.Find = func(text []byte) ([]byte, *records.Absence) {
			clear(u.open) // every key is claimed again, also one that is not decided
			return find(text)
		}
	})
}

func TestOfAnInputThatIsNoLinesNothingIsClaimed(t *testing.T) {
	l, out := newLossy(1, 0), &bytes.Buffer{}
	err := newStream(t, l, "run").copy(t.Context(), strings.NewReader("\xfd7zXZ\x00\nmore\n"), out)
	var refused *records.Refusal
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, "xz -dc FILE | semel uniq")
	require.Empty(t, l.owners)
	require.Empty(t, out.String())
}

func TestKeysOfLinesDecideAndOthersAreCounted(t *testing.T) {
	input := "1 a\n\n2 b\n1 c\nx\n2 d\n"
	for unmatched, want := range map[choice]string{pass: "1 a\n\n2 b\nx\n", drop: "1 a\n2 b\n"} {
		u := newStream(t, newLossy(1, 0), "run").naming(t, records.Naming{Key: `/^(\d) /`})
		u.unmatched = unmatched
		var out bytes.Buffer
		require.NoError(t, u.copy(t.Context(), strings.NewReader(input), &out))
		require.Equal(t, want, out.String())
		how := map[choice]string{drop: "left out", pass: "written"}[unmatched]
		require.Equal(t, "6 lines: 2 first seen, 2 seen before, 2 without a key ("+how+")", u.counts.String())
	}
}

// When the cluster is full what is decided is written, and the rest is written by the
// command that the error names, when there is room.
func TestAFullClusterStopsUniqBehindWhatIsDecided(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(1, 0)
		l.capacity = 5
		u := newStream(t, l, "run")
		u.mostLines = 2
		input := "a\nb\na\nc\nd\ne\nb\nf\ng\na\nh\n"
		var out bytes.Buffer
		began := time.Now()
		err := u.copy(t.Context(), strings.NewReader(input), &out)
		var ended *StoppedError
		require.ErrorAs(t, err, &ended)
		require.ErrorIs(t, err, exit.ErrFull)
		require.GreaterOrEqual(t, time.Since(began), time.Minute, "it is patient")
		var line int64
		_, scanned := fmt.Sscanf(err.Error(), "uniq: stopped behind line %d", &line)
		require.NoError(t, scanned)
		require.Equal(t, firsts(strings.Join(strings.SplitAfter(input, "\n")[:line], "")), out.String(), "all of the lines up to %d", line)
		require.NotContains(t, out.String(), "h")

		l.capacity = 100
		rest := newStream(t, l, "run")
		rest.skip.records = line
		require.NoError(t, rest.copy(t.Context(), strings.NewReader(input), &out))
		require.Equal(t, firsts(input), out.String())
	})
}

func TestRoomThatComesInTimeIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLossy(1, 0)
		l.capacity = 1
		time.AfterFunc(30*time.Second, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.capacity = 100
		})
		var out bytes.Buffer
		require.NoError(t, newStream(t, l, "run").copy(t.Context(), strings.NewReader("a\nb\na\n"), &out))
		require.Equal(t, "a\nb\n", out.String())
	})
}

// While a full cluster is waited for the window of a win may end, and another win the key.
func TestAWinOfAFullBatchStaysOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newStream(t, newLossy(1, 0), "run")
		rounds := [][]dedup.Outcome{{dedup.Won, dedup.Full, dedup.Duplicate}, {dedup.Duplicate, dedup.Won, dedup.Won}}
		u.claim = func(context.Context, *cluster.Batch) (answers []cluster.Answer, err error) {
			for _, outcome := range rounds[0] {
				answers = append(answers, cluster.Answer{Outcome: outcome})
			}
			rounds = rounds[1:]
			return answers, nil
		}
		var out bytes.Buffer
		require.NoError(t, u.copy(t.Context(), strings.NewReader("a\nb\nc\n"), &out))
		require.Equal(t, "a\nb\nc\n", out.String())
	})
}

func TestAClusterThatIsAwayStopsUniq(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		err := newStream(t, newLossy(1, 100), "run").copy(t.Context(), strings.NewReader("a\nb\n"), &out)
		require.ErrorContains(t, err, "stopped behind line 0")
		var unavailable *cluster.UnavailableError
		require.ErrorAs(t, err, &unavailable)
	})
}

// endless is input that goes on after it stops for a while.
type endless struct{ lines chan string }

func (e endless) Read(b []byte) (int, error) {
	line, open := <-e.lines
	if !open {
		return 0, io.EOF
	}
	return copy(b, line), nil
}

// Lines that come slowly are written as they come; an interrupt ends the waiting.
func TestAnInterruptedUniqSaysHowToGoOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		in, out := endless{make(chan string)}, &bytes.Buffer{}
		u := newStream(t, newLossy(1, 0), "run")
		ended := make(chan error)
		go func() { ended <- u.copy(ctx, in, out) }()
		for i, want := range []string{"a\n", "a\nb\n", "a\nb\n"} {
			in.lines <- []string{"a\n", "b\n", "a\nc"}[i]
			synctest.Wait()
			require.Equal(t, want, out.String())
		}
		cancel()
		err := <-ended
		require.ErrorContains(t, err, "stopped behind line 3: interrupted")
		close(in.lines) // lets the reader end
	})
}

type brokenPipe struct{ left int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left--; b.left < 0 {
		return 0, errors.New("no space left")
	}
	return len(p), nil
}

func TestOutputThatBreaksIsNotCountedAsWritten(t *testing.T) {
	u := newStream(t, newLossy(1, 0), "run")
	u.mostLines = 2
	err := u.copy(t.Context(), strings.NewReader("a\nb\nc\nd\ne\nf\n"), &brokenPipe{left: 2})
	require.ErrorContains(t, err, "stopped behind line 4: write the output")
	require.ErrorContains(t, err, "no space left")
}

func TestInputThatBreaksIsTold(t *testing.T) {
	var out bytes.Buffer
	u := newStream(t, newLossy(1, 0), "run")
	err := u.copy(t.Context(), io.MultiReader(strings.NewReader("a\nb\nc"), brokenInput{}), &out)
	require.ErrorContains(t, err, "stopped behind line 2: read the input: bad sector")
	require.Equal(t, "a\nb\n", out.String())
}

// x is an input that is one letter without an end.
type x struct{}

func (x) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

func TestALineWithoutAnEndIsNotKeptForEver(t *testing.T) {
	u := newStream(t, newLossy(1, 0), "run")
	var out bytes.Buffer
	err := u.copy(t.Context(), io.MultiReader(strings.NewReader("a\n"), x{}), &out)
	require.ErrorContains(t, err, "stopped behind line 1: read the input: the line behind 1 is longer than 64 MiB")
	require.Equal(t, "a\n", out.String())
}

type brokenInput struct{}

func (brokenInput) Read([]byte) (int, error) { return 0, errors.New("bad sector") }
