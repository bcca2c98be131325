package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// child is a node of dev.
type child struct {
	id                      int
	data, http, redis, peer string

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
// that was called wrongly.
func (d *development) keep(ctx context.Context, c *child) {
	for again := false; ; again = true {
		code, reason := d.runChild(ctx, c, again)
		stays := d.noRestart || code == exitDisk || code == exitUsage
		c.ended(code, stays)
		if ctx.Err() != nil {
			return
		}
		switch {
		case code == exitDisk:
			d.tell(c.id, red, "ended: its disk failed, its log is damaged or it broke an invariant (exit 6): IT STAYS DOWN; see why above, and `semel serve --help`")
		case stays:
			d.tell(c.id, red, "ended: "+reason+": it stays down")
		default:
			d.tell(c.id, red, "ended: "+reason+": starting it again in a second")
		}
		if stays {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(restartAfter):
		}
	}
}

// runChild is the life of one process; it returns the exit code, -1 if there is none, and why it ended.
func (d *development) runChild(ctx context.Context, c *child, again bool) (code int, reason string) {
	command := d.command(ctx, c)
	input, err := command.StdinPipe() // never written to: when dev ends, however it does, it ends too
	if err != nil {
		return -1, err.Error()
	}
	defer input.Close()
	if err := command.Start(); err != nil {
		return -1, err.Error()
	}
	c.started(command.Process.Pid)
	if again {
		d.tell(c.id, plain, fmt.Sprintf("runs again, pid %d", command.Process.Pid))
	}
	err = command.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
			return -1, "killed by signal " + strconv.Itoa(int(status.Signal())) + " (" + status.Signal().String() + ")"
		}
		return exit.ExitCode(), "exit " + strconv.Itoa(exit.ExitCode())
	}
	return 0, "exit 0"
}

// command is the process of a node: in a group of its own, so that Ctrl-C is dev's alone and
// the nodes are stopped by it.
func (d *development) command(ctx context.Context, c *child) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	level := "notice"
	if d.verbose {
		level = "info"
	}
	command := exec.CommandContext(ctx, self, "serve", "--until-input-ends", "--log", "json", "--log-level", level,
		"--cluster", d.cluster, "--id", strconv.Itoa(c.id), "--peers", d.peers.String(), "--peer-secret", d.secret, "--doors", d.doors.String(),
		"--data", c.data, "--http", c.http, "--redis", c.redis)
	if d.limits.wantsKeys {
		command.Args = append(command.Args, "--capacity-keys", strconv.FormatUint(d.limits.capacityKeys, 10))
	}
	if d.limits.wantsBytes {
		command.Args = append(command.Args, "--capacity-bytes", d.limits.capacityBytes.String())
	}
	command.Env = withoutSettings(os.Environ())
	command.Stderr = &newsWriter{tell: func(line string) { d.relay(c.id, line) }}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = 5 * time.Second
	return command
}

// withoutSettings leaves out what would stand for flags: dev gives a node all that it needs.
func withoutSettings(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "SEMEL_") {
			kept = append(kept, variable)
		}
	}
	return kept
}
