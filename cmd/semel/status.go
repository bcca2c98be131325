package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/dedup/server"
)

// nodeReport is what status shows of one node. Of a node that is down only Address and
// Error are known, and Node where it is the only one missing.
type nodeReport struct {
	Address string  `json:"address"`
	Up      bool    `json:"up"`    // it answered
	Ready   bool    `json:"ready"` // it takes calls
	Node    uint8   `json:"node"`  // 0: not known
	Role    string  `json:"role"`
	Term    uint64  `json:"term"`
	Leader  uint8   `json:"leader"` // as this node knows it; 0: none
	Commit  uint64  `json:"commit"`
	Applied uint64  `json:"applied"`
	Lag     *uint64 `json:"lag"` // entries that the leader has committed and this node has not applied; null: no leader, or down
	Keys    uint64  `json:"keys"`
	Bytes   uint64  `json:"bytes"`
	Replay  uint64  `json:"replay"` // while it loads: up to where it is to be applied, as far as is known; else 0

	CapacityKeys  uint64 `json:"capacity_keys"` // how many may stand; 0: not known yet
	CapacityBytes uint64 `json:"capacity_bytes"`

	Health string `json:"health"` // ready, replaying N %, loading, no leader, no majority, stopped, or down
	Error  string `json:"error,omitempty"`

	peers []server.Peer
}

// clusterReport is what status --json prints.
type clusterReport struct {
	Leader uint8        `json:"leader"` // the node that leads in the highest term; 0: none
	Nodes  []nodeReport `json:"nodes"`  // in the order of --nodes
}

const statusHelp = `Ask each node how it is. A node that does not answer has a row too.

TERM is the number of the election that made the leader. COMMIT is what the node knows to be
safe on a majority of disks, APPLIED how far its table is; LAG is the leader's COMMIT less APPLIED.
KEYS are slots in use, expired records that were not swept yet included, BYTES what values and
fingerprints take, each of how many there may be (semel capacity). A node is "ready" when it
knows a leader and takes calls, at any door, leader or not. A node that
was started is not before it has applied what was committed then; "replaying 42 %" says how far it is, and calls to it
are told LOADING.

Exit codes:
  0  every node is ready
  1  some node is down or not ready
  2  usage
  4  no node answers`

func statusCommand() *cobra.Command {
	var nodes string
	var asJSON bool
	command := &cobra.Command{
		Use: "status", Short: "Show how each node is: role, term, how far, health", Long: statusHelp, Args: none(": name the nodes by --nodes"),
		Example: "  semel status\n  semel status --nodes 10.0.0.1:7100,10.0.0.2:7100 --json",
		RunE: func(command *cobra.Command, _ []string) error {
			report := askAll(command.Context(), strings.Split(nodes, ","))
			if err := report.print(command.OutOrStdout(), asJSON); err != nil {
				return &exitError{exitUnavailable, err}
			}
			return report.verdict()
		},
	}
	command.Flags().StringVar(&nodes, "nodes", cmp.Or(os.Getenv("SEMEL_NODES"), nodesOfDev), "HTTP addresses of the nodes, comma-separated (SEMEL_NODES)")
	command.Flags().BoolVar(&asJSON, "json", false, "print one JSON object in place of the table")
	return command
}

// askAll asks all addresses at once.
func askAll(ctx context.Context, addresses []string) clusterReport {
	report := clusterReport{Nodes: make([]nodeReport, len(addresses))}
	var asking sync.WaitGroup
	for i, address := range addresses {
		asking.Go(func() { report.Nodes[i] = askNode(ctx, strings.TrimPrefix(strings.TrimSpace(address), "http://")) })
	}
	asking.Wait()
	report.conclude()
	return report
}

// askNode asks one node, for two seconds.
func askNode(ctx context.Context, address string) nodeReport {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	status, err := fetchStatus(ctx, address)
	if err != nil {
		return nodeReport{Address: address, Health: "down", Error: plainReason(err)}
	}
	report := nodeReport{
		Address: address, Up: true, Ready: status.Ready, Node: status.Node, Role: status.Role, Term: status.Term,
		Leader: status.Leader, Commit: status.Commit, Applied: status.Applied, Keys: status.Keys, Bytes: status.Bytes,
		CapacityKeys: status.CapacityKeys, CapacityBytes: status.CapacityBytes,
		Replay: status.Replay, Health: status.Health(), peers: status.Peers,
	}
	return report
}

