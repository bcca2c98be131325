package redis

// Goal: a command costs no garbage on its way through the door, and how long the
// way is. Method: a conn over a stub of Service that answers everything at once.

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
)

// yes is a Service to which every call is the first.
type yes struct {
	server.Service
	answers [dedup.MaxCommands]server.Answer
}

func (y *yes) Do(_ []byte, answers int, _ server.When, done func([]server.Answer, error)) {
	for i := range y.answers[:answers] {
		y.answers[i].Outcome = dedup.Won
	}
	done(y.answers[:answers], nil)
}

func (y *yes) Secret() (dedup.Secret, bool) { return dedup.Secret{1}, true }

// void is a net.Conn whose other end reads everything.
type void struct{ net.Conn }

func (void) Write(p []byte) (int, error)      { return len(p), nil }
func (void) SetWriteDeadline(time.Time) error { return nil }

// short is a Service that breaks its word: it forgets an answer.
type short struct{ yes }

func (s *short) Do(commands []byte, answers int, at server.When, done func([]server.Answer, error)) {
	s.yes.Do(commands, answers-1, at, done)
}

func TestAnswersThatAreMissingAreUncertain(t *testing.T) {
	c := newConn(New(Config{Service: &short{}}), void{}, 1)
	require.NoError(t, c.in.fill(strings.NewReader("SETNX a 1\r\nSETNX b 1\r\n")))
	c.answer()
	require.Equal(t, 2, strings.Count(string(c.out.buf), "-UNCERTAIN "))
}

const hot = "*6\r\n$3\r\nSET\r\n$36\r\n0190b6c2-9d3e-7f5a-8c41-5d2f0e6b7a98\r\n$8\r\nunique-1\r\n$2\r\nNX\r\n$2\r\nEX\r\n$2\r\n60\r\n" +
	"*5\r\n$3\r\nset\r\n$1\r\nk\r\n$1\r\nv\r\n$2\r\nnx\r\n$3\r\nget\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*3\r\n$4\r\nMGET\r\n$1\r\na\r\n$1\r\nb\r\n" +
	"*2\r\n$3\r\nDEL\r\n$1\r\nk\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n*1\r\n$4\r\nPING\r\n"

func pass(c *conn, from io.Reader) {
	for c.in.fill(from) == nil {
		c.answer()
		c.write()
		c.in.ahead(func(int) bool { return true })
	}
}

func TestACommandMakesNoGarbage(t *testing.T) {
	c := newConn(New(Config{Service: &yes{}}), void{}, 1)
	stream, from := strings.Repeat(hot, 50), strings.NewReader("")
	require.Zero(t, testing.AllocsPerRun(20, func() {
		from.Reset(stream)
		pass(c, from)
	}))
	require.NotZero(t, c.door.Counts().Unfenced, "the commands were run")
}

func BenchmarkClaim(b *testing.B) {
	claim := hot[:strings.Index(hot, "*5")]
	for name, pipelined := range map[string]int{"alone": 1, "pipelined": 100} {
		b.Run(name, func(b *testing.B) {
			c := newConn(New(Config{Service: &yes{}}), void{}, 1)
			stream, from := strings.Repeat(claim, pipelined), strings.NewReader("")
			b.ReportAllocs()
			for n := 0; n < b.N; n += pipelined {
				from.Reset(stream)
				pass(c, from)
			}
		})
	}
}
