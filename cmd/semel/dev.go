package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

type development struct {
	nodes, port int
	dir         string
	noRestart   bool
	peers       string
}

func devCommand() *cobra.Command {
	var d development
	c := &cobra.Command{
		Use: "dev", Short: "Run a cluster on this machine, each node its own process", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return d.run(c.Context()) },
	}
	c.Flags().IntVar(&d.nodes, "nodes", 3, "how many nodes, 1 to 9")
	c.Flags().IntVar(&d.port, "port", 7100, "HTTP of node n at port+n, Redis at port+100+n, peers at port+200+n")
	c.Flags().StringVar(&d.dir, "data", "", "folder that keeps the data; default: a temporary one")
	c.Flags().BoolVar(&d.noRestart, "no-restart", false, "leave a node that died down")
	return c
}

func (d *development) run(ctx context.Context) error {
	if d.nodes < 1 || d.nodes > 9 {
		return fmt.Errorf("--nodes %d: want 1 to 9", d.nodes)
	}
	if d.dir == "" {
		dir, err := os.MkdirTemp("", "semel-dev-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		d.dir = dir
	}
	var peers []string
	for id := 1; id <= d.nodes; id++ {
		peers = append(peers, fmt.Sprintf("%d=%s", id, d.address(200+id)))
	}
	d.peers = strings.Join(peers, ",")
	var running sync.WaitGroup
	for id := 1; id <= d.nodes; id++ {
		running.Go(func() { d.keep(ctx, id) })
	}
	running.Wait()
	return nil
}

func (d *development) address(offset int) string { return fmt.Sprintf("127.0.0.1:%d", d.port+offset) }

// keep runs node id, again a second after it died, until ctx ends. A node whose disk
// failed stays down: what a failed sync dropped is not there again after a restart.
func (d *development) keep(ctx context.Context, id int) {
	for {
		child := d.child(ctx, id)
		err := child.Start()
		if err == nil {
			fmt.Printf("node %d  pid %-7d http %s  redis %s\n", id, child.Process.Pid, d.address(id), d.address(100+id))
			err = child.Wait()
		}
		if ctx.Err() != nil {
			return
		}
		fmt.Fprintf(os.Stderr, "semel: node %d ended: %v\n", id, err)
		if d.noRestart || child.ProcessState != nil && child.ProcessState.ExitCode() == exitDisk {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Second):
		}
	}
}

func (d *development) child(ctx context.Context, id int) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	child := exec.CommandContext(ctx, self, "serve", "--cluster", "dev", "--id", fmt.Sprint(id), "--peers", d.peers,
		"--data", filepath.Join(d.dir, fmt.Sprint(id)), "--http", d.address(id), "--redis", d.address(100+id))
	child.Stderr = os.Stderr
	child.Cancel = func() error { return child.Process.Signal(syscall.SIGTERM) }
	child.WaitDelay = 5 * time.Second
	return child
}
