package bench

// Goal: the rows of the neighbours are what they say. Method: each load against a door of few lines, by what was counted.

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWhatIsOfferedIsCountedOnce(t *testing.T) {
	for word, answer := range map[string]func(n int, first bool) string{
		"": honest,
		"TRYAGAIN": func(n int, first bool) string {
			if n%3 == 0 {
				return "-TRYAGAIN overloaded\r\n"
			}
			return honest(n, first)
		},
	} {
		f := &fake{answer: answer}
		r := offerUntil(t, f.serve(t), 2000, func(r *offered) bool { return r.good > 0 && (word == "" || r.errors[word] > 0) })
		refused := r.errors[word]
		require.Positive(t, r.good)
		require.Equal(t, word != "", refused > 0)
		require.Equal(t, r.offered, r.good+r.late+r.lost+refused, "each claim ends in one way")
		require.LessOrEqual(t, r.offered, int64(2000*openDuration.Seconds()))
	}
}

// offerUntil offers claims until there is enough to look at.
func offerUntil(t *testing.T, address string, rate float64, enough func(r *offered) bool) *offered {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r, ended := newOffered(), make(chan struct{})
	go func() {
		defer close(ended)
		r.offer(ctx, address, rate)
	}()
	require.Eventually(t, func() bool {
		r.mu.Lock()
		defer r.mu.Unlock()
		return enough(r)
	}, time.Minute, time.Millisecond)
	cancel()
	<-ended
	return r
}

func TestANodeThatDoesNotAnswerLosesWhatWasOffered(t *testing.T) {
	r := offerUntil(t, silent(t), 1000, func(r *offered) bool { return r.offered > 0 })
	require.Positive(t, r.lost)
	require.Equal(t, r.offered, r.lost)
	require.Zero(t, r.good)
}

// silent is where connections are taken by the system and nobody says anything.
func silent(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String()
}

func TestACrowdComesAgainAndLeaves(t *testing.T) {
	address := silent(t)
	g := gather(t.Context(), 5, func(int) string { return address }, func(g *crowd, c net.Conn) error {
		if g.acts.Add(1) <= 5 {
			return nil // thrown out: it comes again
		}
		_, err := io.Copy(io.Discard, c)
		return err
	})
	g.await(10)
	require.EqualValues(t, 10, g.leave())
}

func TestArraysAreReadWhole(t *testing.T) {
	for text, want := range map[string]int64{
		"*2\r\n$3\r\nabc\r\n$-1\r\n":       3,
		"*2\r\n-ERR no\r\n$2\r\nab\r\n":    2,
		"-TRYAGAIN not now\r\n":            0,
		"*0\r\n":                           0,
		"*1\r\n$5\r\nab\r\nc\r\n":          5,
		"*3\r\n$1\r\na\r\n$0\r\n\r\n_\r\n": 1,
	} {
		from := bufio.NewReader(strings.NewReader(text + "next"))
		n, err := readArray(from)
		require.NoError(t, err, text)
		require.Equal(t, want, n, text)
		rest, err := io.ReadAll(from)
		require.NoError(t, err)
		require.Equal(t, "next", string(rest), text)
	}
}

func TestARowWithoutAnAnswerSaysSo(t *testing.T) {
	var out bytes.Buffer
	besideTable(&out).beside("somebody", Result{P50: 1, P99: 2}, Result{P99: 3}, 4, 5000, "this")
	require.Equal(t, "| somebody | 1.00 | 0.00 | no answer | 2.00 | 3.00 | 1.5 | 4 | 5,000 | 0 | this |\n", out.String())
}

func TestPartsOfAReport(t *testing.T) {
	c := Command()
	c.SetArgs([]string{"--cluster", "--parts", "claims,neighbors"})
	c.SilenceUsage, c.SilenceErrors = true, true
	require.EqualError(t, c.Execute(), "--parts neighbors: want some of "+strings.Join(allParts, ","))
}

func TestResidentMemoryIsTold(t *testing.T) {
	require.Zero(t, residentMiB("no process"))
	if n := residentMiB("self"); n > 0 { // only Linux tells
		require.Less(t, n, int64(16<<10), fmt.Sprint(n))
	}
}
