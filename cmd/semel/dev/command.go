package dev

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/local"
	"github.com/eventstreamcore/semel/cmd/semel/serve"
)

// development is a cluster on this machine.
type development struct {
	local.Cluster
	nodes, port                       int
	noRestart, asJSON, verbose, keeps bool // keeps: Dir was given and stays
	capacity                          serve.Capacity
	snapshots                         serve.Interval
	children                          []*child
	printing                          sync.Mutex // held while a line is written to standard error
}

const help = `Each node is a process of its own with a log of its own, synced to the disk as in production; only
the machine is shared. A node that dies is started again after a second: try kill -9.

With --data DIR the cluster is there again at the next start. Otherwise its folder is a temporary
one and goes when dev ends. Ctrl-C stops everything; the nodes never outlive dev.

--json prints one line on standard output once the cluster has a leader, and nothing else there:
  {"nodes":[{"id":1,"pid":4711,"data":"...","redis":"127.0.0.1:7201","http":"127.0.0.1:7101","peer":"127.0.0.1:7301"}, ...]}
News of the nodes (who leads, who died) goes to standard error.

Exit codes:
  0  stopped as asked
  2  usage, or --data is a cluster of another number of nodes
  4  a port or the folder is in use, or every node went down
  6  every node went down, one of them with exit 6: its disk, log or snapshots (semel serve --help)
  7  every node went down, one of them with exit 7, none with 6: this program does not speak the version that the cluster's log has:
     start it with one that does, the folder is as it was`

// Command is `semel dev`.
func Command() *cobra.Command {
	var d development
	c := &cobra.Command{
		Use: "dev", Short: "Run a cluster on this machine, each node its own process", Long: help, Args: flags.None(""),
		Example: "  semel dev\n  semel dev --data ./semel-data\n  semel dev --nodes 5 --port 0 --json",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := d.validate(); err != nil {
				return err
			}
			d.capacity.Note(c)
			d.snapshots.Note(c)
			return d.run(c.Context())
		},
	}
	f := c.Flags()
	f.SortFlags = false
	f.IntVar(&d.nodes, "nodes", 3, "how many nodes, 1 to 9")
	f.IntVar(&d.port, "port", 7100, "HTTP of node n at port+n, Redis at port+100+n, between nodes at port+200+n; 0: free ones")
	f.StringVar(&d.Dir, "data", "", "folder that keeps the data (default: a temporary one)")
	f.BoolVar(&d.noRestart, "no-restart", false, "leave a node that died down")
	f.BoolVar(&d.asJSON, "json", false, "print one line of JSON when the cluster is ready, in place of the table")
	f.BoolVar(&d.verbose, "verbose", false, "show all that the nodes log")
	d.capacity.Flags(c)
	d.snapshots.Flag(c)
	return c
}

func (d *development) validate() error {
	switch {
	case d.nodes < 1 || d.nodes > 9:
		return fmt.Errorf("--nodes is %d: want 1 to 9", d.nodes)
	case d.port != 0 && (d.port < 1024 || d.port > 65_000):
		return fmt.Errorf("--port is %d: want 1024 to 65000, or 0 for any that are free", d.port)
	}
	if err := d.capacity.Validate(); err != nil {
		return err
	}
	return d.snapshots.Validate()
}

// run keeps the nodes up until ctx ends, or until none is left that may be started again.
func (d *development) run(ctx context.Context) error {
	if !signal.Ignored(syscall.SIGHUP) { // nohup
		hangUp, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
		defer stop()
		ctx = hangUp
	}
	leave, err := d.openFolder()
	if err != nil {
		return err
	}
	defer leave()
	release, err := d.place()
	if err != nil {
		return err
	}
	defer release()
	return d.runNodes(ctx)
}

func (d *development) runNodes(ctx context.Context) error {
	running, none := sync.WaitGroup{}, make(chan struct{})
	for _, c := range d.children {
		running.Go(func() { d.keep(ctx, c) })
	}
	go func() {
		running.Wait()
		close(none)
	}()
	if d.awaitReady(ctx, none) {
		if err := d.announce(os.Stdout); err != nil {
			d.say(err.Error())
		}
	}
	<-none
	select {
	case <-ctx.Done():
		return nil
	default:
		return d.allDown()
	}
}

// allDown is why dev ends by itself.
func (d *development) allDown() error {
	code, why := exit.Unavailable, errors.New("every node is down and stays down")
	for _, c := range d.children {
		switch c.exitCode() {
		case exit.Disk:
			return exit.With(exit.Disk, why)
		case exit.Upgrade:
			code = exit.Upgrade
		}
	}
	if code == exit.Upgrade {
		why = fmt.Errorf("%w: %s", why, tooOld)
	}
	return exit.With(code, why)
}

// say prints a line of news.
func (d *development) say(text string) {
	d.printing.Lock()
	defer d.printing.Unlock()
	fmt.Fprintln(os.Stderr, text)
}
