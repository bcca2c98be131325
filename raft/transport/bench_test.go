package transport

// Goal: what a message and a call cost. Method: two nodes in one process on loopback; figures include both sides.

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// counter counts what it receives.
type counter struct {
	testHandler
	received atomic.Int64
}

func (c *counter) Receive(*Packet) { c.received.Add(1) }

// BenchmarkSend sends messages of 16 entries of 64 bytes as fast as the other side receives them: what the
// queue drops is sent again.
func BenchmarkSend(b *testing.B) {
	var received counter
	one, _ := pair(b, func(c *Config) {
		if c.Node == 2 {
			c.Handler = &received
		}
	})
	p := withEntries(1, 2, 16, make([]byte, 16*64))
	b.SetBytes(int64(len(p.Payload)))
	b.ReportAllocs()
	for b.Loop() {
		for !one.Send(p) {
			runtime.Gosched()
		}
	}
	for received.received.Load() < int64(b.N) {
		runtime.Gosched()
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkCall1(b *testing.B)  { benchmarkCall(b, 1) }
func BenchmarkCall64(b *testing.B) { benchmarkCall(b, 64) }

// benchmarkCall makes calls that are echoed at once.
func benchmarkCall(b *testing.B, callers int) {
	one, _ := pair(b, nil)
	request := make([]byte, 64)
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := one.Call(context.Background(), 2, request, time.Now().Add(time.Minute)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

// TestAMessageAllocatesNothing: neither to send nor to read one, once the buffers have grown.
func TestAMessageAllocatesNothing(t *testing.T) {
	out := newOutbox()
	l := &link{t: &Transport{cfg: testConfig(1, nil).withDefaults()}}
	l.current.Store(&conn{out: out})
	tr := &Transport{}
	tr.peers[2].Store(&peer{messages: l})
	p := withEntries(1, 2, 16, make([]byte, 1000))
	allocations := testing.AllocsPerRun(1000, func() {
		require.True(t, tr.Send(p))
		b, _ := out.take()
		out.wrote(len(b))
	})
	require.Zero(t, allocations, "to send")

	frame := appendFrame(nil, frameMessage, appendHead(nil, p), p.Payload)
	r := frameReader{from: &repeating{frame: frame}}
	receive := receiver{handler: &counter{}, own: 2, in: &conn{peer: 1}}
	allocations = testing.AllocsPerRun(1000, func() {
		kind, body, err := r.next()
		require.NoError(t, err)
		require.NoError(t, receive.handle(kind, body))
	})
	require.Zero(t, allocations, "to receive")
}

// repeating is a stream of one frame, again and again.
type repeating struct {
	frame []byte
	at    int
}

func (r *repeating) Read(b []byte) (int, error) {
	n := copy(b, r.frame[r.at:])
	r.at = (r.at + n) % len(r.frame)
	return n, nil
}
