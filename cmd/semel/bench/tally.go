package bench

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	shortestMicros = 1
	longestMicros  = 60_000_000
	latencyDigits  = 3
	mostTallies    = 16 // lanes share them: a histogram is some 300 KiB
)

// tally counts the answers that came while a run measured. It is safe for concurrent use.
type tally struct {
	mu        sync.Mutex
	latency   *hdrhistogram.Histogram // in µs
	won       int64
	duplicate int64
	read      int64
	errors    map[string]int64 // by kind
}

func newTally() *tally {
	return &tally{latency: hdrhistogram.New(shortestMicros, longestMicros, latencyDigits), errors: map[string]int64{}}
}

func (t *tally) took(d time.Duration) {
	_ = t.latency.RecordValue(min(max(d.Microseconds(), shortestMicros), longestMicros)) // within bounds: no error
}

// add adds what from counted.
func (t *tally) add(from *tally) {
	from.mu.Lock()
	defer from.mu.Unlock()
	t.latency.Merge(from.latency)
	t.won += from.won
	t.duplicate += from.duplicate
	t.read += from.read
	for kind, n := range from.errors {
		t.errors[kind] += n
	}
}

func sum(tallies []*tally) *tally {
	total := newTally()
	for _, t := range tallies {
		total.add(t)
	}
	return total
}

// answered is how many claims had an answer, won or duplicate, or how many reads.
func (t *tally) answered() int64 { return t.won + t.duplicate + t.read }
