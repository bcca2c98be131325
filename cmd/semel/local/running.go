package local

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Start runs a node. What it says goes on in its log.
func (c *Cluster) Start(ctx context.Context, n *Node) error {
	log, err := os.OpenFile(c.logFile(n), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	command := c.Command(ctx, n)
	command.Stderr = log
	n.process = command
	return Launch(command)
}

// StartAll starts all nodes; where one can't be none is left behind.
func (c *Cluster) StartAll(ctx context.Context) error {
	for _, n := range c.Nodes {
		if err := c.Start(ctx, n); err != nil {
			c.Stop()
			return err
		}
	}
	return nil
}

// Kill ends the node as kill -9 does, and waits for its end. One that does not run stays so.
func (n *Node) Kill() {
	if n.runs() {
		_ = n.process.Process.Kill()
		_ = n.process.Wait()
	}
}

// Terminate has the node end as its owner would, and waits for its end.
func (n *Node) Terminate() error {
	if err := n.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	return n.process.Wait()
}

// Signal sends a signal to the process of a node that runs.
func (n *Node) Signal(signal os.Signal) error { return n.process.Process.Signal(signal) }

// PID is the process of a node that was started.
func (n *Node) PID() int { return n.process.Process.Pid }

// runs reports whether the node was started, and nobody has waited for its end.
func (n *Node) runs() bool {
	return n.process != nil && n.process.Process != nil && n.process.ProcessState == nil
}

// Stop has all nodes that run end in order, and waits for them.
func (c *Cluster) Stop() {
	for _, n := range c.Nodes {
		if n.runs() {
			_ = n.process.Process.Signal(syscall.SIGTERM)
		}
	}
	for _, n := range c.Nodes {
		if n.runs() {
			_ = n.process.Wait()
		}
	}
}

func (c *Cluster) logFile(n *Node) string {
	return filepath.Join(c.Dir, fmt.Sprintf("node-%d.log", n.ID))
}

// LastWords is the end of what a node said since its data are there.
func (c *Cluster) LastWords(n *Node) string {
	const most = 2000
	text, _ := os.ReadFile(c.logFile(n))
	return string(text[max(0, len(text)-most):])
}
