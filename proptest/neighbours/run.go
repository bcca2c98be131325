package neighbours

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/cluster"
)

// Checks that a run makes, beside those of package cluster and of the history's judge.
const (
	CheckHonest  = "HonestGetOn"     // at least half of each honest client's calls were answered
	CheckPeers   = "PeersComeBack"   // nodes find each other again while neighbours are there, and soon
	CheckTerms   = "TermsAreRare"    // neighbours depose nobody
	CheckHeld    = "HeldIsBounded"   // bytes, descriptors and goroutines
	CheckSilence = "StrangersHear"   // a stranger was told whose cluster this is
	CheckLog     = "LogIsBounded"    // strangers do not fill the disk with what is logged of them
	CheckAwake   = "NeighboursActed" // each neighbour did something, and was thrown out where it had to be
)

// Result is what a run came to.
type Result struct {
	*cluster.Result
	Acts  map[string]int64 // of each kind
	Terms uint64           // that the cluster went through while neighbours were there
	Heap  int64            // bytes more than before, while they were there

	Dials    int   // of nodes to one another, from when their connections were broken until all stood again
	Warnings int64 // lines that the nodes logged, of warnings and worse
}

// run is a run under way.
type run struct {
	plan   *Plan
	dir    string // of the disks
	start  time.Time
	base   held
	term   uint64
	since  time.Time     // the neighbours are there
	lasted time.Duration // their stay
	beside []*neighbour
	leave  context.CancelFunc
	result *Result
}

// Execute runs a plan, whatever comes of it, and judges it.
func Execute(ctx context.Context, plan *Plan, o cluster.Options) *Result {
	r := &run{plan: plan, dir: o.Dir, start: time.Now(), result: &Result{Acts: map[string]int64{}}}
	warnings := countWarnings(o.Logger)
	o.Logger = slog.New(warnings)
	o.Change = func(c *cluster.Config) {
		c.Small, c.Tick, c.Timeout, c.CacheBytes, c.Limits = false, tick, doorTimeout, cacheBytes, limits
		c.SnapshotBytes, c.SnapshotRate, c.SnapshotBlockBytes, c.Absences = 0, 0, 0, false // what is held here is to be theirs
	}
	o.Beside, o.Settled = r.enter, r.settled
	r.result.Result = cluster.Execute(ctx, &plan.Plan, o)
	r.result.Warnings = warnings.count.Load()
	r.judge()
	return r.result
}

// entering is how long neighbours may take until all of them are there.
var entering = 2 * time.Minute

// enter has the neighbours come, and returns when each has done something.
func (r *run) enter(ctx context.Context, c *cluster.Cluster) (func() error, error) {
	ctx, r.leave = context.WithCancel(ctx)
	patient, cancel := context.WithTimeout(ctx, entering)
	defer cancel()
	values, err := r.prepare(patient, c)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("large values are written: %w", err), c.Err())
	}
	if r.base, err = look(r.dir, c.Archived()); err != nil {
		return nil, err
	}
	leader, err := c.AwaitLeader(patient)
	if err != nil {
		return nil, err
	}
	r.term, r.since = termOf(c), time.Now()
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
		err := cluster.Wait(ctx, n.kind.name+" acts", func() bool {
			return c.Err() != nil || n.acts.Load() > 0 && n.wasThrown()
		})
		if stopped := c.Err(); stopped != nil {
			return stopped
		}
		if err != nil {
			return &cluster.CheckError{Check: CheckAwake, Sentence: fmt.Sprintf(
				"%s did %d times what it does, and at ports between nodes, HTTP and Redis doors were ended %d, %d and %d of its connections: %v",
				n.kind.name, n.acts.Load(), n.thrown[atPeer].Load(), n.thrown[atHTTP].Load(), n.thrown[atRedis].Load(), err)}
		}
	}
	return nil
}

// reunite breaks every connection between two nodes, and waits until they have found each other again: whoever sits on
// all places for greetings keeps peers out, and nobody notices while none has to greet.
func (r *run) reunite(ctx context.Context, c *cluster.Cluster) error {
	broken, dials := c.Network.Total().Broken, c.Network.Dials()
	for _, from := range c.Nodes {
		for _, to := range c.Nodes {
			if from != to {
				c.Network.BreakIn(from.ID, to.ID, 1)
			}
		}
	}
	// One connection carries both directions: there are at least half as many dials as breaks.
	routes := len(c.Nodes) * (len(c.Nodes) - 1)
	err := cluster.Wait(ctx, "nodes are connected again", func() bool {
		return c.Err() != nil || c.Network.Total().Broken >= broken+routes && c.Network.Dials() >= dials+routes/2 && connected(c)
	})
	r.result.Dials = c.Network.Dials() - dials
	if err != nil && c.Err() == nil {
		return &cluster.CheckError{Check: CheckPeers, Sentence: fmt.Sprintf("connections between nodes broke while the neighbours were there, and were not made again: %v", err)}
	}
	if most := mostDials * routes; r.result.Dials > most && c.Err() == nil {
		return &cluster.CheckError{Check: CheckPeers, Sentence: fmt.Sprintf("nodes dialled %d times until %d connections stood again, at most %d are few", r.result.Dials, routes, most)}
	}
	return c.Err()
}

