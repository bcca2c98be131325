package bench

// Goal: the load is what it says, and a service that breaks its promise fails the run. Method: runs of some
// thousand claims, however long they take, against a Redis door of few lines, honest or with one seeded fault each.

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fake is a Redis door that knows SET NX. answer, where not nil, takes the place of its answer to the nth claim.
type fake struct {
	mu     sync.Mutex
	keys   map[string]bool
	claims int
	conns  int
	answer func(n int, first bool) string

	enough atomic.Bool // as many were claimed as the test wants
	most   int         // that many; 0: mostClaims
	lanes  int         // over so many connections
}

// mostClaims is so many that each seeded fault meets some hundred keys.
const mostClaims = 5000

func (f *fake) serve(t *testing.T) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	f.keys = map[string]bool{}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.conns++
			f.mu.Unlock()
			go f.talk(conn)
		}
	}()
	return listener.Addr().String()
}

const claimLines = 13 // one array, six strings of two lines each

func (f *fake) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	lines := bufio.NewReader(conn)
	for {
		var words []string
		for range claimLines {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			words = append(words, strings.TrimSpace(line))
		}
		reply := f.claim(words[4])
		if reply == "" {
			return
		}
		if _, err := io.WriteString(conn, reply); err != nil {
			return
		}
	}
}

func (f *fake) claim(key string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := !f.keys[key] && len(key) == keyBytes
	f.keys[key] = true
	f.claims++
	f.enough.Store(f.claims >= cmp.Or(f.most, mostClaims) && f.conns >= f.lanes)
	if f.answer != nil {
		return f.answer(f.claims, first)
	}
	return honest(f.claims, first)
}

func honest(_ int, first bool) string {
	if first {
		return "+OK\r\n"
	}
	return "$-1\r\n"
}

// load is one that ends when f has had enough.
func (f *fake) load(t *testing.T, callers int) Load {
	l := short(callers, f.serve(t))
	l.enough = &f.enough
	return l
}

func short(callers int, address string) Load {
	return Load{Redis: []string{address}, Callers: callers, Connections: 4, Repeats: 0.2, Duration: time.Minute}
}

func TestRunCountsEveryAnswerOnce(t *testing.T) {
	f := &fake{lanes: 4}
	result, err := f.load(t, 10).Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, 4, result.Connections)
	require.Equal(t, 4, f.conns)
	require.Empty(t, result.Errors)
	require.Positive(t, result.Duplicate)
	require.Equal(t, result.Won+result.Duplicate, result.Claims)
	require.Equal(t, result.Claims, int64(f.claims), "what was on its way at the end was waited for")
	require.InDelta(t, 0.2, float64(result.Duplicate)/float64(result.Claims), 0.05)
	require.Positive(t, result.P50)
	require.LessOrEqual(t, result.P50, result.P99)
	require.LessOrEqual(t, result.P99, result.Max)
}

func TestWarmUpDoesNotCount(t *testing.T) {
	f := &fake{most: 100}
	load := f.load(t, 1)
	load.Warmup = time.Hour
	result, err := load.Run(context.Background())
	require.ErrorContains(t, err, "nothing was answered")
	require.GreaterOrEqual(t, f.claims, 100)
	require.Zero(t, result.Claims)
}

func TestAnswersCountFromTheEndOfTheWarmUpToTheEnd(t *testing.T) {
	from := time.Now()
	for after, counted := range map[time.Duration]int64{-1: 0, 0: 1, time.Minute - 1: 1, time.Minute: 0} {
		r := &run{book: newBook(), from: from, to: from.Add(time.Minute)}
		l := newLane(r, 0, 1, []string{""}, newTally())
		l.ask(from.Add(-time.Hour))
		l.in = append(l.in, "+OK\r\n"...)
		_, err := l.answers(from.Add(after))
		require.NoError(t, err)
		require.Equal(t, counted, l.tally.answered(), after)
	}
}

func TestABrokenPromiseFailsTheRun(t *testing.T) {
	for name, answer := range map[string]func(n int, first bool) string{
		"a key won twice": func(n int, first bool) string { return honest(n, first || n%50 == 0) },
		"a key that nobody won is a duplicate": func(n int, first bool) string {
			return honest(n, first && n%50 != 0)
		},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := (&fake{answer: answer}).load(t, 8).Run(context.Background())
			require.ErrorIs(t, err, ErrBroken)
			require.Positive(t, result.Claims)
		})
	}
}

