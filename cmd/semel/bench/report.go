package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"time"
)

// report starts a cluster, measures all that docs/performance.md shows, and writes it.
func (o *options) report(ctx context.Context, out io.Writer) (err error) {
	leave, err := o.folder()
	if err != nil {
		return err
	}
	defer leave()
	median, high, err := syncTimes(o.data)
	if err != nil {
		return fmt.Errorf("measure the disk: %w", err)
	}
	_, _ = fmt.Fprintf(out, "Machine: %s.\nIts disk, alone: write of 512 bytes into a zeroed file and fdatasync: median %.0f µs, 99th percentile %.0f µs.\n\n",
		machine(), micros(median), micros(high))
	failed := o.alone(ctx, out)
	own := map[string]func(context.Context, io.Writer) error{ // clusters
		"failover": o.failover, "neighbours": o.neighbours, "restart": o.restarts, "pause": o.pause, "rejoin": o.rejoin, "members": o.members, "soak": o.soak,
	}
	for _, part := range allParts {
		if measure := own[part]; measure != nil && slices.Contains(o.parts, part) && ctx.Err() == nil {
			failed = errors.Join(failed, measure(ctx, out))
		}
	}
	return failed
}

// folder makes one of its own for this run, within --data: the logs and keys of an earlier run would be measured along, and
// what that one claimed would be lost claims of this one. leave removes it.
func (o *options) folder() (leave func(), err error) {
	within := o.data
	if within != "" {
		err = os.MkdirAll(within, 0o700)
	}
	if err == nil {
		o.data, err = os.MkdirTemp(within, "semel-bench-")
	}
	if err != nil {
		return nil, fmt.Errorf("--data: %w: name a folder that can be made and written", err)
	}
	return func() { _ = os.RemoveAll(o.data) }, nil
}

// alone measures a cluster that does nothing else.
func (o *options) alone(ctx context.Context, out io.Writer) error {
	measures := map[string]func(context.Context, io.Writer, *cluster) error{"claims": o.claims, "reads": o.reads, "uniq": o.uniq}
	if !slices.ContainsFunc(o.parts, func(part string) bool { return measures[part] != nil }) {
		return nil
	}
	c, err := startCluster(ctx, o.program, o.data)
	if err != nil {
		return err
	}
	defer c.stop()
	for _, part := range allParts {
		if measure := measures[part]; measure != nil && slices.Contains(o.parts, part) {
			err = errors.Join(err, measure(ctx, out, c))
		}
	}
	return err
}

func micros(d time.Duration) float64 { return float64(d) / 1000 }

// variant is a group of rows of the report.
type variant struct {
	through     string
	callers     []int
	connections int
	http        bool
}

func (o *options) variants() []variant {
	some := []int{64, 1024}
	return []variant{
		{"leader", o.callers, o.load.Connections, false},
		{"follower", o.callers, o.load.Connections, false},
		{"any", some, o.load.Connections, false},
		{"leader", some, 0, false},
		{"leader", []int{64}, 0, true},
	}
}

func (o *options) claims(ctx context.Context, out io.Writer, c *cluster) error {
	o.load.Reads = false // whatever the flag says
	return o.tables(ctx, out, c)
}

// reads are by the same callers through the same doors.
func (o *options) reads(ctx context.Context, out io.Writer, c *cluster) error {
	_, _ = fmt.Fprintln(out)
	o.load.Reads = true
	defer func() { o.load.Reads = false }()
	return o.tables(ctx, out, c)
}

func (o *options) tables(ctx context.Context, out io.Writer, c *cluster) (failed error) {
	defer func(connections int, http bool) { o.load.Connections, o.http = connections, http }(o.load.Connections, o.http)
	t := newTable(out)
	t.head(o.load.Reads)
	for _, v := range o.variants() {
		doors, err := find(ctx, c.doors, v.through)
		if err != nil {
			return errors.Join(failed, err)
		}
		o.load.Connections, o.http = v.connections, v.http
		for _, callers := range v.callers {
			result, err := o.once(ctx, doors, callers, c.ids())
			failed = errors.Join(failed, err)
			through := v.through
			if v.http {
				through = "HTTP"
			}
			t.row(through, result)
		}
	}
	return failed
}

// uniq passes lines through semel uniq and compares what comes out with the truth.
func (o *options) uniq(ctx context.Context, out io.Writer, c *cluster) error {
	if o.lines == 0 {
		return nil
	}
	input, truth := repeatedLines(o.lines)
	p := exec.CommandContext(ctx, c.Program, "uniq", "--nodes", c.Addresses(), "--ns", "bench")
	var got, said bytes.Buffer
	p.Stdin, p.Stdout, p.Stderr = bytes.NewReader(input), &got, &said
	start := time.Now()
	if err := p.Run(); err != nil {
		return fmt.Errorf("semel uniq: %w: %s", err, bytes.TrimSpace(said.Bytes()))
	}
	took := time.Since(start)
	verdict := "exactly the first occurrences, in order"
	if !bytes.Equal(got.Bytes(), truth) {
		verdict = "not the first occurrences"
	}
	_, _ = fmt.Fprintf(out, "\n`semel uniq`, %s lines with repeats: %.1f s, %s lines/s, %s.\n",
		grouped(float64(o.lines)), took.Seconds(), grouped(float64(o.lines)/took.Seconds()), verdict)
	if !bytes.Equal(got.Bytes(), truth) {
		return fmt.Errorf("%w: semel uniq wrote %d bytes, want %d: %s", ErrBroken, got.Len(), len(truth), verdict)
	}
	return nil
}

// repeatedLines returns lines, one in ten a repeat, and those that are no repeat.
func repeatedLines(n int) (all, first []byte) {
	b, random := newBook(), rand.New(rand.NewPCG(1, 2))
	for range n {
		before := b.drawn.Load()
		number := b.draw(random, random.IntN(10) == 0)
		from := len(all)
		all = append(b.appendKey(all, number), '\n')
		if number == before {
			first = append(first, all[from:]...)
		}
	}
	return all, first
}
