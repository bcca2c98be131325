package flags

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// Client is where the nodes are and how long they are waited for, as flags say. A call
// is repeated, at the next node if one is down, as exactly what it was: see package
// dedup/client.
type Client struct {
	Nodes     string // addresses, comma-separated
	Namespace string
	Timeout   time.Duration
}

// NodesOfDev are those that `semel dev` starts.
const NodesOfDev = "127.0.0.1:7101,127.0.0.1:7102,127.0.0.1:7103"

// Nodes are the addresses to ask where no flag says so: of SEMEL_NODES, or those of dev.
func Nodes() string { return cmp.Or(os.Getenv("SEMEL_NODES"), NodesOfDev) }

// NodesFlag adds --nodes.
func (c *Client) NodesFlag(command *cobra.Command) {
	command.Flags().StringVar(&c.Nodes, "nodes", Nodes(), "HTTP addresses of nodes, comma-separated, tried in this order (environment: SEMEL_NODES)")
}

// NamespaceFlag adds --ns.
func (c *Client) NamespaceFlag(command *cobra.Command) {
	command.Flags().Var((*namespaceValue)(&c.Namespace), "ns", `namespace of the key (default "default", the one of stock Redis clients)`)
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

// TimeoutFlag adds --timeout.
func (c *Client) TimeoutFlag(command *cobra.Command, span time.Duration, usage string) {
	command.Flags().DurationVar(&c.Timeout, "timeout", span, usage)
}

// CallFlags are those of a command that makes one call.
func (c *Client) CallFlags(command *cobra.Command) {
	c.NodesFlag(command)
	c.NamespaceFlag(command)
	c.TimeoutFlag(command, cluster.DefaultTimeout, "give up after so long; until then the nodes are asked again")
}

// Record is that of a key in the namespace.
func (c *Client) Record(key string) cluster.Record {
	return cluster.Record{Namespace: c.Namespace, Key: []byte(key)}
}

// Open returns a client of the nodes. Close it.
func (c *Client) Open() (*cluster.Client, error) {
	var nodes []string
	for address := range strings.SplitSeq(c.Nodes, ",") {
		address = strings.TrimPrefix(strings.TrimSpace(address), "http://")
		if !isAddress(address) {
			return nil, fmt.Errorf("--nodes (SEMEL_NODES) %q: %q is no address of a node, want host:port of its HTTP door", c.Nodes, address)
		}
		nodes = append(nodes, address)
	}
	if c.Timeout <= 0 {
		return nil, fmt.Errorf("--timeout %v: want more than 0", c.Timeout)
	}
	opened, err := cluster.New(cluster.Config{Nodes: nodes, Timeout: c.Timeout, Transport: NewTransport()})
	if err != nil {
		return nil, fmt.Errorf("--nodes %q: %w", c.Nodes, err)
	}
	return opened, nil
}

func isAddress(address string) bool {
	host, port, err := net.SplitHostPort(address)
	number, wrong := strconv.ParseUint(port, 10, 16)
	return err == nil && wrong == nil && host != "" && number > 0
}

// Ask makes one call and turns its error into an exit code.
func (c *Client) Ask(ctx context.Context, call func(context.Context, *cluster.Client) (cluster.Answer, error)) (cluster.Answer, error) {
	nodes, err := c.Open()
	if err != nil {
		return cluster.Answer{}, err
	}
	defer nodes.Close()
	answer, err := call(ctx, nodes)
	return answer, c.Unanswered(err)
}

// Unanswered adds to an error of a call that got no answer who was asked, and its exit code. Others stay.
func (c *Client) Unanswered(err error) error {
	var unavailable *cluster.UnavailableError
	if !errors.As(err, &unavailable) {
		return err
	}
	return exit.With(exit.Unavailable, fmt.Errorf("%w\nAsked: %s. See `semel status`; name other nodes by --nodes or SEMEL_NODES, by their HTTP addresses", err, c.Nodes))
}
