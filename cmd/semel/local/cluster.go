package local

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Cluster is nodes on this machine.
type Cluster struct {
	Name    string   // the same at each start over a folder
	Dir     string   // of node n the data is in its folder n
	Secret  string   // file of the nodes' secret; empty: none, of a program that knows none
	Program string   // what the nodes are; empty: this program
	Flags   []string // of serve, beside those that place a node
	Nodes   []*Node  // see Place
}

// SecretFile is the name of the file for the nodes' secret in a cluster's folder.
const SecretFile = "peer.secret"

// Self is this program.
func Self() string {
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	return path
}

// Addresses are those of HTTP of all nodes, as --nodes takes them.
func (c *Cluster) Addresses() string {
	var all []string
	for _, n := range c.Nodes {
		all = append(all, n.HTTP)
	}
	return strings.Join(all, ",")
}

// pairs are the nodes' addresses as flags of serve take them.
func (c *Cluster) pairs(of func(*Node) string) string {
	var all []string
	for _, n := range c.Nodes {
		if n.Join == "" {
			all = append(all, fmt.Sprintf("%d=%s", n.ID, of(n)))
		}
	}
	return strings.Join(all, ",")
}

const stopPatience = 5 * time.Second // then a node that was asked to stop is killed

// Command is the process of a node, not started yet; it is asked to stop when ctx ends.
func (c *Cluster) Command(ctx context.Context, n *Node) *exec.Cmd {
	program := c.Program
	if program == "" {
		program = Self()
	}
	command := exec.CommandContext(ctx, program, "serve", "--until-input-ends", "--cluster", c.Name, "--id", strconv.Itoa(n.ID),
		"--data", n.Data, "--http", n.HTTP, "--redis", n.Redis)
	if n.Join != "" {
		command.Args = append(command.Args, "--join", n.Join, "--listen", n.Peer)
	} else {
		command.Args = append(command.Args, "--peers", c.pairs(func(n *Node) string { return n.Peer }), "--doors", c.pairs(func(n *Node) string { return n.HTTP }))
	}
	if c.Secret != "" {
		command.Args = append(command.Args, "--peer-secret", c.Secret)
	}
	command.Args = append(command.Args, c.Flags...)
	command.Env = withoutSettings(os.Environ())
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	command.WaitDelay = stopPatience
	return command
}

// withoutSettings leaves out what would stand for flags.
func withoutSettings(environment []string) []string {
	var kept []string
	for _, variable := range environment {
		if !strings.HasPrefix(variable, "SEMEL_") {
			kept = append(kept, variable)
		}
	}
	return kept
}

// Launch starts a command of Command, whose node then ends when this program does. Wait for it.
func Launch(command *exec.Cmd) error {
	if _, err := command.StdinPipe(); err != nil { // never written to, closed by the end of this program or by Wait
		return err
	}
	return command.Start()
}
