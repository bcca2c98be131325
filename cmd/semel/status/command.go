package status

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/cmd/semel/terminal"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/node"
)

const help = `Ask each node how it is. A node that does not answer has a row too.

The first line says how the cluster is, as the node sees it that is in touch with the most: how many of the members work and are in
touch with one another, and how many more may fail, whichever they are, before nothing is decided any more. Lines below it name
whom others can't reach, since when and why; whose disk is slow (half of the syncs of the last minute took 50 ms or more, or one 1 s)
or hangs; who has little room; versions that differ. GET /v1/cluster/health on any node is the same as a document. A node that
is stopped counts for 2.5 s after it was heard last.

TERM is the number of the election that made the leader. COMMIT is what the node knows to be
safe on a majority of disks, APPLIED how far its table is; LAG is the leader's COMMIT less APPLIED.
KEYS are slots in use, expired records that were not swept yet included, BYTES what values and
fingerprints take, each of how many there may be (semel capacity). ROOM is what its disk has room for,
and for about how many more claims like those of late (53k: thousands) if nothing were given back, as it is with each
snapshot: "ok"; "low", less than 1 GiB or too little for the next snapshot: see to it; "none": where the node leads, or
a majority has none, new claims are refused until there is some again. LOG is the first
entry that its log still has: what was before stands in its SNAPSHOT, whose last entry, size and age that is; "taking 3s"
says for how long the next one has been taken, "fetching 9: 4MB of 10MB from node 2" how much of the one of entry 9 has come
from another node, "9 damaged" that this one can't be read. A node takes them by itself (semel snapshot --help); why it could
not, or will have no room for the next, is a line below, and changes no exit code. A node is "ready" when it
knows a leader and takes calls, at any door, leader or not. A node that
was started is not before it has applied what was committed then; "replaying 42 %" says how far it is, and calls to it
are told LOADING. A node that is "kept out" lost what it had acknowledged, or has another state than a majority: the others
let nothing of its folder count any more (semel serve --help). Where of two nodes only one can dial the other, both rows
say so, and a line below says why: what they say themselves goes one way only. Another line says which two can't dial one
another, though both answer here: with a third node away, too, there may be no majority. The line below the table says which
version the log has and, while nodes are upgraded, up to which one each node's program speaks (semel members says who is waited for). At a first start a node waits to meet
each of the others; one that is "refused" by others was met with another folder before.

Exit codes:
  0  every node is ready
  1  degraded: some node is down or not ready, two states differ, or a node can't reach another one
  2  usage
  3  no quorum: too few of the members work and are in touch, and nothing is decided
  4  no node answers
With --watch: 0 when it is ended, 4 where what it says can't be written.`

// Command is `semel status`.
func Command() *cobra.Command {
	var nodes string
	var asJSON, live bool
	every := time.Second
	command := &cobra.Command{
		Use: "status", Short: "Show how each node is: role, term, how far, health", Long: help, Args: flags.None(": name the nodes by --nodes"),
		Example: "  semel status\n  semel status --nodes 10.0.0.1:7100,10.0.0.2:7100 --json\n  semel status --watch",
		RunE: func(command *cobra.Command, _ []string) error {
			if live {
				return watch(command.Context(), command.OutOrStdout(), trimmed(nodes), every, asJSON)
			}
			report := look(command.Context(), trimmed(nodes))
			if err := report.print(command.OutOrStdout(), asJSON); err != nil {
				return exit.With(exit.Unavailable, err)
			}
			return report.verdict()
		},
	}
	command.Flags().StringVar(&nodes, "nodes", flags.Nodes(), "HTTP addresses of the nodes, comma-separated (SEMEL_NODES)")
	command.Flags().BoolVar(&asJSON, "json", false, "print one JSON object in place of the table")
	command.Flags().BoolVar(&live, "watch", false, "go on until Ctrl-C: a live table on a terminal; elsewhere a line for what is new, or with --json an object each time")
	flags.Span(command, &every, "every", "how often --watch looks")
	return command
}

// verdict is the exit code, with a hint where nothing answers.
func (r *Cluster) verdict() error {
	up, ready := 0, 0
	for _, n := range r.Nodes {
		if n.Up {
			up++
		}
		if n.Ready && len(n.DiffersFrom) == 0 && !n.isOneWay() {
			ready++
		}
	}
	switch {
	case up == 0:
		return exit.With(exit.Unavailable, errors.New("no node answers: give the nodes' HTTP addresses with --nodes or SEMEL_NODES, or start some with `semel dev`"))
	case lacksQuorum(r.Health):
		return exit.With(exit.NoQuorum, nil)
	case ready < len(r.Nodes) || len(r.parted()) > 0 || r.Health != nil && r.Health.State != server.ClusterOK:
		return exit.With(exit.No, nil)
	}
	return nil
}

func (r *Cluster) print(w io.Writer, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(r)
	}
	text, paints, err := r.text()
	if err != nil {
		return err
	}
	return terminal.Print(w, text, paints)
}

