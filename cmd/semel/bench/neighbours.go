package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// neighbour is somebody beside an honest client. enter returns when it is there, with what has it leave, which tells
// what it did.
type neighbour struct {
	name  string
	enter func(ctx context.Context, c *cluster, leader int) (leave func() string, err error)
}

func neighbours() []neighbour {
	return []neighbour{
		{"8 × MGET of 250 × 64 KiB", largeReads(8)},
		{"32 × MGET of 250 × 64 KiB", largeReads(32)},
		{"a follower that missed 256 MiB", catchUp},
		{"3,000 idle connections", idle(3000)},
		{"1,000 unfinished requests of 500 KiB", unfinished(1000)},
		{"strangers at the ports between nodes", strangers(200)},
	}
}

// The honest client, and how long it is looked at.
const (
	honestCallers = 8
	honestAlone   = 2 * time.Second
	honestBeside  = 5 * time.Second
	honestWarmup  = 500 * time.Millisecond
)

// neighbours measures what an honest client has alone and beside each neighbour, and what becomes of a load that is
// more than a cluster can bear, each with a cluster of its own.
func (o *options) neighbours(ctx context.Context, out io.Writer) (failed error) {
	_, _ = fmt.Fprintf(out, "\n%d callers on as many connections to the leader, alone and beside:\n\n", honestCallers)
	besideTable(out).head()
	for k, n := range neighbours() {
		err := o.withCluster(ctx, fmt.Sprintf("neighbour-%d", k), func(c *cluster) error { return beside(ctx, out, c, n) })
		if failed = errors.Join(failed, err); ctx.Err() != nil {
			return failed
		}
	}
	return errors.Join(failed, o.withCluster(ctx, "overload", func(c *cluster) error { return overload(ctx, out, c) }))
}

// withCluster starts a cluster in a folder that is removed behind it.
func (o *options) withCluster(ctx context.Context, name string, do func(*cluster) error, flags ...string) error {
	dir := filepath.Join(o.data, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	c, err := startCluster(ctx, o.program, dir, flags...)
	if err != nil {
		return err
	}
	defer c.stop()
	return do(c)
}

// beside measures one row.
func beside(ctx context.Context, out io.Writer, c *cluster, n neighbour) error {
	leader, err := findLeader(ctx, c.doors)
	if err != nil {
		return err
	}
	if err := prepare(ctx, c, leader); err != nil {
		return fmt.Errorf("write large values: %w", err)
	}
	alone, err := claims(ctx, c, leader, honestAlone)
	if err != nil {
		return err
	}
	before := c.term(ctx)
	leave, err := n.enter(ctx, c, leader)
	if err != nil {
		return fmt.Errorf("%s: %w", n.name, err)
	}
	largest := c.watchMemory(ctx)
	result, err := claims(ctx, c, leader, honestBeside)
	most, did := largest(), leave()
	after := max(before, c.term(ctx))
	besideTable(out).beside(n.name, alone, result, after-before, most, did)
	if errors.Is(err, ErrUnavailable) {
		return nil // the row says so
	}
	return err
}

func claims(ctx context.Context, c *cluster, leader int, duration time.Duration) (Result, error) {
	load := Load{
		Redis: []string{c.doors[leader].redis}, Callers: honestCallers, Connections: honestCallers, Warmup: honestWarmup, Duration: duration,
	}
	return load.Run(ctx)
}

// term is the highest that a node tells.
func (c *cluster) term(ctx context.Context) (term uint64) {
	for _, d := range c.doors {
		if s, err := statusOf(ctx, d); err == nil {
			term = max(term, s.Term)
		}
	}
	return term
}

// memoryEvery is how often the nodes' memory is looked at.
const memoryEvery = 100 * time.Millisecond

// watchMemory looks at the memory of the nodes until it is asked for the most that one of them had, in MiB.
func (c *cluster) watchMemory(ctx context.Context) (largest func() int64) {
	return watchResident(ctx, c.ids()...)
}

// watchResident does so with processes.
func watchResident(ctx context.Context, processes ...string) (largest func() int64) {
	ctx, stop := context.WithCancel(ctx)
	most := make(chan int64, 1)
	go func() {
		var found int64
		for ctx.Err() == nil {
			for _, id := range processes {
				found = max(found, residentMiB(id))
			}
			wait.For(ctx, memoryEvery)
		}
		most <- found
	}()
	return func() int64 {
		stop()
		return <-most
	}
}

// table of neighbours.
type neighbourTable struct{ table }

func besideTable(out io.Writer) neighbourTable { return neighbourTable{newTable(out)} }

func (t neighbourTable) head() {
	t.cells("beside", "p50 ms alone", "beside", "ratio", "p99 ms alone", "beside", "ratio", "terms", "largest node MiB", "errors", "what it did")
	t.cells(slices.Concat([]string{":---"}, slices.Repeat([]string{"---:"}, 9), []string{":---"})...)
}

func (t neighbourTable) beside(name string, alone, beside Result, terms uint64, largest int64, did string) {
	t.cells(name, millis(alone.P50), millis(beside.P50), ratio(alone.P50, beside.P50), millis(alone.P99), millis(beside.P99), ratio(alone.P99, beside.P99),
		fmt.Sprint(terms), grouped(float64(largest)), kinds(beside.Errors), did)
}

func (t neighbourTable) cells(cells ...string) {
	line := "|"
	for _, cell := range cells {
		line += " " + cell + " |"
	}
	_, _ = fmt.Fprintln(t.out, line)
}

func millis(ms float64) string { return fmt.Sprintf("%.2f", ms) }

// ratio is how many times as long it took; an answer that never came has none.
func ratio(alone, beside float64) string {
	if alone == 0 || beside == 0 {
		return "no answer"
	}
	return fmt.Sprintf("%.1f", beside/alone)
}