// mostDials is how often a node may dial another until a connection stands: a deadline may have passed on a machine that
// has much to do.
const mostDials = 5

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
	r.lasted = time.Since(r.since)
	err := r.weigh(c)
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

// looks is how often is looked at most before more than may be is held to be held.
const looks = 5

// Neighbours that are cut come back in a moment, and all of them may be away at once: so what is held is weighed that
// often, with a pause between.
const (
	weighings     = 4
	betweenWeighs = 300 * time.Millisecond
)

// weigh finds out what is held for the neighbours while they are there: the most of some weighings.
func (r *run) weigh(c *cluster.Cluster) error {
	most := int64(math.MinInt64)
	for k := range weighings {
		if k > 0 {
			<-time.After(betweenWeighs)
		}
		if err := r.weighOnce(c); err != nil {
			return err
		}
		most = max(most, r.result.Heap)
	}
	r.result.Heap = most
	return nil
}

// weighOnce is one weighing. What was made while the collector ran counts as in use, and where the machine gives it little time
// that can be much: so the least of some looks counts. What is held is there at each.
func (r *run) weighOnce(c *cluster.Cluster) error {
	for k := range looks {
		now, err := look(r.dir, c.Archived())
		if err != nil {
			return err
		}
		if more := now.heap - r.base.heap; k == 0 || more < r.result.Heap {
			r.result.Heap = more
		}
		if r.result.Heap <= r.mostHeap() {
			return nil
		}
	}
	return nil
}

func termOf(c *cluster.Cluster) (term uint64) {
	for _, n := range c.Nodes {
		if s, ok := n.Status(); ok {
			term = max(term, s.Term)
		}
	}
	return term
}

// mostTerms is how many terms a run of so long may go through with a healthy cluster: one that is disturbed now and then on a
// machine that has much to do is no fault of the neighbours. Where they depose somebody it is term after term.
func mostTerms(lasted time.Duration) uint64 { return 3 + uint64(lasted/(20*time.Second)) }

// heapBase bounds the bytes that are held while anybody is there, in MiB; kinds may take some beside it.
const heapBase = 64

func (r *run) mostHeap() int64 {
	most := int64(heapBase)
	for _, name := range r.plan.Neighbours {
		most += named(name).holds
	}
	return most << 20
}

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
	if most := mostTerms(r.lasted); r.result.Terms > most {
		r.found(CheckTerms, "the cluster went through %d terms in the %v that the neighbours were there, at most %d are rare", r.result.Terms, r.lasted, most)
	}
	if r.result.Heap > r.mostHeap() {
		r.found(CheckHeld, "%d MiB more were held while the neighbours were there, at most %d", r.result.Heap>>20, r.mostHeap()>>20)
	}
	if length := time.Since(r.start); r.result.Warnings > mostWarnings(length) {
		r.found(CheckLog, "the nodes logged %d warnings in %v, at most %d are enough for whatever strangers do", r.result.Warnings, length.Round(time.Second), mostWarnings(length))
	}
	if !r.result.Verdict.OK {
		return // there is worse to tell
	}
	r.judgeHonest()
}

// judgeHonest looks at what honest clients came to, each by itself and at each door.
func (r *run) judgeHonest() {
	asked, answered := map[string]int{}, map[string]int{}
	for i := range r.result.History.Operations {
		o := &r.result.History.Operations[i]
		if o.Batch != 0 && i > 0 && r.result.History.Operations[i-1].Batch == o.Batch || isLoading(o) {
			continue
		}
		for _, who := range []string{fmt.Sprintf("of honest client %d", o.Client), "at door " + o.Door} {
			asked[who]++
			if o.Answer != nil {
				answered[who]++
			}
		}
	}
	for who := range asked {
		if answered[who]*2 < asked[who] {
			r.found(CheckHonest, "of %d calls %s %d were answered", asked[who], who, answered[who])
		}
	}
}

// isLoading: a node that was away says so until it has read its log, and what it refuses meanwhile is no neighbour's doing.
func isLoading(o *linearizability.Operation) bool {
	return o.Error == linearizability.NotApplied && strings.Contains(strings.ToLower(o.ErrorText), "loading")
}

func (r *run) found(check, sentence string, what ...any) {
	v := r.result.Verdict
	v.OK = false
	v.Violations = append(v.Violations, linearizability.Violation{Check: check, Sentence: fmt.Sprintf(sentence, what...), Operations: []int{}})
}
