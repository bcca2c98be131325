package transport

// Goal: what a piece of a snapshot costs, and what it costs those beside it. Method: two nodes in one process on loopback, one of which
// pulls pieces of 1 MiB, two at a time, as fast as they come.

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

const benchPiece = 1 << 20

// pulling starts a pair, and returns what pulls a piece of the second one.
func pulling(b *testing.B) (one *node, pull func() error) {
	piece := make([]byte, benchPiece)
	one, _ = pair(b, func(c *Config) {
		handler := newTestHandler()
		handler.bulk = func(_ protocol.NodeID, _ []byte, reply func([]byte)) { reply(piece) }
		c.Handler = handler
	})
	return one, func() error {
		_, err := one.CallBulk(context.Background(), 2, nil, time.Now().Add(time.Minute))
		return err
	}
}

func BenchmarkBulk(b *testing.B) {
	_, pull := pulling(b)
	b.SetBytes(benchPiece)
	b.ReportAllocs()
	b.ResetTimer()
	var left atomic.Int64
	left.Store(int64(b.N))
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if err := pull(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func BenchmarkCallAlone(b *testing.B)      { benchmarkCallBeside(b, 0) }
func BenchmarkCallBesideBulk(b *testing.B) { benchmarkCallBeside(b, 2) }

// benchmarkCallBeside makes one call after the other while some others pull pieces.
func benchmarkCallBeside(b *testing.B, pullers int) {
	one, pull := pulling(b)
	var ended atomic.Bool
	var group sync.WaitGroup
	for range pullers {
		group.Go(func() {
			for !ended.Load() {
				if err := pull(); err != nil {
					b.Error(err)
				}
			}
		})
	}
	var took []time.Duration
	b.ResetTimer()
	for range b.N {
		began := time.Now()
		if _, err := one.Call(context.Background(), 2, make([]byte, 64), began.Add(time.Minute)); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	b.StopTimer()
	ended.Store(true)
	group.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}
