package neighbours

import (
	"time"

	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/proptest/cluster"
	"github.com/eventstreamcore/semel/proptest/workload"
)

// Plan is what honest clients do, and who is beside them.
type Plan struct {
	workload.Plan
	Neighbours []string // kinds
	Favourite  int      // the node whose doors they like best; 0: whoever leads
}

// Draw draws what honest clients do beside neighbours. Nothing else goes wrong: who is there is what is looked at.
func draw(t *rapid.T, beside []string) Plan {
	profile, err := workload.Named("calm")
	if err != nil {
		t.Fatal(err)
	}
	profile.Servers, profile.Clients, profile.Steps = []int{3}, workload.Range{Least: 3, Most: 4}, steps
	p := Plan{Plan: workload.Draw(t, profile), Neighbours: beside, Favourite: rapid.IntRange(0, favourite).Draw(t, "favourite")}
	p.Capacity, p.Bytes = roomKeys, roomBytes
	for _, steps := range p.Clients {
		for k := range steps {
			steps[k].Think, steps[k].Patience = steps[k].Think/hurry, callPatience
		}
	}
	return p
}

// steps is how many calls an honest client makes.
var steps = workload.Range{Least: 60, Most: 120}

// favourite is the highest id of a node that neighbours may like best; 0: it is always whoever leads.
var favourite = 3

// There is room for what neighbours write, and time: how long a call takes is measured elsewhere.
const (
	roomKeys     = 1 << 14
	roomBytes    = 256 << 20
	hurry        = 64 // they hardly think: each call is one beside neighbours
	callPatience = 20 * time.Second
	doorTimeout  = 5 * time.Second
	tick         = 100 * time.Millisecond // a machine that has much to do deposes nobody
	cacheBytes   = 4 << 20
)

// limits of the doors are low, so that few neighbours reach them.
var limits = cluster.Limits{
	Connections: 120, Greeting: time.Second, Request: time.Second, RequestBytes: 8 << 20, UnreadBytes: 32 << 20, Writing: 20 * time.Second,
}
