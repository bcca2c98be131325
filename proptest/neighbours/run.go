package neighbours

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/cluster"
)

// Checks that a run makes, beside those of package cluster and of the history's judge.
const (
	CheckHonest  = "HonestGetOn"     // at least half of each honest client's calls were answered
	CheckPeers   = "PeersComeBack"   // nodes find each other again while neighbours are there
	CheckTerms   = "TermsAreRare"    // neighbours depose nobody
	CheckHeld    = "HeldIsBounded"   // bytes, descriptors and goroutines
	CheckSilence = "StrangersHear"   // a stranger was told whose cluster this is
	CheckAwake   = "NeighboursActed" // each neighbour did something
)

// Result is what a run came to.
type Result struct {
	*cluster.Result
	Acts  map[string]int64 // of each kind
	Terms uint64           // that the cluster went through while neighbours were there
	Heap  int64            // bytes more than before, while they were there
}

// run is a run under way.
type run struct {
	plan   *Plan
	base   held
	term   uint64
	beside []*neighbour
	leave  context.CancelFunc
	result *Result
}

// Execute runs a plan, whatever comes of it, and judges it.
func Execute(ctx context.Context, plan *Plan, o cluster.Options) *Result {
	r := &run{plan: plan, result: &Result{Acts: map[string]int64{}}}
	o.Change = func(c *cluster.Config) { c.Small, c.Tick, c.Timeout = false, tick, doorTimeout }
	o.Beside, o.Settled = r.enter, r.settled
	r.result.Result = cluster.Execute(ctx, &plan.Plan, o)
	r.judge()
	return r.result
}

// entering is how long neighbours may take until all of them are there.
const entering = 2 * time.Minute

// enter has the neighbours come, and returns when each has done something.
func (r *run) enter(ctx context.Context, c *cluster.Cluster) (func() error, error) {
	ctx, r.leave = context.WithCancel(ctx)
	patient, cancel := context.WithTimeout(ctx, entering)
	defer cancel()
	values, err := r.prepare(patient, c)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("large values are written: %w", err), c.Err())
	}
	if r.base, err = look(); err != nil {
		return nil, err
	}
	leader, err := c.AwaitLeader(patient)
	if err != nil {
		return nil, err
	}
	r.term = termOf(c)
	favourite := leader
	if r.plan.Favourite != 0 {
		favourite = c.Node(uint8(r.plan.Favourite))
	}
	for k, name := range r.plan.Neighbours {
		n := &neighbour{
			kind: named(name), cluster: c, node: favourite, seed: r.plan.Seed + uint64(k), values: values, ctx: ctx, open: map[net.Conn]struct{}{},
		}
		r.beside = append(r.beside, n)
		n.kind.enter(n)
	}
	if err := errors.Join(r.awaitAll(patient, c), r.reunite(patient, c)); err != nil {
		return nil, errors.Join(err, r.left(c))
	}
	return func() error { return r.left(c) }, nil
}

// prepare writes the values that some neighbours read.
func (r *run) prepare(ctx context.Context, c *cluster.Cluster) (keys []string, err error) {
	for _, name := range r.plan.Neighbours {
		if !named(name).values || keys != nil {
			continue
		}
		if err := write(ctx, c, "large", largeValues, largeBytes); err != nil {
			return nil, err
		}
		for k := range largeValues {
			keys = append(keys, keyOf("large", k))
		}
	}
	return keys, nil
}

// What large reads read.
const (
	largeValues = 250
	largeBytes  = 64 << 10
)

func (r *run) awaitAll(ctx context.Context, c *cluster.Cluster) error {
	for _, n := range r.beside {
		err := cluster.Wait(ctx, n.kind.name+" acts", func() bool { return n.acts.Load() > 0 || c.Err() != nil })
		if stopped := c.Err(); stopped != nil {
			return stopped
		}
		if err != nil {
			return &cluster.CheckError{Check: CheckAwake, Sentence: fmt.Sprintf("%s did nothing: %v", n.kind.name, err)}
		}
	}
	return nil
}

