package dev

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/local"
	"github.com/eventstreamcore/semel/cmd/semel/terminal"
	"github.com/eventstreamcore/semel/cmd/semel/wait"
)

// child is a node of dev.
type child struct {
	*local.Node

	mu   sync.Mutex
	pid  int // 0: not running
	code int // of the last end; -1: killed
	down bool
}

func (c *child) started(pid int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pid = pid
}

// ended notes how the process ended; down says that it is not started again.
func (c *child) ended(code int, down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pid, c.code, c.down = 0, code, down
}

// now returns the process, 0 while there is none, and whether none comes any more.
func (c *child) now() (pid int, down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pid, c.down
}

func (c *child) exitCode() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.code
}

const restartAfter = time.Second

// keep runs the node, again a second after it died, until ctx ends. A node whose disk
// failed stays down: what a failed sync dropped is not there again after a restart. So does one
// that was called wrongly, is a member no more, or does not speak the version of its folder.
func (d *development) keep(ctx context.Context, c *child) {
	for again := false; ; again = true {
		code, reason := d.runChild(ctx, c, again)
		stays := d.noRestart || staysDown(code)
		c.ended(code, stays)
		if ctx.Err() != nil {
			return
		}
		switch {
		case code == exit.Disk:
			d.tell(c.ID, terminal.Red, "ended: its disk failed, its log is damaged, its folder is an older copy, its snapshots are damaged, or it broke an invariant (exit 6): IT STAYS DOWN; see why above, and `semel serve --help`")
		case code == exit.Upgrade:
			d.tell(c.ID, terminal.Red, "ended: "+tooOld+" (exit 7): it stays down")
		case stays:
			d.tell(c.ID, terminal.Red, "ended: "+reason+": it stays down")
		default:
			d.tell(c.ID, terminal.Red, "ended: "+reason+": starting it again in a second")
		}
		if stays {
			return
		}
		if !wait.For(ctx, restartAfter) {
			return
		}
	}
}

func staysDown(code int) bool {
	return code == exit.Disk || code == exit.Usage || code == exit.Removed || code == exit.Upgrade
}

// tooOld is what exit 7 of a node says.
const tooOld = "this program does not speak the version that the cluster's log has: start it with one that does, the folder is as it was"

// runChild is the life of one process; it returns the exit code, -1 if there is none, and why it ended.
func (d *development) runChild(ctx context.Context, c *child, again bool) (code int, reason string) {
	command := d.command(ctx, c)
	if err := local.Launch(command); err != nil {
		return -1, err.Error()
	}
	c.started(command.Process.Pid)
	if again {
		d.tell(c.ID, terminal.Plain, fmt.Sprintf("runs again, pid %d", command.Process.Pid))
	}
	err := command.Wait()
	var died *exec.ExitError
	if errors.As(err, &died) {
		if status, ok := died.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return -1, "killed by signal " + strconv.Itoa(int(status.Signal())) + " (" + status.Signal().String() + ")"
		}
		return died.ExitCode(), "exit " + strconv.Itoa(died.ExitCode())
	}
	return 0, "exit 0"
}

// command is the process of a node.
func (d *development) command(ctx context.Context, c *child) *exec.Cmd {
	command := d.Command(ctx, c.Node)
	command.Stderr = &newsWriter{tell: func(line string) { d.relay(c.ID, line) }}
	return command
}

// place gives each node its folder and ports, and finds out that these are free. release gives up what it holds of
// them.
func (d *development) place() (release func(), err error) {
	d.Flags = slices.Concat([]string{"--log", "json", "--log-level", "notice"}, d.capacity.Arguments(), d.snapshots.Arguments())
	if d.verbose {
		d.Flags[3] = "info"
	}
	release, err = d.Place(d.nodes, d.port)
	var port *local.PortError
	switch {
	case errors.As(err, &port) && errors.Is(err, syscall.EADDRINUSE):
		return nil, exit.With(exit.Unavailable, fmt.Errorf("port %d, which node %d needs for %s, is taken: does another `semel dev` run? "+
			"Stop it, or choose others, such as --port %d, or --port 0 for any that are free", port.Port, port.Node, port.What, d.port+1000))
	case err != nil:
		return nil, exit.With(exit.Unavailable, err)
	}
	for _, n := range d.Nodes {
		d.children = append(d.children, &child{Node: n})
	}
	return release, nil
}
