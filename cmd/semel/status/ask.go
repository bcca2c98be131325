package status

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/eventstreamcore/semel/cmd/semel/flags"
	"github.com/eventstreamcore/semel/dedup/server"
)

// Node is what status shows of one node. Of a node that is down only Address and
// Error are known, and Node where it is the only one missing.
type Node struct {
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

	Room server.Room `json:"room"` // what its disk has room for

	Snapshots server.Snapshots `json:"snapshots"` // where its log begins, and what stands for what was before

	Health string `json:"health"` // ready, replaying N %, loading, no leader, no majority, stopped, kept out, or down
	Error  string `json:"error,omitempty"`

	// DiffersFrom are the nodes whose state is another than this one's, where no majority says whose is wrong.
	DiffersFrom []int `json:"differs_from,omitempty"`
	// KeptOut is why the others let nothing of this node count any more; empty where they do.
	KeptOut string `json:"kept_out,omitempty"`

	// Peers are the others as this node sees them: whom it has dialled, who has dialled it, and why not.
	Peers []server.Peer `json:"peers,omitempty"`
}

// Cluster is what status --json prints.
type Cluster struct {
	Leader uint8  `json:"leader"` // the node that leads in the highest term; 0: none
	Nodes  []Node `json:"nodes"`  // in the order of --nodes

	// Health is how the cluster is, as the one of the nodes says that is in touch with the most; null: none of them says. What it says
	// of nodes that have answered here is left out of it.
	Health *server.ClusterHealth `json:"health"`
}

// AskAll asks all addresses at once.
func AskAll(ctx context.Context, addresses []string) Cluster {
	report := Cluster{Nodes: make([]Node, len(addresses))}
	var asking sync.WaitGroup
	for i, address := range addresses {
		asking.Go(func() { report.Nodes[i] = Ask(ctx, strings.TrimPrefix(strings.TrimSpace(address), "http://")) })
	}
	asking.Wait()
	report.conclude()
	report.noteKeptOut()
	return report
}

// Ask asks one node, for two seconds.
func Ask(ctx context.Context, address string) Node {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	status, err := Fetch(ctx, address)
	if err != nil {
		return Node{Address: address, Health: "down", Error: plainReason(err)}
	}
	report := Node{
		Address: address, Up: true, Ready: status.Ready, Node: status.Node, Role: status.Role, Term: status.Term,
		Leader: status.Leader, Commit: status.Commit, Applied: status.Applied, Keys: status.Keys, Bytes: status.Bytes,
		CapacityKeys: status.CapacityKeys, CapacityBytes: status.CapacityBytes,
		Room: status.Room, Snapshots: status.Snapshots, Replay: status.Replay, Health: status.Health(), DiffersFrom: status.DiffersFrom(), Peers: status.Peers,
	}
	return report
}

var asking = http.Client{Transport: flags.NewTransport()}

// Fetch reads the status of one node.
func Fetch(ctx context.Context, address string) (status server.Status, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/v1/status", nil)
	if err != nil {
		return status, err
	}
	response, err := asking.Do(request)
	if err != nil {
		return status, err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusMisdirectedRequest {
		return status, errors.New("is its port for Redis clients: name its HTTP address")
	}
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
	case errors.As(err, &call):
		return call.Err.Error()
	}
	return err.Error()
}

// conclude finds the leader, how far each node is behind it, and the name of a node that
// is the only one missing.
func (r *Cluster) conclude() {
	var leader *Node
	for i := range r.Nodes {
		if n := &r.Nodes[i]; n.Role == "leader" && (leader == nil || n.Term > leader.Term) {
			leader = n
		}
	}
	if leader == nil {
		return
	}
	r.Leader = leader.Node
	missing, down := []uint8{}, []*Node{}
	for _, p := range leader.Peers {
		if !slices.ContainsFunc(r.Nodes, func(n Node) bool { return n.Node == p.Node }) {
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

// noteKeptOut shows, at a node, what any of the others says of it.
func (r *Cluster) noteKeptOut() {
	for _, witness := range r.Nodes {
		for _, p := range witness.Peers {
			at := slices.IndexFunc(r.Nodes, func(n Node) bool { return n.Node == p.Node })
			if p.KeptOut == "" || at < 0 {
				continue
			}
			n := &r.Nodes[at]
			n.Ready, n.KeptOut, n.Health = false, p.KeptOut, "kept out, "+p.KeptOut
		}
	}
}
