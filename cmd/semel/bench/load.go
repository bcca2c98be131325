package bench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Load says what load to put on a cluster.
type Load struct {
	Redis       []string      // addresses of the Redis doors to ask
	HTTP        []string      // where not empty, HTTP doors are asked instead
	Callers     int           // each has one claim, or read, on its way
	Reads       bool          // callers read keys that were claimed before anything counts; else they claim
	Connections int           // that callers share at most; 0: one for each caller
	Repeats     float64       // share of the requests that repeat an earlier key
	Warmup      time.Duration // before anything counts
	Duration    time.Duration // that counts
	TTL         time.Duration // of each claim; 0: an hour
	Most        uint64        // ends the run once so many keys were drawn; 0: Duration alone does

	// Processes are those of the nodes, by process id, where their processor time is to be told.
	Processes []string
	// Progress, where not nil, is called some times a second with what was counted so far.
	Progress func(now Result)

	// enough, where not nil, ends the run before its Duration once it is true: a test counts claims, not milliseconds.
	enough *atomic.Bool
}

// Result is what came of a load. Latencies are in ms.
type Result struct {
	Callers     int              `json:"callers"`
	Connections int              `json:"connections"`
	Seconds     float64          `json:"seconds"`
	Claims      int64            `json:"claims"`
	Reads       int64            `json:"reads,omitempty"` // claims are none then
	Won         int64            `json:"won"`
	Duplicate   int64            `json:"duplicate"`
	PerSecond   float64          `json:"per_s"`
	P50         float64          `json:"p50_ms"`
	P99         float64          `json:"p99_ms"`
	P999        float64          `json:"p99_9_ms"`
	Max         float64          `json:"max_ms"`
	Errors      map[string]int64 `json:"errors,omitempty"` // by kind, warm-up included

	// LoadMicros and NodeMicros are the processor time that a claim took, in µs: of this process, and of
	// the nodes where they are known. 0: not known.
	LoadMicros float64 `json:"load_cpu_us,omitempty"`
	NodeMicros float64 `json:"node_cpu_us,omitempty"`
}

// usualTTL is that of claims where nothing else is said.
const usualTTL = time.Hour

// mostPipelined bounds the callers of a lane: what they ask and are answered has to fit into the
// buffers of a socket, for a lane does not read while it writes.
const mostPipelined = 4096

func (o *Load) validate() error {
	switch {
	case o.Callers < 1:
		return fmt.Errorf("%d callers: want at least 1", o.Callers)
	case o.Connections < 0:
		return fmt.Errorf("%d connections: want 0 (one for each caller) or more", o.Connections)
	case o.Repeats < 0 || o.Repeats >= 1:
		return fmt.Errorf("repeats %v: want a share from 0 to below 1", o.Repeats)
	case o.Duration <= 0:
		return fmt.Errorf("duration %v: want more than 0", o.Duration)
	case len(o.HTTP) == 0 && len(o.Redis) == 0:
		return fmt.Errorf("no address to ask")
	case o.Reads && len(o.Redis) == 0:
		return fmt.Errorf("no address of a Redis door: what is to be read is claimed there")
	case (o.Callers+o.connections()-1)/o.connections() > mostPipelined && len(o.HTTP) == 0:
		return fmt.Errorf("%d callers on %d connections: want at most %d on one", o.Callers, o.connections(), mostPipelined)
	}
	return nil
}

func (o *Load) connections() int {
	if o.Connections == 0 || len(o.HTTP) > 0 {
		return o.Callers
	}
	return min(o.Callers, o.Connections)
}

// ErrUnavailable is wrapped by errors that say that no node could be asked.
var ErrUnavailable = errors.New("unavailable")

// Run puts the load on and returns what came of it. An error wraps ErrBroken or ErrUnavailable, and then the Result
// is good all the same, or says which field of the Load can't be. A Load may be run by several goroutines.
func (o Load) Run(ctx context.Context) (Result, error) {
	if err := o.validate(); err != nil {
		return Result{}, err
	}
	b := newBook()
	if o.Reads {
		if err := o.fill(ctx, b); err != nil {
			return Result{}, err
		}
	}
	start := time.Now()
	r := &run{book: b, repeats: o.Repeats, reads: o.Reads, ttl: cmp.Or(o.TTL, usualTTL), most: o.Most, from: start.Add(o.Warmup), to: start.Add(o.Warmup + o.Duration), enough: o.enough}
	tallies := make([]*tally, min(o.connections(), mostTallies))
	for i := range tallies {
		tallies[i] = newTally()
	}
	m := &meter{processes: o.Processes}
	o.drive(ctx, r, tallies, m)
	result := o.result(r, sum(tallies), time.Now())
	result.LoadMicros, result.NodeMicros = m.micros()
	if err := r.book.judge(); err != nil {
		return result, err
	}
	if result.Claims+result.Reads == 0 {
		return result, fmt.Errorf("%w: nothing was answered in %v: %v", ErrUnavailable, o.Duration, result.Errors)
	}
	return result, ctx.Err()
}

// drive runs all lanes until the end, and tells of the progress.
func (o *Load) drive(ctx context.Context, r *run, tallies []*tally, m *meter) {
	var lanes sync.WaitGroup
	client := &http.Client{Timeout: answerPatience, Transport: &http.Transport{MaxIdleConnsPerHost: o.Callers}}
	defer client.CloseIdleConnections()
	for i, n := 0, o.connections(); i < n; i++ {
		t := tallies[i%len(tallies)]
		if len(o.HTTP) > 0 {
			lanes.Go(func() { newHTTPLane(r, client, o.HTTP[i%len(o.HTTP)], t).serve(ctx) })
			continue
		}
		callers := (o.Callers + i) / n // as even as can be
		lanes.Go(func() { newLane(r, i, callers, rotated(o.Redis, i), t).serve(ctx) })
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		lanes.Wait()
	}()
	o.report(r, tallies, m, ended)
}

// rotated returns the addresses from the one at i on.
func rotated(addresses []string, i int) []string {
	i %= len(addresses)
	return append(append([]string(nil), addresses[i:]...), addresses[:i]...)
}

const progressEvery = 250 * time.Millisecond

func (o *Load) report(r *run, tallies []*tally, m *meter, ended <-chan struct{}) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ended:
			return
		case now := <-ticker.C:
			total := sum(tallies)
			if r.measures(now) {
				m.look(total.answered())
			}
			if o.Progress != nil {
				o.Progress(o.result(r, total, now))
			}
		}
	}
}

func (o *Load) result(r *run, total *tally, now time.Time) Result {
	if now.After(r.to) {
		now = r.to
	}
	seconds := max(now.Sub(r.from).Seconds(), 0)
	millis := func(quantile float64) float64 { return float64(total.latency.ValueAtQuantile(quantile)) / 1000 }
	result := Result{
		Callers: o.Callers, Connections: o.connections(), Seconds: seconds, Claims: total.won + total.duplicate, Reads: total.read, Won: total.won, Duplicate: total.duplicate,
		P50: millis(50), P99: millis(99), P999: millis(99.9), Max: float64(total.latency.Max()) / 1000, Errors: total.errors,
	}
	if seconds > 0 {
		result.PerSecond = float64(total.answered()) / seconds
	}
	return result
}