func TestALostAnswerIsNoVerdict(t *testing.T) {
	f := &fake{answer: func(n int, first bool) string {
		if n%100 == 0 {
			return "" // the connection ends after the claim was taken
		}
		return honest(n, first)
	}}
	result, err := f.load(t, 8).Run(context.Background())
	require.NoError(t, err, "the claims on their way may have won")
	require.Positive(t, result.Errors["connection broke"])
}

func TestErrorsAreCountedByKind(t *testing.T) {
	f := &fake{answer: func(n int, first bool) string {
		switch {
		case n%10 == 0:
			return "-UNCERTAIN may have been applied\r\n"
		case n%10 == 5 && first:
			return "-UNCERTAIN may have been applied\r\n"
		}
		return honest(n, first)
	}}
	result, err := f.load(t, 4).Run(context.Background())
	require.NoError(t, err, "an unknown outcome may be a win")
	require.Positive(t, result.Errors["UNCERTAIN"])

	f = &fake{answer: func(int, bool) string { return "-LOADING not yet\r\n" }, most: 50} // a caller that is refused pauses
	result, err = f.load(t, 4).Run(context.Background())
	require.ErrorContains(t, err, "nothing was answered")
	require.Positive(t, result.Errors["LOADING"])

	// An error that says "not applied" is believed: the duplicate afterwards has no winner.
	f = &fake{answer: func(n int, first bool) string {
		if first && n%20 == 0 {
			return "-TRYAGAIN overloaded\r\n"
		}
		return honest(n, first)
	}}
	_, err = f.load(t, 4).Run(context.Background())
	require.ErrorIs(t, err, ErrBroken)
}

func TestNonsenseIsAnError(t *testing.T) {
	f := &fake{answer: func(int, bool) string { return ":1\r\n" }, most: 5} // each costs a connection
	result, err := f.load(t, 1).Run(context.Background())
	require.Error(t, err)
	require.Positive(t, result.Errors["connection broke"])
}

func TestHTTPLaneJudgesLikewise(t *testing.T) {
	for _, broken := range []bool{false, true} {
		f := &fake{keys: map[string]bool{}}
		door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			key := string(bytes.Split(body, []byte(`"`))[3])
			result := "duplicate"
			if f.claim(key) == "+OK\r\n" || broken {
				result = "won"
			}
			_, _ = fmt.Fprintf(w, `{"result":%q}`, result)
		}))
		load := short(4, "")
		load.enough = &f.enough
		load.HTTP = []string{door.Listener.Addr().String()}
		result, err := load.Run(context.Background())
		require.Equal(t, broken, err != nil, "%v", err)
		require.Positive(t, result.Won)
		require.Equal(t, broken, result.Duplicate == 0)
		door.Close()
	}
}

func TestKeysAreSixteenBytesAndDifferent(t *testing.T) {
	b, seen := newBook(), map[string]bool{}
	for _, number := range []uint64{0, 1, 31, 32, 1 << 20, pageKeys*mostPages - 1} {
		key := string(b.appendKey(nil, number))
		require.Len(t, key, keyBytes)
		require.False(t, seen[key])
		seen[key] = true
	}
	require.NotEqual(t, b.run, newBook().run)
}

func TestAskingAllocatesNothing(t *testing.T) {
	r := &run{book: newBook(), repeats: 0.1, to: time.Now().Add(time.Hour)}
	l := newLane(r, 0, 8, []string{""}, newTally())
	now := time.Now()
	for range 8 {
		l.ask(now)
	}
	replies := bytes.Repeat([]byte("$-1\r\n"), 8)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		l.out = l.out[:0]
		l.in = append(l.in[:0], replies...)
		if _, err := l.answers(now); err != nil {
			panic(err)
		}
	}))
	require.Equal(t, 8, l.count)
	require.LessOrEqual(t, len(l.out), 8*claimBytes)
}