func fetchStatus(ctx context.Context, address string) (status server.Status, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/v1/status", nil)
	if err != nil {
		return status, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return status, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return status, fmt.Errorf("answers %q: is this a node's HTTP address?", response.Status)
	}
	if err := json.NewDecoder(response.Body).Decode(&status); err != nil {
		return status, errors.New("answers something else: is this a node's HTTP address?")
	}
	return status, nil
}

// plainReason is err without the address, which stands beside it.
func plainReason(err error) string {
	var call *url.Error
	var op *net.OpError
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer within 2 s"
	case errors.As(err, &op) && op.Op == "dial":
		return strings.TrimPrefix(op.Err.Error(), "connect: ")
	case strings.Contains(err.Error(), "malformed HTTP"):
		return "does not speak HTTP: is this a node's HTTP address?"
	case errors.As(err, &call):
		return call.Err.Error()
	}
	return err.Error()
}

// conclude finds the leader, how far each node is behind it, and the name of a node that
// is the only one missing.
func (r *clusterReport) conclude() {
	var leader *nodeReport
	for i := range r.Nodes {
		if n := &r.Nodes[i]; n.Role == "leader" && (leader == nil || n.Term > leader.Term) {
			leader = n
		}
	}
	if leader == nil {
		return
	}
	r.Leader = leader.Node
	missing, down := []uint8{}, []*nodeReport{}
	for _, p := range leader.peers {
		if !slices.ContainsFunc(r.Nodes, func(n nodeReport) bool { return n.Node == p.Node }) {
			missing = append(missing, p.Node)
		}
	}
	for i := range r.Nodes {
		n := &r.Nodes[i]
		if !n.Up {
			down = append(down, n)
			continue
		}
		lag := leader.Commit - min(leader.Commit, n.Applied)
		n.Lag = &lag
	}
	if len(missing) == 1 && len(down) == 1 {
		down[0].Node = missing[0]
	}
}

// verdict is the exit code, with a hint where nothing answers.
func (r *clusterReport) verdict() error {
	up, ready := 0, 0
	for _, n := range r.Nodes {
		if n.Up {
			up++
		}
		if n.Ready {
			ready++
		}
	}
	switch {
	case up == 0:
		return &exitError{exitUnavailable, errors.New("no node answers: give the nodes' HTTP addresses with --nodes or SEMEL_NODES, or start some with `semel dev`")}
	case ready < len(r.Nodes):
		return &exitError{code: exitNotReady}
	}
	return nil
}

func (r *clusterReport) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	var text bytes.Buffer
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NODE\tADDRESS\tROLE\tTERM\tCOMMIT\tAPPLIED\tLAG\tKEYS\tBYTES\tHEALTH")
	paints := []paint{faint}
	for _, n := range r.Nodes {
		fmt.Fprintln(table, strings.Join(n.cells(), "\t"))
		paints = append(paints, n.paint())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	return printPainted(w, text.String(), paints)
}

// cells are the row of a node; what is not known is a dash.
func (n *nodeReport) cells() []string {
	name, lag := "-", "-"
	if n.Node != 0 {
		name = strconv.Itoa(int(n.Node))
	}
	if !n.Up {
		return []string{name, n.Address, "-", "-", "-", "-", "-", "-", "-", n.Health + ": " + n.Error}
	}
	if n.Lag != nil {
		lag = fmt.Sprint(*n.Lag)
	}
	return []string{name, n.Address, n.Role, fmt.Sprint(n.Term), fmt.Sprint(n.Commit), fmt.Sprint(n.Applied), lag,
		ofCapacity(n.Keys, n.CapacityKeys), ofCapacity(n.Bytes, n.CapacityBytes), n.Health}
}

// ofCapacity is how much of a capacity is in use.
func ofCapacity(used, capacity uint64) string {
	if capacity == 0 {
		return fmt.Sprint(used)
	}
	return fmt.Sprintf("%d of %d", used, capacity)
}

func (n *nodeReport) paint() paint {
	switch {
	case !n.Ready:
		return red
	case n.Role == "leader":
		return bold
	}
	return plain
}
