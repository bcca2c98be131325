package dedup_test

// Goal: what a snapshot costs whoever waits for an entry, and whoever takes it. Method: a table of -snapshot-keys records, entries of
// overwriting, removing and new commands at random keys; each entry and each copy timed on its own, and a histogram of both. Run
//
//	go test ./dedup -run '^$' -bench Snapshot -benchtime 1x -snapshot-keys 10000000

import (
	"errors"
	"flag"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

var snapshotKeys = flag.Uint64("snapshot-keys", 200_000, "records in the table of the benchmarks of snapshots")

// churn applies entries that change records at random places.
type churn struct {
	machine *dedup.Machine
	results dedup.Results
	payload []byte
	random  *rand.Rand
	index   uint64
	keys    uint64
}

// newChurn fills a table; of its records one in eight has a value of 64 bytes.
func newChurn(b *testing.B, keys uint64) *churn {
	c := &churn{machine: bootstrapped(b, 2*keys, 80*keys), random: rand.New(rand.NewPCG(1, 1)), index: 1, keys: keys}
	for n := uint64(0); n < keys; {
		payload := dedup.AppendHeader(c.payload[:0], startNanos)
		for range min(1000, keys-n) {
			claim := dedup.Claim{Key: scattered(n), Owner: 1}
			if n%8 == 0 {
				claim.Value = longest[:64]
			}
			payload = dedup.AppendClaim(payload, claim)
			n++
		}
		require.NoError(b, c.apply(payload))
	}
	return c
}

func (c *churn) apply(payload []byte) error {
	c.index++
	c.payload = payload
	return c.machine.Apply(c.index, payload, &c.results)
}

// change applies so many commands: of four, one removes, one claims anew or is told a duplicate, two overwrite.
func (c *churn) change(commands int) (took time.Duration, err error) {
	payload := dedup.AppendHeader(c.payload[:0], startNanos)
	for range commands {
		k := scattered(c.random.Uint64N(c.keys))
		switch c.random.IntN(4) {
		case 0:
			payload = dedup.AppendForget(payload, dedup.Forget{Key: k})
		case 1:
			payload = dedup.AppendClaim(payload, dedup.Claim{Key: k, Owner: 2})
		default:
			payload = dedup.AppendPut(payload, dedup.Put{Key: k, Value: longest[:c.random.IntN(64)]})
		}
	}
	began := time.Now()
	err = c.apply(payload)
	return time.Since(began), err
}

func BenchmarkApplyDuringSnapshot(b *testing.B) {
	for _, commands := range []int{1, 1000} {
		between := max(1, 100/commands) // entries for each copy
		b.Run(fmt.Sprintf("%d keys, entries of %d", *snapshotKeys, commands), func(b *testing.B) {
			c := newChurn(b, *snapshotKeys)
			b.ResetTimer()
			for range b.N {
				entries, copies, most := c.photographed(b, commands, between)
				alone := make([]time.Duration, len(entries))
				for i := range alone {
					var err error
					alone[i], err = c.change(commands)
					require.NoError(b, err)
				}
				b.Logf("µs, entries during it:%s", histogram(entries))
				b.Logf("µs, entries without it:%s", histogram(alone))
				b.Logf("µs, copies:%s", histogram(copies))
				b.ReportMetric(micros(quantile(entries, 1)), "max-µs/entry")
				b.ReportMetric(micros(quantile(alone, 1)), "max-alone-µs/entry")
				b.ReportMetric(micros(quantile(entries, 0.9999)), "p99.99-µs/entry")
				b.ReportMetric(micros(quantile(alone, 0.9999)), "p99.99-alone-µs/entry")
				b.ReportMetric(micros(quantile(copies, 1)), "max-µs/copy")
				b.ReportMetric(float64(most)/(1<<20), "MiB-held")
			}
		})
	}
}

// photographed takes one snapshot with entries between its copies.
func (c *churn) photographed(b *testing.B, commands, between int) (entries, copies []time.Duration, most uint64) {
	began := time.Now()
	s, err := c.machine.Snapshot(math.MaxUint64)
	require.NoError(b, err)
	b.ReportMetric(micros(time.Since(began)), "begin-µs")
	piece := make([]byte, 0, 256<<10)
	for {
		for range between {
			took, err := c.change(commands)
			require.NoError(b, err)
			entries = append(entries, took)
		}
		most = max(most, s.Bytes())
		began := time.Now()
		if err = s.Copy(); errors.Is(err, dedup.ErrSnapshotEnd) {
			return entries, copies, most
		}
		copies = append(copies, time.Since(began))
		require.NoError(b, err)
		piece = s.Append(piece[:0], math.MaxInt)
	}
}

// The longest that an entry may take: no room, and 65,536 expired records in front of the hand.
func BenchmarkFullSweepDuringSnapshot(b *testing.B) {
	for _, during := range []bool{false, true} {
		b.Run(fmt.Sprintf("during=%v", during), func(b *testing.B) {
			longestEntry := time.Duration(0)
			for range b.N {
				b.StopTimer()
				c := claimer{machine: bootstrapped(b, *snapshotKeys, 0), ttl: 1000 + *snapshotKeys/100}
				for c.keys < *snapshotKeys {
					require.NoError(b, c.entry(int(min(4000, *snapshotKeys-c.keys))))
				}
				if during {
					_, err := c.machine.Snapshot(math.MaxUint64)
					require.NoError(b, err)
				}
				payload := dedup.AppendHeader(nil, startNanos+100_000_000*milli)
				payload = dedup.AppendResize(payload, dedup.Resize{CapacityKeys: 1})
				b.StartTimer()
				began := time.Now()
				require.NoError(b, c.machine.Apply(c.index+2, payload, &c.results))
				longestEntry = max(longestEntry, time.Since(began))
			}
			b.ReportMetric(micros(longestEntry), "max-µs/entry")
		})
	}
}

func BenchmarkSnapshotAndLoad(b *testing.B) {
	c := newChurn(b, *snapshotKeys)
	piece := make([]byte, 0, 256<<10)
	var told, loaded time.Duration
	bytes := 0
	for range b.N {
		s, err := c.machine.Snapshot(0)
		require.NoError(b, err)
		var l dedup.Loader
		for {
			began := time.Now()
			piece, err = s.Next(piece[:0])
			told += time.Since(began)
			if errors.Is(err, dedup.ErrSnapshotEnd) {
				break
			}
			bytes += len(piece)
			began = time.Now()
			_, err = l.Write(piece)
			loaded += time.Since(began)
			require.NoError(b, err)
		}
		began := time.Now()
		_, err = l.Machine()
		loaded += time.Since(began)
		require.NoError(b, err)
	}
	keys := float64(b.N) * float64(*snapshotKeys)
	b.ReportMetric(float64(told.Nanoseconds())/keys, "told-ns/key")
	b.ReportMetric(float64(loaded.Nanoseconds())/keys, "loaded-ns/key")
	b.ReportMetric(float64(bytes)/keys, "bytes/key")
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }

func quantile(all []time.Duration, q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[int(q*float64(len(sorted)-1))]
}

// histogram counts durations below powers of two of a µs.
func histogram(all []time.Duration) string {
	var counts [40]int
	for _, d := range all {
		counts[bits.Len64(uint64(d.Microseconds()))]++
	}
	var out strings.Builder
	for i, n := range counts {
		if n > 0 {
			fmt.Fprintf(&out, " <%d:%d", 1<<i, n)
		}
	}
	return out.String()
}
