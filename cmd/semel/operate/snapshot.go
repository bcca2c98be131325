package operate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/status"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

const snapshotHelp = `Has each node that --nodes names, one after the other, keep a snapshot of what it has applied: then its next start
has little to apply. Nodes take snapshots by themselves, as the log grows; nothing has to be asked for. Calls are
answered meanwhile, and the cluster does nothing for it: it is the node's own disk that is written.

When one is durable the log begins behind the one before it, and what is older than both is removed. A node that
was away for longer than that is sent a snapshot in place of the log, so do not ask in a loop.

Exit codes: 0 each node has one of all that it had applied; 1 a node could not take one, and why; 2 usage;
4 a node did not answer, or is not done in time: it goes on.`

func snapshotCommand() *cobra.Command {
	var c operation
	command := &cobra.Command{
		Use: "snapshot", Short: "Have nodes take a snapshot now", Args: flags.None(": name the nodes by --nodes"), Long: snapshotHelp,
		Example: "  semel snapshot\n  semel snapshot --nodes 10.0.0.1:7100",
		RunE:    func(command *cobra.Command, _ []string) error { return c.snapshots(command) },
	}
	command.Flags().StringVar(&c.Nodes, "nodes", flags.Nodes(), "HTTP addresses of the nodes, comma-separated, asked one after the other (SEMEL_NODES)")
	c.TimeoutFlag(command, 10*time.Minute, "wait so long for each node's snapshot; one that does not answer is given up after 10 s")
	return command
}

// snapshots asks each node, also behind one that failed.
func (c *operation) snapshots(command *cobra.Command) error {
	all, err := c.Open() // so that a wrong address is told before anybody is asked
	if err != nil {
		return err
	}
	all.Close()
	var failed []error
	code := 0
	for address := range strings.SplitSeq(c.Nodes, ",") {
		one := operation{c.Client}
		one.Nodes = strings.TrimPrefix(strings.TrimSpace(address), "http://")
		taken, err := one.snapshot(command.Context())
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", one.Nodes, err))
			code = max(code, exit.Code(err)) // not to have asked all says more than that one could not
			continue
		}
		fmt.Fprintf(command.OutOrStdout(), "%s: snapshot of entry %d, %d bytes; the log begins behind entry %d\n",
			one.Nodes, taken.Index, taken.Bytes, taken.LogBeginsBehind)
	}
	if len(failed) == 0 {
		return nil
	}
	if code == exit.Unavailable {
		failed = append(failed, errors.New("a node that is down is not asked, and takes none: start it, or name by --nodes or SEMEL_NODES those that are up, by their HTTP addresses; see `semel status`"))
	}
	return exit.With(code, errors.Join(failed...))
}

// unasked is why a node gave no answer, without its address, and the exit code.
func unasked(err error, address string) error {
	unavailable, ok := errors.AsType[*cluster.UnavailableError](err)
	if !ok {
		return err
	}
	why := strings.TrimPrefix(unavailable.Last.Error(), address+": ")
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		why = strings.TrimPrefix(dial.Err.Error(), "connect: ")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		why = "no answer in time"
	}
	if unavailable.Unknown {
		why += "; it may take one all the same"
	}
	return exit.With(exit.Unavailable, errors.New(why))
}

// snapshot has one node take one, and waits for it.
func (c *operation) snapshot(ctx context.Context) (cluster.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	asked := c.Client
	asked.Timeout = min(c.Timeout, cluster.DefaultTimeout) // who does not answer at all is not waited for
	node, err := asked.Open()
	if err != nil {
		return cluster.Snapshot{}, err
	}
	defer node.Close()
	for {
		taken, err := node.TakeSnapshot(ctx)
		if refused, ok := errors.AsType[*cluster.RefusedError](err); ok {
			return taken, exit.With(exit.No, errors.New(refused.Detail))
		}
		if err != nil {
			return taken, unasked(err, c.Nodes)
		}
		if !taken.Done {
			taken, err = c.awaitSnapshot(ctx, taken.Index)
		}
		if err != nil || taken.Done {
			return taken, err
		}
	}
}

// asksAgain is how long to wait before a node that takes a snapshot is looked at again.
const asksAgain = 200 * time.Millisecond

// awaitSnapshot waits until a node has a snapshot of an entry, or of a later one. One that is not Done is not being taken any more, such as
// by a node that was started anew.
func (c *operation) awaitSnapshot(ctx context.Context, index uint64) (cluster.Snapshot, error) {
	for {
		node, err := status.Fetch(ctx, c.Nodes)
		switch s := &node.Snapshots; {
		case ctx.Err() != nil:
			return cluster.Snapshot{}, exit.With(exit.Unavailable, fmt.Errorf("not done within %v; a node that is up goes on: see `semel status`", c.Timeout))
		case err != nil: // it may come back
		case s.Index >= index:
			return cluster.Snapshot{Done: true, Index: s.Index, Bytes: s.Bytes, LogBeginsBehind: s.Base}, nil
		case s.Held >= index:
			return cluster.Snapshot{Done: true, Index: s.Held, Bytes: s.HeldBytes, LogBeginsBehind: s.Base}, nil
		case s.Held > 0:
			return cluster.Snapshot{}, exit.With(exit.No, fmt.Errorf("it has one of entry %d, which is held since another node gets an older one: the next one is taken when that is over, and asked for again", s.Held))
		case s.Taking == 0 && s.Error != "":
			return cluster.Snapshot{}, exit.With(exit.No, errors.New(s.Error))
		case s.Taking == 0:
			return cluster.Snapshot{}, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(asksAgain):
		}
	}
}
