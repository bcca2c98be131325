package dedup_test

// Goal: what a claim costs, in time, allocations and memory. Method: fresh keys
// into a growing table, in entries of 1, 16 and 256 claims; two million from the first on; the heap before and
// after a million of them.

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/stretchr/testify/require"
)

// bootstrapped returns a machine with room for so many keys and bytes.
func bootstrapped(t testing.TB, keys, bytes uint64) *dedup.Machine {
	t.Helper()
	m, results := dedup.New(), dedup.Results{}
	limits := dedup.Bootstrap{Secret: secret, CapacityKeys: keys, CapacityBytes: bytes}
	require.NoError(t, limits.Validate())
	require.NoError(t, m.Apply(1, dedup.AppendBootstrap(nil, startNanos, &limits), &results))
	return m
}

// scattered returns the n-th of a sequence of keys as good as random, which
// digests are.
func scattered(n uint64) (k dedup.Key) {
	for half := range uint64(2) {
		x := (n<<1 | half) + 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		binary.LittleEndian.PutUint64(k[8*half:], x^x>>31)
	}
	return k
}

// claimer applies entries of claims on keys never seen, 10 µs apart.
type claimer struct {
	machine *dedup.Machine
	results dedup.Results
	payload []byte
	index   uint64
	keys    uint64
	ttl     uint64
}

func (c *claimer) entry(claims int) error {
	c.payload = dedup.AppendHeader(c.payload[:0], startNanos+c.keys*10_000)
	for range claims {
		c.keys++
		c.payload = dedup.AppendClaim(c.payload, dedup.Claim{Call: c.keys, Key: scattered(c.keys), Owner: dedup.Owner(c.keys), LeaseMillis: 1000, TTLMillis: c.ttl})
	}
	c.index++
	return c.machine.Apply(c.index+1, c.payload, &c.results)
}

func BenchmarkClaim(b *testing.B) {
	for _, batch := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("entry of %d", batch), func(b *testing.B) {
			// 600,000 keys stand once the first expire: a steady state.
			c := claimer{machine: bootstrapped(b, 1<<24, 0), ttl: 6_000}
			for c.keys < 1_000_000 {
				require.NoError(b, c.entry(256))
			}
			b.ReportAllocs()
			b.ResetTimer()
			for n := 0; n < b.N; n += batch {
				if err := c.entry(batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(c.machine.Usage().Keys), "slots")
		})
	}
}

// What no cache holds: touch is for this.
func BenchmarkClaimAmongMillions(b *testing.B) {
	c := claimer{machine: bootstrapped(b, 1<<25, 0), ttl: 3_600_000}
	for c.keys < 4_000_000 {
		require.NoError(b, c.entry(256))
	}
	b.ResetTimer()
	for n := 0; n < b.N; n += 256 {
		if err := c.entry(256); err != nil {
			b.Fatal(err)
		}
	}
}

// What a restart costs: a table that grows from nothing.
func BenchmarkReplay(b *testing.B) {
	const claims = 2_000_000
	for b.Loop() {
		c := claimer{machine: bootstrapped(b, 1<<25, 0), ttl: 86_400_000}
		for c.keys < claims {
			if err := c.entry(500); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/claims, "ns/claim")
}

func BenchmarkDigest(b *testing.B) {
	key := []byte("0b7e8d8c-6a0e-4f3e-9f52-8a3a52d5a5b1")
	for b.Loop() {
		dedup.Digest(&secret, "default", key)
	}
}

func TestMillionClaimsTakeAboutFiftyBytesEach(t *testing.T) {
	const claims = 1_000_000
	c := claimer{machine: bootstrapped(t, 1<<24, 0), ttl: 3_600_000}
	before := heap()
	for c.keys < claims {
		require.NoError(t, c.entry(250))
	}
	c.payload, c.results = nil, dedup.Results{}
	perKey := float64(heap()-before) / claims
	require.EqualValues(t, claims, c.machine.Usage().Keys)
	t.Logf("%.1f bytes of heap a key", perKey)
	require.Less(t, perKey, 60.0)
	runtime.KeepAlive(c)
}

func heap() uint64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}

func TestApplyAllocatesNothingInASteadyState(t *testing.T) {
	c := claimer{machine: bootstrapped(t, 1<<20, 0), ttl: 5}
	for range 100 {
		require.NoError(t, c.entry(256))
	}
	require.Zero(t, testing.AllocsPerRun(100, func() { _ = c.entry(256) }))
}
