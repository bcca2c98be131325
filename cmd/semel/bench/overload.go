package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// The load that is offered whatever is answered: how many connections share it, for how long, and after how long a client
// would have given up.
const (
	openConnections = 64
	openWarmup      = time.Second
	openDuration    = 6 * time.Second
	openPatience    = 3 * time.Second
	openStep        = 2 * time.Millisecond // between two writes of a connection
)

// overload measures the capacity with a closed loop, and offers that much, twice and four times as much.
func overload(ctx context.Context, out io.Writer, c *cluster) error {
	leader, err := findLeader(ctx, c.doors)
	if err != nil {
		return err
	}
	full := Load{
		Redis: []string{c.doors[leader].redis}, Callers: 16 * openConnections, Connections: openConnections, Warmup: openWarmup, Duration: openDuration / 2,
	}
	capacity, err := full.Run(ctx)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "\nClaims offered at a rate, whatever is answered, over %d connections; the capacity, %s/s, is what a closed loop of %d callers gets:\n\n",
		openConnections, grouped(capacity.PerSecond), full.Callers)
	t := besideTable(out)
	t.cells("offered", "offered/s", "answered/s within 3 s", "of the capacity", "p50 ms", "p99 ms", "later", "refused or unknown", "never answered")
	t.cells(":---", "---:", "---:", "---:", "---:", "---:", "---:", "---:", "---:")
	for _, times := range []float64{1, 2, 4} {
		r := newOffered()
		r.offer(ctx, c.doors[leader].redis, times*capacity.PerSecond)
		per := float64(r.good) / openDuration.Seconds()
		t.cells(fmt.Sprintf("%g ×", times), grouped(float64(r.offered)/openDuration.Seconds()), grouped(per), fmt.Sprintf("%.0f %%", 100*per/capacity.PerSecond),
			millis(float64(r.latency.ValueAtQuantile(50))/1000), millis(float64(r.latency.ValueAtQuantile(99))/1000),
			grouped(float64(r.late)), kinds(r.errors), grouped(float64(r.lost)))
	}
	return ctx.Err()
}

// offered is what came of claims that were offered after the warm-up. Their time counts from when they were due.
type offered struct {
	mu      sync.Mutex
	latency *hdrhistogram.Histogram // in µs, of all that were won or duplicates
	offered int64
	good    int64 // answered before a client gives up
	late    int64
	lost    int64
	errors  map[string]int64
}

func newOffered() *offered {
	return &offered{latency: hdrhistogram.New(shortestMicros, longestMicros, latencyDigits), errors: map[string]int64{}}
}

// offer offers claims at a rate, until the time is over or ctx is, and counts what comes of them.
func (r *offered) offer(ctx context.Context, address string, rate float64) {
	b, start := newBook(), time.Now()
	var lanes sync.WaitGroup
	for range openConnections {
		l := &openLane{result: r, book: b, start: start, rate: rate / openConnections, address: address}
		lanes.Go(func() { l.run(ctx) })
	}
	lanes.Wait()
}

// openLane is one connection that offers claims at a rate.
type openLane struct {
	result  *offered
	book    *book
	start   time.Time
	rate    float64
	address string

	mu      sync.Mutex
	pending []time.Time // when those on their way were due, the oldest first
}

func (l *openLane) run(ctx context.Context) {
	conn, err := (&net.Dialer{Timeout: answerPatience}).DialContext(ctx, "tcp", l.address)
	if err != nil {
		l.result.fails("no connection")
		return
	}
	defer func() { _ = conn.Close() }()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	read := make(chan struct{})
	go func() {
		defer close(read)
		l.read(conn)
	}()
	l.write(ctx, conn)
	_ = conn.SetReadDeadline(time.Now().Add(openPatience))
	<-read
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, due := range l.pending {
		l.ended(due, "", time.Time{})
	}
}

// write writes what is due until the time is over. Where the node does not read, it falls behind, and what is due waits.
func (l *openLane) write(ctx context.Context, conn net.Conn) {
	until, sent := l.start.Add(openWarmup+openDuration), 0
	var out []byte
	for now := time.Now(); now.Before(until) && ctx.Err() == nil; now = time.Now() {
		out = out[:0]
		l.mu.Lock()
		for ; float64(sent) < l.rate*now.Sub(l.start).Seconds() && len(out) < readBytes; sent++ {
			due := l.start.Add(time.Duration(float64(sent) / l.rate * float64(time.Second)))
			out = appendClaim(out, l.book)
			l.pending = append(l.pending, due)
			l.offers(due)
		}
		l.mu.Unlock()
		_ = conn.SetWriteDeadline(until.Add(openPatience))
		if _, err := conn.Write(out); err != nil {
			l.result.fails("connection broke")
			return
		}
		if len(out) < readBytes {
			wait.For(ctx, openStep)
		}
	}
}

func appendClaim(out []byte, b *book) []byte {
	out = append(out, "*6\r\n$3\r\nSET\r\n$16\r\n"...)
	out = b.appendKey(out, b.drawn.Add(1)-1)
	return append(out, "\r\n$8\r\nopenlane\r\n$2\r\nNX\r\n$2\r\nEX\r\n$4\r\n3600\r\n"...)
}

func (l *openLane) read(conn net.Conn) {
	lines := bufio.NewReaderSize(conn, readBytes)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		l.mu.Lock()
		if len(l.pending) == 0 {
			l.mu.Unlock()
			return
		}
		due := l.pending[0]
		l.pending = l.pending[1:]
		l.ended(due, line, time.Now())
		l.mu.Unlock()
	}
}

func (l *openLane) counts(due time.Time) bool { return !due.Before(l.start.Add(openWarmup)) }

func (l *openLane) offers(due time.Time) {
	if l.counts(due) {
		l.result.mu.Lock()
		defer l.result.mu.Unlock()
		l.result.offered++
	}
}

// ended counts how a claim ended: with a line, or none.
func (l *openLane) ended(due time.Time, line string, now time.Time) {
	if !l.counts(due) {
		return
	}
	r := l.result
	r.mu.Lock()
	defer r.mu.Unlock()
	took := now.Sub(due)
	switch {
	case line == "":
		r.lost++
	case line[0] == '-':
		r.errors[firstWord(line[1:])]++
	case took > openPatience:
		r.late++
	default:
		r.good++
		_ = r.latency.RecordValue(min(max(took.Microseconds(), shortestMicros), longestMicros)) // within bounds: no error
	}
}

func firstWord(line string) (word string) {
	_, _ = fmt.Sscan(line, &word)
	return word
}

func (r *offered) fails(kind string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors[kind]++
}
