package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// client is where the nodes are and how long they are waited for, as flags say. A call
// is repeated, at the next node if one is down, as exactly what it was: see package
// dedup/client.
type client struct {
	nodes     string
	namespace string
	timeout   time.Duration
}

// nodesOfDev are those that `semel dev` starts.
const nodesOfDev = "127.0.0.1:7101,127.0.0.1:7102,127.0.0.1:7103"

func (c *client) flags(command *cobra.Command) {
	nodes := os.Getenv("SEMEL_NODES")
	if nodes == "" {
		nodes = nodesOfDev
	}
	command.Flags().StringVar(&c.nodes, "nodes", nodes, "HTTP addresses of nodes, comma-separated, tried in this order (environment: SEMEL_NODES)")
}

func (c *client) namespaceFlag(command *cobra.Command) {
	command.Flags().Var((*namespaceValue)(&c.namespace), "ns", `namespace of the key (default "default", the one of stock Redis clients)`)
}

// namespaceValue is a namespace that somebody has named.
type namespaceValue string

// Type is what the help says of the flag's value.
func (n *namespaceValue) Type() string { return "string" }

func (n *namespaceValue) String() string { return string(*n) }

// Set refuses a name that is empty, as it is where a variable is unset: the key would be one of all others' namespace.
func (n *namespaceValue) Set(name string) error {
	if name == "" {
		return errors.New("it is empty: is a variable unset? Leave the flag out for the namespace \"default\"")
	}
	*n = namespaceValue(name)
	return nil
}

func (c *client) timeoutFlag(command *cobra.Command, span time.Duration, usage string) {
	command.Flags().DurationVar(&c.timeout, "timeout", span, usage)
}

// callFlags are those of a command that makes one call.
func (c *client) callFlags(command *cobra.Command) {
	c.flags(command)
	c.namespaceFlag(command)
	c.timeoutFlag(command, cluster.DefaultTimeout, "give up after so long; until then the nodes are asked again")
}

func (c *client) record(key string) cluster.Record {
	return cluster.Record{Namespace: c.namespace, Key: []byte(key)}
}

// open returns a client of the nodes. Close it.
func (c *client) open() (*cluster.Client, error) {
	var nodes []string
	for address := range strings.SplitSeq(c.nodes, ",") {
		address = strings.TrimPrefix(strings.TrimSpace(address), "http://")
		if !isAddress(address) {
			return nil, fmt.Errorf("--nodes (SEMEL_NODES) %q: %q is no address of a node, want host:port of its HTTP door", c.nodes, address)
		}
		nodes = append(nodes, address)
	}
	if c.timeout <= 0 {
		return nil, fmt.Errorf("--timeout %v: want more than 0", c.timeout)
	}
	opened, err := cluster.New(cluster.Config{Nodes: nodes, Timeout: c.timeout})
	if err != nil {
		return nil, fmt.Errorf("--nodes %q: %w", c.nodes, err)
	}
	return opened, nil
}

func isAddress(address string) bool {
	host, port, err := net.SplitHostPort(address)
	number, wrong := strconv.ParseUint(port, 10, 16)
	return err == nil && wrong == nil && host != "" && number > 0
}

// ask makes one call and turns its error into an exit code.
func (c *client) ask(ctx context.Context, call func(context.Context, *cluster.Client) (cluster.Answer, error)) (cluster.Answer, error) {
	nodes, err := c.open()
	if err != nil {
		return cluster.Answer{}, err
	}
	defer nodes.Close()
	answer, err := call(ctx, nodes)
	return answer, c.unanswered(err)
}

// unanswered adds to an error of a call that got no answer who was asked, and its exit code. Others stay.
func (c *client) unanswered(err error) error {
	var unavailable *cluster.UnavailableError
	if !errors.As(err, &unavailable) {
		return err
	}
	return &exitError{exitUnavailable, fmt.Errorf("%w\nAsked: %s. See `semel status`; name other nodes by --nodes or SEMEL_NODES, by their HTTP addresses", err, c.nodes)}
}
