package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// uniqHelp is what `semel uniq --help` says first.
const uniqHelp = `Reads lines and writes those that nobody has seen before, in their order and byte
for byte, across all programs that ask the same cluster.

The key of a line is the whole line without its newline, or what --key takes out of it:
  --key 3                    the third field; fields stand between blanks
  --key 3 --delimiter ,      the third field; fields stand between commas (\t: tabs)
  --key '/id=(\w+)/'         the first group of a regular expression (RE2), or its match
Lines without a key are written (--unmatched print) or left out (--unmatched drop), and
counted. A key of more than 16 KiB is claimed by its SHA-256. A key that another program
has claimed with a lease and not completed counts as seen, and is reported.

Each line is claimed by an owner of its own, the run and the line's number. So a broken
connection or a node that dies neither loses nor repeats a line: the claims are asked
again, at another node, and a win whose reply was lost is won again. While the cluster
is away uniq waits, up to --timeout. Then, or when the cluster is full, when whoever reads
its output goes away, or at Ctrl-C, it writes what is decided, says behind which line it
stopped and how to go on, and exits 4.

What nobody can mend is uniq itself being killed: lines that were claimed and not yet
written are seen and never printed. If that matters name the run:
  semel uniq --run nightly-2026-11-24 < events > first-seen
The same command for the same input answers the same lines again (while their keys
stand), so run it again and it writes all of them. A run's name stands for one input:
two inputs at once under one name may both be told that they are first.`

const uniqExamples = `  zcat events.gz | semel uniq > new-events
  semel uniq --key '/"id":"([^"]+)"/' --ns webhooks --ttl 168h < webhooks.jsonl
  tail -F access.log | semel uniq --key 1 --ns visitors
  semel uniq --run nightly-17 --skip 52000 < events >> first-seen   # go on behind line 52000`

// uniqFlags are what the command line says.
type uniqFlags struct {
	client
	key, delimiter, unmatched, run string
	ttl                            time.Duration
	skip                           int64
	quiet                          bool
}

func uniqCommand() *cobra.Command {
	f := uniqFlags{}
	c := &cobra.Command{
		Use: "uniq", Short: "Write only the lines of standard input that were never seen before",
		Long: uniqHelp, Example: uniqExamples, Args: none(": lines are read from standard input: semel uniq < FILE"),
		RunE: func(c *cobra.Command, _ []string) error {
			if c.Flags().Changed("run") && f.run == "" {
				return errors.New("--run is empty: give the run a name, or leave the flag out")
			}
			signal.Ignore(syscall.SIGPIPE) // a reader that went away is told like any output that broke, with how to go on
			return f.uniq(c.Context(), c.InOrStdin(), c.OutOrStdout())
		},
	}
	f.flags(c)
	f.timeoutFlag(c, 30*time.Second, "how long to wait for a cluster that is away or full")
	f.namespaceFlag(c)
	c.Flags().DurationVar(&f.ttl, "ttl", 0, "how long a key counts as seen (default: for ever)")
	c.Flags().StringVar(&f.key, "key", "", "a field's number from 1, or /a regular expression/ (default: the whole line)")
	c.Flags().StringVar(&f.delimiter, "delimiter", "", `what stands between fields (default: any number of blanks and tabs)`)
	c.Flags().StringVar(&f.unmatched, "unmatched", "print", "what to do with lines without a key: print or drop")
	c.Flags().StringVar(&f.run, "run", "", "name of this run, to run the same input again after a crash (default: drawn)")
	c.Flags().Int64Var(&f.skip, "skip", 0, "go on behind this line: lines up to it are read, not claimed and not written")
	c.Flags().BoolVarP(&f.quiet, "quiet", "q", false, "no progress and no counts")
	return c
}

// uniq runs the command.
func (f *uniqFlags) uniq(ctx context.Context, in io.Reader, out io.Writer) error {
	stream, err := f.stream()
	if err != nil {
		return err
	}
	nodes, err := f.open()
	if err != nil {
		return err
	}
	defer nodes.Close()
	stream.claim = nodes.ClaimBatch
	if !f.quiet && atTerminal(os.Stderr) && !atTerminal(os.Stdout) {
		stream.progress = os.Stderr
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	nodes.FollowLeader(ctx)
	go follow(following, nodes)
	if err = stream.copy(ctx, in, out); err == nil && !f.quiet {
		fmt.Fprintf(os.Stderr, "semel uniq: %v\n", &stream.counts)
	}
	return err
}

// stream checks the flags.
func (f *uniqFlags) stream() (*uniqStream, error) {
	keyOf, err := parseKey(f.key, f.delimiter)
	if err != nil {
		return nil, err
	}
	if f.unmatched != "print" && f.unmatched != "drop" {
		return nil, fmt.Errorf("--unmatched %q: want print or drop", f.unmatched)
	}
	if f.ttl < 0 || f.skip < 0 {
		return nil, errors.New("--ttl and --skip: want 0 or more")
	}
	if f.run == "" {
		f.run = rand.Text()
	}
	if len(f.run) > maxRunBytes || !utf8.ValidString(f.run) {
		return nil, fmt.Errorf("--run: want at most %d bytes of UTF-8", maxRunBytes)
	}
	return &uniqStream{
		keyOf: keyOf, namespace: f.namespace, ttl: f.ttl, run: f.run, skip: f.skip,
		drop: f.unmatched == "drop", patience: f.timeout,
	}, nil
}

// maxRunBytes leaves room in an owner's 256 bytes for the line's number.
const maxRunBytes = 200

// follow keeps the client at the node that leads, which takes batches without a detour.
func follow(ctx context.Context, nodes *cluster.Client) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			nodes.FollowLeader(ctx)
		}
	}
}

func atTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