// text is how the cluster is, the table, and what else is wrong, with the paint of each line.
func (r *Cluster) text() (string, []terminal.Paint, error) {
	var text bytes.Buffer
	paints := r.summary(&text)
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NODE\tADDRESS\tROLE\tTERM\tCOMMIT\tAPPLIED\tLAG\tKEYS\tBYTES\tROOM\tLOG\tSNAPSHOT\tHEALTH")
	paints = append(paints, terminal.Faint)
	for _, n := range r.Nodes {
		fmt.Fprintln(table, strings.Join(n.cells(), "\t"))
		paints = append(paints, n.paint())
	}
	if err := table.Flush(); err != nil {
		return "", nil, err
	}
	if r.Health != nil && r.Health.LogVersion > 0 {
		fmt.Fprintln(&text, r.Health.LogVersionLine())
		paints = append(paints, terminal.Faint)
	}
	for _, line := range slices.Concat(r.undialled(), r.parted(), r.withoutSnapshot()) {
		fmt.Fprintln(&text, line)
		paints = append(paints, terminal.Red)
	}
	return text.String(), paints, nil
}

// summary says how the cluster is, where any node tells.
func (r *Cluster) summary(text *bytes.Buffer) (paints []terminal.Paint) {
	if r.Health == nil {
		return nil
	}
	for i, line := range r.Health.Lines {
		fmt.Fprintln(text, line)
		paint := terminal.Red
		if i == 0 && r.Health.Quorum {
			paint = terminal.Bold
		}
		paints = append(paints, paint)
	}
	return paints
}

// isOneWay reports whether the node can't dial one that dials it, or the other way around.
func (n *Node) isOneWay() bool {
	status := server.Status{Peers: n.Peers}
	return len(status.OneWays()) > 0
}

// undialled says which node can't dial which, though that one dials it, and why.
func (r *Cluster) undialled() (lines []string) {
	for _, n := range r.Nodes {
		for _, p := range n.Peers {
			if p.IsOneWay() && !p.Connected {
				lines = append(lines, fmt.Sprintf("node %d can't dial node %d at %s: %s; node %d can dial node %d", n.Node, p.Node, p.Address, p.LastError, p.Node, n.Node))
			}
		}
	}
	return lines
}

// parted says which two nodes that are up have both tried to dial one another in vain, and why.
func (r *Cluster) parted() (lines []string) {
	for at, n := range r.Nodes {
		for _, other := range r.Nodes[at+1:] {
			there, back := n.tried(other.Node), other.tried(n.Node)
			if there != "" && back != "" {
				lines = append(lines, fmt.Sprintf("node %d and node %d can't dial one another: %s; %s", n.Node, other.Node, there, back))
			}
		}
	}
	return lines
}

// tried is why nothing goes from this node to a peer and back, as far as it knows; "" where something does, or it has yet to try.
func (n *Node) tried(peer uint8) string {
	for _, p := range n.Peers {
		if p.Node == peer && n.Up && !p.Connected && !p.DialsIn {
			return p.LastError
		}
	}
	return ""
}

// cells are the row of a node; what is not known is a dash.
func (n *Node) cells() []string {
	name, lag := "-", "-"
	if n.Node != 0 {
		name = strconv.Itoa(int(n.Node))
	}
	if !n.Up {
		return []string{name, n.Address, "-", "-", "-", "-", "-", "-", "-", "-", "-", "-", n.Health + ": " + n.Error}
	}
	if n.Lag != nil {
		lag = fmt.Sprint(*n.Lag)
	}
	return []string{name, n.Address, n.Role, fmt.Sprint(n.Term), fmt.Sprint(n.Commit), fmt.Sprint(n.Applied), lag,
		ofCapacity(n.Keys, n.CapacityKeys), ofCapacity(n.Bytes, n.CapacityBytes), roomOf(n.Room), fmt.Sprint(n.Snapshots.Base + 1), snapshotOf(&n.Snapshots), n.Health}
}

// ofCapacity is how much of a capacity is in use.
func ofCapacity(used, capacity uint64) string {
	if capacity == 0 {
		return fmt.Sprint(used)
	}
	return fmt.Sprintf("%d of %d", used, capacity)
}

// roomOf is what a disk has room for: the state, and about how many more claims.
func roomOf(r server.Room) string {
	switch {
	case r.State == "":
		return "-" // an older node does not say
	case r.Claims < 0 || r.State == node.RoomNone:
		return string(r.State)
	}
	return string(r.State) + " " + short(r.Claims)
}

// short is a number in five signs at most, rounded down.
func short(n int64) string {
	const exact = 10_000
	units := []string{"", "k", "M", "G", "T", "P"}
	at := 0
	for ; n >= exact && at < len(units)-1; at++ {
		n /= 1000
	}
	return fmt.Sprint(n) + units[at]
}

func (n *Node) paint() terminal.Paint {
	switch {
	case !n.Ready, len(n.DiffersFrom) > 0, n.isOneWay(), n.Room.State == node.RoomNone:
		return terminal.Red
	case n.Role == "leader":
		return terminal.Bold
	}
	return terminal.Plain
}
