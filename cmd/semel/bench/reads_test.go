package bench

// Goal: reads are asked for and judged: what a read tells is what was claimed, or the run fails. Method: a Redis door and an HTTP door of few
// lines, honest or with one fault each.

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// shelf is a Redis door that takes SET NX and answers GET as told.
type shelf struct {
	claims, reads atomic.Int64
	value         func(n int64) string // of the nth read, as it is spelled
	enough        atomic.Bool
}

func told(int64) string { return "$8\r\n" + filledValue + "\r\n" }

func (s *shelf) serve(t *testing.T) (address string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.talk(conn)
		}
	}()
	return listener.Addr().String()
}

func (s *shelf) talk(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	lines := bufio.NewReader(conn)
	for {
		first, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		rest, reply := 2*6, "+OK\r\n"
		if strings.HasPrefix(first, "*2") {
			n := s.reads.Add(1)
			rest, reply = 2*2, s.value(n)
			s.enough.Store(n >= mostClaims)
		} else {
			s.claims.Add(1)
		}
		for range rest {
			if _, err := lines.ReadString('\n'); err != nil {
				return
			}
		}
		if _, err := io.WriteString(conn, reply); err != nil {
			return
		}
	}
}

func (s *shelf) load(t *testing.T, callers int) Load {
	l := short(callers, s.serve(t))
	l.Reads, l.enough = true, &s.enough
	return l
}

func TestReadsAreCountedAndAreNoClaims(t *testing.T) {
	s := &shelf{value: told}
	result, err := s.load(t, 10).Run(context.Background())
	require.NoError(t, err)
	require.EqualValues(t, filledKeys, s.claims.Load())
	require.Zero(t, result.Claims+result.Won+result.Duplicate)
	require.Equal(t, s.reads.Load(), result.Reads)
	require.Positive(t, result.PerSecond)
	require.Positive(t, result.P50)
	require.Empty(t, result.Errors)
}

func TestAReadThatTellsAnythingElseFailsTheRun(t *testing.T) {
	for _, wrong := range []string{"$-1\r\n", "_\r\n", "$8\r\nwas-gone\r\n", "+OK\r\n"} {
		s := &shelf{value: func(n int64) string {
			if n == mostClaims/2 {
				return wrong
			}
			return told(n)
		}}
		_, err := s.load(t, 4).Run(context.Background())
		require.ErrorIs(t, err, ErrBroken, "%q", wrong)
	}
}

func TestReadsThatAreRefusedAreErrors(t *testing.T) {
	s := &shelf{value: func(n int64) string {
		if n%10 == 0 {
			return "-TRYAGAIN later\r\n"
		}
		return told(n)
	}}
	result, err := s.load(t, 4).Run(context.Background())
	require.NoError(t, err)
	require.Equal(t, s.reads.Load()/10, result.Errors["TRYAGAIN"])
}

func TestValuesMayComeInPieces(t *testing.T) {
	b := newBook()
	b.drawn.Store(1)
	l := newLane(&run{book: b, reads: true}, 0, 2, []string{""}, newTally())
	l.ask(time.Now())
	l.ask(time.Now())
	require.Len(t, l.out, 2*len("*2\r\n$3\r\nGET\r\n$16\r\n0123456789abcdef\r\n"))
	for _, piece := range []string{"$", "8\r", "\nwas-", "here\r", "\n$8\r\n", "was-here\r\n"} {
		l.in = append(l.in, piece...)
		_, err := l.answers(time.Now())
		require.NoError(t, err)
	}
	require.Zero(t, l.count)
	require.Empty(t, l.in)
	require.Zero(t, b.misread.Load())
}

func TestHTTPReadsAreJudgedLikewise(t *testing.T) {
	for value, right := range map[string]bool{filledValue: true, "": false, "was-gone": false} {
		s := &shelf{value: told}
		door := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if r.URL.Path == "/v1/query" && bytes.HasPrefix(body, []byte(`{"key":"`)) {
				s.enough.Store(s.reads.Add(1) >= 200)
				_, _ = fmt.Fprintf(w, `{"result":"done","value":%q}`, value)
			}
		}))
		load := s.load(t, 4)
		load.HTTP = []string{door.Listener.Addr().String()}
		result, err := load.Run(context.Background())
		door.Close()
		require.Equal(t, s.reads.Load(), result.Reads)
		if right {
			require.NoError(t, err)
		} else {
			require.ErrorIs(t, err, ErrBroken)
		}
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	b := newBook()
	b.drawn.Store(filledKeys)
	l := newLane(&run{book: b, reads: true, to: time.Now().Add(time.Hour)}, 0, 8, []string{""}, newTally())
	l.random = rand.New(rand.NewPCG(1, 2))
	now := time.Now()
	for range 8 {
		l.ask(now)
	}
	replies := bytes.Repeat([]byte(told(0)), 8)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		l.out = l.out[:0]
		l.in = append(l.in[:0], replies...)
		if _, err := l.answers(now); err != nil {
			panic(err)
		}
	}))
}