// reunite breaks every connection between two nodes, and waits until they have found each other again: whoever sits on
// all places for greetings keeps peers out, and nobody notices while none has to greet.
func (r *run) reunite(ctx context.Context, c *cluster.Cluster) error {
	broken := c.Network.Total().Broken
	for _, from := range c.Nodes {
		for _, to := range c.Nodes {
			if from != to {
				c.Network.BreakIn(from.ID, to.ID, 1)
			}
		}
	}
	routes := len(c.Nodes) * (len(c.Nodes) - 1)
	err := cluster.Wait(ctx, "nodes are connected again", func() bool {
		return c.Err() != nil || c.Network.Total().Broken >= broken+routes && connected(c)
	})
	if err != nil && c.Err() == nil {
		return &cluster.CheckError{Check: CheckPeers, Sentence: fmt.Sprintf("connections between nodes broke while the neighbours were there, and were not made again: %v", err)}
	}
	return c.Err()
}

func connected(c *cluster.Cluster) bool {
	for _, n := range c.Nodes {
		s, ok := n.Status()
		if !ok || slices.ContainsFunc(s.Peers, func(p server.Peer) bool { return !p.Connected }) {
			return false
		}
	}
	return true
}

// left looks at what is held for the neighbours, has them leave and takes down what they did.
func (r *run) left(c *cluster.Cluster) error {
	now, err := look()
	r.result.Heap = now.heap - r.base.heap
	for _, n := range c.Nodes {
		if s, ok := n.Status(); ok {
			r.result.Terms = max(r.result.Terms, s.Term-r.term)
		}
	}
	r.leave()
	for _, n := range r.beside {
		err = errors.Join(err, n.part())
		r.result.Acts[n.kind.name] += n.acts.Load()
		if leaks := n.leaks.Load(); leaks > 0 {
			err = errors.Join(err, &cluster.CheckError{Check: CheckSilence, Sentence: fmt.Sprintf("%s was told %d times whose cluster this is", n.kind.name, leaks)})
		}
	}
	return err
}

func termOf(c *cluster.Cluster) (term uint64) {
	for _, n := range c.Nodes {
		if s, ok := n.Status(); ok {
			term = max(term, s.Term)
		}
	}
	return term
}

// mostTerms is how many terms a run may go through with a healthy cluster: one that is disturbed once on a machine
// that has much to do is no fault of the neighbours.
const mostTerms = 3

// mostHeap bounds the bytes that are held for neighbours, by the three nodes and by the neighbours themselves.
const mostHeap = 384 << 20

// settled: what was held for the neighbours is free again.
func (r *run) settled(ctx context.Context, _ *cluster.Cluster) error {
	var now held
	err := cluster.Wait(ctx, "descriptors and goroutines are what they were", func() bool {
		var err error
		now, err = count()
		return err != nil || now.descriptors <= r.base.descriptors+slack && now.goroutines <= r.base.goroutines+slack
	})
	if err != nil {
		return &cluster.CheckError{Check: CheckHeld, Sentence: fmt.Sprintf(
			"when the neighbours had left there were %d descriptors and %d goroutines, before they came %d and %d",
			now.descriptors, now.goroutines, r.base.descriptors, r.base.goroutines)}
	}
	return nil
}

// judge adds what the run itself found.
func (r *run) judge() {
	if r.result.Terms > mostTerms {
		r.found(CheckTerms, "the cluster went through %d terms while the neighbours were there, at most %d are rare", r.result.Terms, mostTerms)
	}
	if r.result.Heap > mostHeap {
		r.found(CheckHeld, "%d MiB more were held while the neighbours were there, at most %d", r.result.Heap>>20, mostHeap>>20)
	}
	if !r.result.Verdict.OK {
		return // there is worse to tell
	}
	asked, answered := map[int]int{}, map[int]int{}
	for i := range r.result.History.Operations {
		o := &r.result.History.Operations[i]
		asked[o.Client]++
		if o.Answer != nil {
			answered[o.Client]++
		}
	}
	for id := range r.plan.Clients {
		if answered[id]*2 < asked[id] {
			r.found(CheckHonest, "of %d calls of honest client %d %d were answered", asked[id], id, answered[id])
		}
	}
}

func (r *run) found(check, sentence string, what ...any) {
	v := r.result.Verdict
	v.OK = false
	v.Violations = append(v.Violations, linearizability.Violation{Check: check, Sentence: fmt.Sprintf(sentence, what...), Operations: []int{}})
}
