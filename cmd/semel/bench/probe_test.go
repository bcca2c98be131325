package bench

// Goal: the longest time without an answer is what it is, and who waits for an answer holds up nobody. Method: times that a test
// makes, and a door that answers every other claim alone.

import (
	"bufio"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestTheLongestTimeWithoutAnAnswer(t *testing.T) {
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	p := &probes{}
	for _, ms := range []int{0, 500, 510, 640, 530, 700} { // as they come of several doors
		p.note(at(ms))
	}
	require.Equal(t, 110*time.Millisecond, p.longest(at(505)), "from 530 to 640")
	require.Equal(t, 500*time.Millisecond, p.longest(at(10)), "it began before")
	require.Zero(t, p.longest(at(700)))
}

func TestWhoWaitsForAnAnswerHoldsUpNoProbe(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	var asked atomic.Int64
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				for r := bufio.NewReader(c); ; {
					for range 13 { // lines of a claim
						if _, err := r.ReadString('\n'); err != nil {
							return
						}
					}
					switch asked.Add(1) % 3 {
					case 0:
						_, _ = c.Write([]byte("+OK\r\n"))
					case 1:
						_, _ = c.Write([]byte("-MASTERDOWN no leader\r\n")) // no answer
					} // and some are held
				}
			}()
		}
	}()
	p := startProbes([]door{{redis: listener.Addr().String()}})
	require.NoError(t, p.awaitAnswers(t.Context(), 20))
	p.stop()
	p.stop()
	require.GreaterOrEqual(t, asked.Load(), int64(60))
	require.Less(t, int64(len(p.answered)), asked.Load())
}
