package uniq

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
	"github.com/spf13/pflag"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/records"
	"github.com/eventstreamcore/semel/cmd/semel/terminal"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// options are what the command line says.
type options struct {
	records.Naming
	unmatched, last, run string
	ttl                  time.Duration
	skip                 place
	quiet                bool
}

// target is the cluster to ask.
type target struct {
	nodes     *cluster.Client // closed when the command ends
	namespace string
	patience  time.Duration // how long a cluster is waited for that is away or full
}

// Command is `semel uniq`.
func Command() *cobra.Command {
	var nodes flags.Client
	c := commandOver(func() (*target, error) {
		opened, err := nodes.Open()
		return &target{opened, nodes.Namespace, nodes.Timeout}, err
	})
	nodes.NodesFlag(c)
	nodes.TimeoutFlag(c, 30*time.Second, "how long to wait for a cluster that is away or full")
	nodes.NamespaceFlag(c)
	return c
}

// commandOver is the command over a cluster that open names, once the flags are read.
func commandOver(open func() (*target, error)) *cobra.Command {
	o := options{}
	c := &cobra.Command{
		Use: "uniq", Short: "Write only the lines of standard input that were never seen before",
		Long: help, Example: examples,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("unexpected argument %q: lines are read from standard input: semel uniq < FILE", args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return coded(o.do(c, open)) },
	}
	f := c.Flags()
	o.AddFlags(f, "the first record is written and not claimed")
	f.StringVar(&o.unmatched, "unmatched", "print", "what to do with lines without a key: print, drop or fail")
	f.StringVar(&o.last, "last", "keep", "what to do with a last line that has no newline: keep, drop or fail")
	f.DurationVar(&o.ttl, "ttl", 0, "how long a key counts as seen, from its claim on (default: for ever)")
	f.StringVar(&o.run, "run", "", "name of this run: the same input under the same name is told the same again (default: drawn)")
	f.Var(&o.skip, "skip", "go on behind so many lines (of CSV records, the header counted): they are read, not claimed and not written")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "no counts, no progress, no name of the run: give one by --run; warnings stay")
	return c
}

// coded gives an input that was not taken to its end its exit code; other errors are of usage.
func coded(err error) error {
	var stopped *StoppedError
	if errors.As(err, &stopped) {
		return exit.With(exit.Unavailable, err)
	}
	return err
}

func (o *options) do(c *cobra.Command, open func() (*target, error)) error {
	stream, err := o.stream(c.Flags())
	if err != nil {
		return err
	}
	asked, err := open()
	if err != nil {
		return err
	}
	defer asked.nodes.Close()
	stream.claim, stream.namespace, stream.patience = asked.nodes.ClaimBatch, asked.namespace, asked.patience
	stream.voice = &voice{to: c.ErrOrStderr(), progress: !o.quiet && terminal.Is(os.Stderr) && !terminal.Is(os.Stdout)}
	ctx, stop := heedSignals(c.Context())
	defer stop()
	following, end := context.WithCancel(ctx)
	defer end()
	asked.nodes.FollowLeader(ctx)
	go follow(following, asked.nodes)
	if err = stream.copy(ctx, c.InOrStdin(), c.OutOrStdout()); err == nil && !o.quiet {
		stream.voice.say("%v", &stream.counts)
	}
	return err
}

// heedSignals makes a hangup end the run as Ctrl-C does, unless whoever started it (nohup) wants it to survive one; and
// a broken pipe or a limit of file sizes an error like any other of the output. A second hangup ends the program at once.
func heedSignals(ctx context.Context) (context.Context, context.CancelFunc) {
	signal.Ignore(syscall.SIGPIPE, syscall.SIGXFSZ)
	if signal.Ignored(syscall.SIGHUP) {
		return ctx, func() {}
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// stream checks the flags.
func (o *options) stream(set *pflag.FlagSet) (*stream, error) {
	if _, err := records.Given(set); err != nil {
		return nil, err
	}
	for _, name := range []string{"run", "ns"} {
		if flag := set.Lookup(name); flag != nil && flag.Changed && flag.Value.String() == "" {
			return nil, fmt.Errorf("--%s is empty: is a variable unset? Leave the flag out if you mean none", name)
		}
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	if set.Changed("ttl") && o.ttl <= 0 {
		return nil, fmt.Errorf("--ttl %v: want more than 0; without the flag keys stand for ever", o.ttl)
	}
	format, err := o.Format()
	if err != nil {
		return nil, err
	}
	s := &stream{
		format: format, ttl: o.ttl, run: o.run, skip: o.skip, quiet: o.quiet, words: words(set),
		unmatched: choice(o.unmatched), last: choice(o.last), voice: &voice{to: io.Discard},
	}
	if s.run == "" {
		s.run, s.drawn = rand.Text(), true
	}
	return s, nil
}

func (o *options) check() error {
	switch {
	case o.unmatched != string(pass) && o.unmatched != string(drop) && o.unmatched != string(fail):
		return fmt.Errorf("--unmatched %q: want print, drop or fail", o.unmatched)
	case o.last != string(keep) && o.last != string(drop) && o.last != string(fail):
		return fmt.Errorf("--last %q: want keep, drop or fail", o.last)
	case len(o.run) > maxRunBytes || !utf8.ValidString(o.run):
		return fmt.Errorf("--run: want at most %d bytes of UTF-8", maxRunBytes)
	}
	return nil
}

// maxRunBytes is more than a name needs.
const maxRunBytes = 200

// words are the flags that a command which goes on repeats.
func words(set *pflag.FlagSet) (words []string) {
	set.Visit(func(f *pflag.Flag) {
		switch {
		case f.Name == "run" || f.Name == "skip":
		case f.Value.Type() == "bool":
			words = append(words, "--"+f.Name)
		default:
			words = append(words, "--"+f.Name, shellWord(f.Value.String()))
		}
	})
	return words
}

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
