package status

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
)

// sight is what one address has said: of its node, and of the cluster.
type sight struct {
	node   Node
	health *server.ClusterHealth // nil: it did not say, or is of an older version
}

// see asks one address, for two seconds.
func see(ctx context.Context, address string) (s sight) {
	var asking sync.WaitGroup
	asking.Go(func() { s.node = Ask(ctx, address) })
	asking.Go(func() { s.health = askHealth(ctx, address) })
	asking.Wait()
	return s
}

// askHealth asks one node how the cluster is.
func askHealth(ctx context.Context, address string) *server.ClusterHealth {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	health, err := fetchHealth(ctx, address)
	if err != nil {
		return nil
	}
	return health
}

func fetchHealth(ctx context.Context, address string) (*server.ClusterHealth, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/v1/cluster/health", nil)
	if err != nil {
		return nil, err
	}
	response, err := asking.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	health := new(server.ClusterHealth)
	if err := json.NewDecoder(response.Body).Decode(health); err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK || health.State == "" {
		return nil, errors.New("it does not say how the cluster is")
	}
	return health, nil
}

// patience is how long one node is waited for.
const patience = 2 * time.Second

// look asks all addresses at once, of their nodes and of the cluster.
func look(ctx context.Context, addresses []string) Cluster {
	seen := make([]sight, len(addresses))
	var asking sync.WaitGroup
	for i, address := range addresses {
		asking.Go(func() { seen[i] = see(ctx, address) })
	}
	asking.Wait()
	return put(seen)
}

// put makes one report of what all have said.
func put(seen []sight) Cluster {
	report := Cluster{Nodes: make([]Node, len(seen))}
	for i := range seen {
		report.Nodes[i] = seen[i].node
		if h := seen[i].health; h != nil && (report.Health == nil || isBetter(h, report.Health)) {
			report.Health = h
		}
	}
	report.conclude()
	report.noteKeptOut()
	report.sayOnce()
	return report
}

// sayOnce takes what the cluster's health has of nodes out of it that have answered here: theirs is newer.
func (r *Cluster) sayOnce() {
	if r.Health == nil {
		return
	}
	health := *r.Health // a live table has it still
	health.Nodes = slices.Clone(health.Nodes)
	for k := range health.Nodes {
		if slices.ContainsFunc(r.Nodes, func(n Node) bool { return n.Up && n.Node == health.Nodes[k].Node }) {
			health.Nodes[k].Status = nil
		}
	}
	r.Health = &health
}

// trimmed are addresses as somebody wrote them.
func trimmed(nodes string) (addresses []string) {
	for address := range strings.SplitSeq(nodes, ",") {
		addresses = append(addresses, strings.TrimPrefix(strings.TrimSpace(address), "http://"))
	}
	return addresses
}