func TestAnswersMayComeInPieces(t *testing.T) {
	r := &run{book: newBook()} // over: nothing is asked again
	l := newLane(r, 0, 3, []string{""}, newTally())
	for range 3 {
		l.ask(time.Now())
	}
	for _, piece := range []string{"+O", "K\r", "\n$-1\r\n_\r", "\n"} {
		l.in = append(l.in, piece...)
		_, err := l.answers(time.Now())
		require.NoError(t, err)
	}
	require.Zero(t, l.count)
	require.Empty(t, l.in)
	require.Equal(t, uint32(1), r.book.state(0).Load())
	require.Equal(t, uint32(saidDuplicate), r.book.state(1).Load())
}

func TestLoadsThatCannotBe(t *testing.T) {
	for name, change := range map[string]func(*Load){
		"callers":     func(o *Load) { o.Callers = 0 },
		"connections": func(o *Load) { o.Connections = -1 },
		"repeats":     func(o *Load) { o.Repeats = 1 },
		"duration":    func(o *Load) { o.Duration = 0 },
		"address":     func(o *Load) { o.Redis = nil },
		"on one":      func(o *Load) { o.Callers, o.Connections = mostPipelined+1, 1 },
	} {
		load := short(1, "127.0.0.1:1")
		change(&load)
		_, err := load.Run(context.Background())
		require.ErrorContains(t, err, name)
	}
}

func TestSharesAndAddresses(t *testing.T) {
	for text, want := range map[string]float64{"10%": 0.1, "0.25": 0.25, "0": 0} {
		got, err := share(text)
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-9)
	}
	_, err := share("some")
	require.ErrorContains(t, err, "want a share")

	doors, err := doorsOf([]string{"a:7101", "b:7102"}, "")
	require.NoError(t, err)
	require.Equal(t, []door{{"a:7101", "a:7201"}, {"b:7102", "b:7202"}}, doors)
	doors, err = doorsOf([]string{"a:1", "b:2"}, "c:3,d:4")
	require.NoError(t, err)
	require.Equal(t, []door{{"a:1", "c:3"}, {"b:2", "d:4"}}, doors)
	for _, wrong := range [][2]string{{"a", ""}, {"a:x", ""}, {"a:1", "b:1,c:1"}} {
		_, err = doorsOf([]string{wrong[0]}, wrong[1])
		require.Error(t, err)
	}

	doors = []door{{"0", ""}, {"1", ""}, {"2", ""}}
	for how, want := range map[string][]door{"leader": doors[1:2], "follower": doors[:1], "any": doors} {
		got, err := via(doors, 1, how)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	_, err = via(doors, 1, "sideways")
	require.ErrorContains(t, err, "leader, follower or any")
	_, err = via(doors[:1], 0, "follower")
	require.Error(t, err)
}

func TestTheTruthOfLines(t *testing.T) {
	all, first := repeatedLines(1000)
	seen, want := map[string]bool{}, []string{}
	for line := range strings.Lines(string(all)) {
		if !seen[line] {
			want = append(want, line)
		}
		seen[line] = true
	}
	require.Equal(t, strings.Join(want, ""), string(first))
	require.Less(t, len(want), 950)
}

func TestTableReads(t *testing.T) {
	var out strings.Builder
	table := newTable(&out)
	table.head(false)
	table.row("leader", Result{Callers: 64, Connections: 8, PerSecond: 1234567.4, P50: 1.5, NodeMicros: 7, Errors: map[string]int64{"b": 2, "a": 1}})
	require.Contains(t, out.String(), "1,234,567")
	require.Contains(t, out.String(), "1 a, 2 b")
	require.Contains(t, out.String(), "not known")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3)
	for _, line := range lines {
		require.Equal(t, strings.Count(lines[0], "|"), strings.Count(line, "|"))
	}
}

func TestTheDiskIsMeasured(t *testing.T) {
	median, high, err := syncTimes(t.TempDir())
	require.NoError(t, err)
	require.Positive(t, median)
	require.GreaterOrEqual(t, high, median)
	require.NotContains(t, machine(), "\n")
}

func TestOldKeysAreDrawnEvenly(t *testing.T) {
	b, random := newBook(), rand.New(rand.NewPCG(1, 1))
	require.Zero(t, b.draw(random, true), "the first key can't be a repeat")
	for range 9 {
		b.draw(random, false)
	}
	counts := make([]int, 10)
	for range 10_000 {
		counts[b.draw(random, true)]++
	}
	for _, n := range counts {
		require.InDelta(t, 1000, n, 200)
	}
}
