package run

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
)

const help = `Runs a command once, across all machines that run the same KEY. It claims the key with a
lease, extends the lease while the command runs, and completes the claim when the command
ends with exit code 0: from then on every run of the key is told "done before", does
nothing and exits 0. When the command fails the key is released, and the next one may try.
If this machine dies the key is free again when the lease is over.

The command ends with its lease. If no node extends it in time, or somebody else holds the
key, the command gets SIGTERM, and SIGKILL after a third of the lease (10s at most). Signals
are handed on to it. It does not outlive this program, however that ends. In its environment
stand SEMEL_KEY and SEMEL_TOKEN, a number that only rises: hand it to what the command
writes to, if that can refuse older ones.

What ends is the command itself and its process group. What it leaves behind in the
background when it exits is not waited for: the key is then done, or free. What it starts
in a session of its own (setsid, a daemon) is not ended with it: keep it in the foreground.

A command that is stopped half-way has to say so by its exit code: 0 is "done".

A KEY that begins with "-" stands behind a -- of its own: semel run -- -17 -- ./ship

Exit codes:
  0    done and recorded, or done before       122  in progress: somebody else is at it, not run
  N    the command's own, 128 and the          123  no answer from the cluster, or it is full: not run
       signal's number if one killed it        125  usage
  120  DONE, NOT RECORDED: no node said so     126  the command can't be run
  121  LEASE LOST: the command was terminated  127  there is no such command`

const examples = `  semel run order-4711 --lease 30s -- ./ship 4711
  semel run "report-$(date +%F)" --lease 1m --ttl 48h -- ./report      # cron, on three machines
  semel run mail-17 --lease 30s --wait 5m -- sh -c './send 17 && ./log 17'`

// leastLease: an election and an answer have to fit in a third of it.
const leastLease = time.Second

// Command is `semel run`.
func Command() *cobra.Command {
	var c flags.Client
	var r Config
	command := &cobra.Command{
		Use: "run KEY --lease DURATION -- COMMAND [ARG...]", Short: "Run a command once: claim with a lease, extend, complete",
		Long: help, Example: examples,
		RunE: func(command *cobra.Command, args []string) error { return once(command, &c, r, args) },
	}
	command.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(flags.Wrong(c, err)) })
	c.NodesFlag(command)
	c.NamespaceFlag(command)
	c.TimeoutFlag(command, 10*time.Second, "how long to ask the nodes for the claim")
	command.Flags().DurationVar(&r.Lease, "lease", 30*time.Second, "how long the key stays held if this machine dies")
	flags.Span(command, &r.TTL, "ttl", "how long the key stays done, from the end of the command on (default: for ever)")
	command.Flags().DurationVar(&r.Wait, "wait", 0, "how long to wait while somebody else is at it")
	command.Flags().DurationVar(&r.RecordFor, "record-timeout", time.Minute, "how long to try to record that it is done")
	command.Flags().IntVar(&r.DuplicateCode, "duplicate-code", 0, "exit code where it was done before")
	command.Flags().SetInterspersed(true)
	return command
}

func usage(err error) error {
	return exit.With(ExitUsage, fmt.Errorf("%w\nsee `semel run --help`", err))
}

func once(command *cobra.Command, c *flags.Client, r Config, args []string) error {
	args, dash := keyBehindDash(args, command.ArgsLenAtDash())
	if err := check(&r, args, dash); err != nil {
		return usage(err)
	}
	r.Key, r.Command = c.Record(args[0]), args[1:]
	if code, err := CheckCommand(r.Command); err != nil {
		return exit.With(code, err)
	}
	nodes, err := c.Open()
	if err != nil {
		return usage(err)
	}
	defer nodes.Close()
	self, err := os.Executable()
	if err != nil {
		return usage(err)
	}
	signals, stop := handOn()
	defer stop()
	if command.Flags().Changed("nodes") {
		r.Nodes = c.Nodes
	}
	r.Cluster, r.Owner, r.Signals, r.Says = nodes, rand.Text(), signals, command.ErrOrStderr()
	r.Watchdog = []string{self, watchdogName}
	if code := Do(command.Context(), r); code != 0 {
		return exit.With(code, nil)
	}
	return nil
}

// keyBehindDash takes the second -- of run [flags] -- -KEY -- COMMAND for the one in front of the command. No command's
// name begins with -, so nothing that was meant otherwise is read so.
func keyBehindDash(args []string, dash int) ([]string, int) {
	if dash == 0 && len(args) > 1 && strings.HasPrefix(args[0], "-") && args[1] == "--" {
		return slices.Delete(slices.Clone(args), 1, 2), 1
	}
	return args, dash
}

func check(r *Config, args []string, dash int) error {
	switch {
	case len(args) == 0 || dash == 0:
		return errors.New("KEY is missing")
	case args[0] == "":
		return errors.New("KEY is empty: is a variable unset?")
	case dash != 1:
		return errors.New("want KEY, then --, then the command and its arguments")
	case len(args) == 1:
		return errors.New("the command is missing behind --")
	case r.Lease < leastLease:
		return fmt.Errorf("--lease %v: want at least %v, and well above what an election takes", r.Lease, leastLease)
	case r.Wait < 0 || r.RecordFor <= 0:
		return errors.New("--wait and --record-timeout can't be negative")
	case r.DuplicateCode < 0 || r.DuplicateCode > 255:
		return fmt.Errorf("--duplicate-code %d: want 0 to 255", r.DuplicateCode)
	case strings.ContainsRune(args[0], 0):
		return errors.New("KEY holds a zero byte")
	}
	return nil
}

// handOn collects the signals that are the command's. One that was ignored when this program started stays ignored.
// SIGPIPE is taken and dropped: a reader of our words that has gone must not end us before the claim is completed.
func handOn() (signals chan os.Signal, stop func()) {
	signals = make(chan os.Signal, 16)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	dropped := make(chan os.Signal, 1)
	signal.Notify(dropped, syscall.SIGPIPE)
	return signals, func() {
		signal.Stop(signals)
		signal.Stop(dropped)
	}
}

const watchdogName = "run-watchdog"

// WatchdogCommand is the process that kills the command of a run which can't do so any more.
func WatchdogCommand() *cobra.Command {
	return &cobra.Command{
		Use: watchdogName, Hidden: true, Args: flags.None(""), Short: "Kills the command of semel run when its lease is over; reads from it",
		Run: func(*cobra.Command, []string) {
			signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
			Watch(os.Stdin, Kill)
		},
	}
}
