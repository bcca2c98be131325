package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/local"
)

const help = `Starts three nodes on this machine, each its own process with a disk log of its own, and
gives "semel uniq" a stream of lines in which about every fifth was there before. In the
middle it kills the node that leads with SIGKILL, and starts it again a second later.
Then it compares what uniq wrote with the truth: the first occurrence of each line, in
order, byte for byte. At last it gives the same stream again: nothing may come out.

It leaves nothing behind: ports are any that are free, files are in a temporary folder.

Exit codes: 0 exact, 1 not, 2 usage, 4 it could not be run to its end.`

// demonstration is one run of demo.
type demonstration struct {
	lines int
	out   io.Writer
	dir   string
	nodes cluster
}

// Command is `semel demo`.
func Command() *cobra.Command {
	d := demonstration{}
	c := &cobra.Command{
		Use: "demo", Short: "Kill the leader under a stream of lines and compare the output with the truth",
		Long: help, Args: flags.None(""),
		RunE: func(c *cobra.Command, _ []string) error {
			d.out = c.OutOrStdout()
			if d.lines < leastLines {
				return fmt.Errorf("--lines %d: want %d or more", d.lines, leastLines)
			}
			return d.run(c.Context())
		},
	}
	c.Flags().IntVar(&d.lines, "lines", 1_000_000, "how many lines the stream has")
	return c
}

const leastLines = 1000

// errInexact: the output is not the truth.
var errInexact = errors.New("the output is not the first occurrence of each line in order")

// run tells a story and returns an *exit.Error if it ends badly.
func (d *demonstration) run(ctx context.Context) (err error) {
	if d.dir, err = os.MkdirTemp("", "semel-demo-"); err != nil {
		return exit.With(exit.Unavailable, err)
	}
	defer func() { _ = os.RemoveAll(d.dir) }()
	defer d.nodes.stop()
	if err = d.play(ctx); err == nil {
		d.say("exact.")
		return nil
	}
	if errors.Is(err, errInexact) {
		return exit.With(exit.No, err)
	}
	return exit.With(exit.Unavailable, fmt.Errorf("demo: %w\n%s", err, d.nodes.logs()))
}

func (d *demonstration) play(ctx context.Context) error {
	input, truth, err := stream(d.lines)
	if err != nil {
		return err
	}
	began := time.Now()
	if err := d.nodes.start(ctx, d.dir); err != nil {
		return err
	}
	d.say("three nodes, each its own process: ready after %s", span(time.Since(began)))
	d.say("a stream of %d lines, %d of them different", d.lines, bytes.Count(truth, []byte("\n")))
	output, err := d.killInTheMiddle(ctx, input)
	if err != nil {
		return err
	}
	if err := compare(output, truth); err != nil {
		return err
	}
	d.say("what uniq wrote is the first occurrence of each line, in order, byte for byte")
	return d.again(ctx, input)
}

// killInTheMiddle returns what uniq made of the input.
func (d *demonstration) killInTheMiddle(ctx context.Context, input []byte) ([]byte, error) {
	middle := bytes.IndexByte(input[len(input)/2:], '\n') + 1 + len(input)/2
	began, fate := time.Now(), error(nil)
	var killing sync.WaitGroup
	output, err := d.uniq(ctx, input[:middle], input[middle:], func() {
		killing.Go(func() { fate = d.nodes.killLeader(ctx, d.say) })
	})
	took := time.Since(began)
	if killing.Wait(); err != nil || fate != nil {
		return nil, errors.Join(err, fate)
	}
	d.say("uniq was through after %s: %.0f lines/s, the kill included", span(took), float64(d.lines)/took.Seconds())
	return output, nil
}

// again gives the same stream once more, to all three nodes.
func (d *demonstration) again(ctx context.Context, input []byte) error {
	if err := d.nodes.level(ctx); err != nil {
		return err
	}
	d.say("the node that was killed has caught up")
	began := time.Now()
	output, err := d.uniq(ctx, input, nil, func() {})
	if err != nil {
		return err
	}
	took := time.Since(began)
	if len(output) > 0 {
		return fmt.Errorf("%w: the same stream again gave %d bytes, want none", errInexact, len(output))
	}
	d.say("the same stream again: nothing comes out, %.0f lines/s", float64(d.lines)/took.Seconds())
	return nil
}

// uniq runs `semel uniq`: head, then what happens between, then tail is its input.
func (d *demonstration) uniq(ctx context.Context, head, tail []byte, between func()) ([]byte, error) {
	var output, said bytes.Buffer
	command := exec.CommandContext(ctx, local.Self(), "uniq", "--nodes", d.nodes.Addresses(), "--ns", "demo")
	command.Stdout, command.Stderr, command.WaitDelay = &output, &said, time.Second
	input, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	_, err = input.Write(head)
	if err == nil {
		between()
		_, err = input.Write(tail)
	}
	err = errors.Join(err, input.Close(), command.Wait())
	if err != nil {
		return nil, fmt.Errorf("semel uniq: %w: %s", err, said.Bytes())
	}
	return output.Bytes(), nil
}

func (d *demonstration) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func span(t time.Duration) time.Duration { return t.Round(time.Millisecond) }
