package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft/node"
)

// Options says how a plan is run.
type Options struct {
	Dir    string                 // for the logs; empty
	Header linearizability.Header // name, seed and replay; the run fills in the rest
	Logger *slog.Logger           // of the replicas; default: none

	// Change, where not nil, may change what the cluster is made from.
	Change func(*Config)
	// Beside, where not nil, is called when the cluster serves, before the clients begin; leave when they are done, before
	// what is wrong is healed.
	Beside func(ctx context.Context, c *Cluster) (leave func() error, err error)
	// Settled, where not nil, is called when all nodes are healed and level, before their power is cut.
	Settled func(ctx context.Context, c *Cluster) error
}

// Result is what a run came to.
type Result struct {
	History *linearizability.History
	Verdict *linearizability.Verdict // what the run itself found to be wrong is among its violations
	Weather int                      // faults of the history that took effect and are not the plan's
	Life    Life                     // what became of the logs
	Changed map[string]int           // what became of the members; nil where they stay who they are
}

// Checks that a run makes itself, beside those of package linearizability.
const (
	CheckDurable   = "CommittedIsDurable" // what was applied is on the disks of a majority
	CheckSameState = "SameLogSameState"   // every replica's state is what the log on the disks makes
	CheckReplica   = "Replica"            // a replica starts, stops for a disk's fault only, its log can be read
	CheckProgress  = "Progress"           // a healthy cluster gets level, and answers
	CheckDoors     = "Doors"              // a door answers what its documentation says
	CheckLoop      = "BuiltApart"         // what is long is not built in a replica's loop, where all others wait for it
)

// ErrNoProgress is wrapped where a healthy cluster does not get on.
var ErrNoProgress = errors.New("no progress")

// settleTime is how long a healthy cluster may take until it serves, and until all is applied everywhere.
const settleTime = 2 * time.Minute

// Execute runs a plan against real replicas, whatever comes of it, and judges it: clients and faults, then everything is
// healed and started, and when all nodes have applied the same they lose their power and their logs are read back.
// Whether it was worth something is for who drew the plan.
func Execute(ctx context.Context, plan *workload.Plan, o Options) *Result {
	r := newRun(plan, o)
	ending, err := r.execute(ctx, o)
	history := r.recorder.History()
	if ending != nil {
		history.Header.Log, history.Log = true, ending.Log
	}
	return &Result{History: history, Verdict: Judge(plan, history, ending, err), Weather: int(r.weather.Load()), Life: r.life, Changed: r.changed}
}

// execute is a run from an empty cluster to its ending. The ending is there also where replicas stopped by themselves.
func (r *run) execute(ctx context.Context, o Options) (*Ending, error) {
	config := Config{
		Nodes: r.plan.Servers, Spare: r.plan.Spare, Slots: r.plan.Slots(node.MostMembers), Dir: o.Dir, Seed: r.plan.Seed, CapacityKeys: r.plan.Capacity, CapacityBytes: r.plan.Bytes, Logger: o.Logger,
		Small: r.plan.Seed%4 != 0, // mostly, so that logs are of several files; otherwise as it ships
	}
	config.shorten(r.plan)
	if o.Change != nil {
		o.Change(&config)
	}
	c, err := Start(config)
	if err != nil {
		return nil, err
	}
	defer func() {
		r.life = c.Life()
		c.Close()
		r.changed = c.operator.counts()
	}()
	if err := r.enter(ctx, c); err != nil {
		return nil, err
	}
	if err := r.beside(ctx, o.Beside); err != nil {
		return nil, errors.Join(err, c.Err())
	}
	return c.settle(ctx, o.Settled)
}

// beside plays the run, beside what else is there.
func (r *run) beside(ctx context.Context, enter func(context.Context, *Cluster) (func() error, error)) error {
	if enter == nil {
		return r.play(ctx)
	}
	leave, err := enter(ctx, r.cluster)
	if err != nil {
		return err
	}
	r.left = leave
	return r.play(ctx)
}

// enter begins the run in a cluster that serves.
func (r *run) enter(ctx context.Context, c *Cluster) (err error) {
	if r.secret, err = c.awaitSecret(ctx); err != nil {
		return err
	}
	r.cluster, r.stage = c, newStage(c, r.plan.Seed)
	c.appoint(r.stage.note)
	r.nemesis = workload.NewNemesis(r.plan, r.stage, r.recorder)
	r.start = time.Now()
	return nil
}

func (c *Cluster) awaitSecret(ctx context.Context) (secret dedup.Secret, err error) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	err = Wait(ctx, "all nodes have loaded", func() (loaded bool) {
		if c.Err() != nil {
			return true
		}
		for _, n := range c.members() {
			if secret, loaded = n.Secret(); !loaded {
				return false
			}
		}
		return true
	})
	return secret, errors.Join(err, c.Err())
}

func (c *Cluster) settle(ctx context.Context, settled func(context.Context, *Cluster) error) (*Ending, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if err := c.Recover(ctx); err != nil {
		if c.Err() != nil {
			return nil, c.Err()
		}
		return nil, fmt.Errorf("%w: the healed cluster does not come back: %w", ErrNoProgress, err)
	}
	var found error
	if settled != nil {
		found = settled(ctx, c)
	}
	c.operator.dismiss()
	ending, err := c.Finish()
	return ending, errors.Join(c.Err(), err, found, c.builtApart())
}

// run is a plan under way.
type run struct {
	cluster *Cluster
	plan    *workload.Plan
	secret  dedup.Secret
	stage   *stage
	nemesis *workload.Nemesis
	left    func() error // has whoever is beside the clients leave; nil: nobody is

	start    time.Time
	weather  atomic.Int64 // faults that are not the plan's, and did something
	life     Life
	changed  map[string]int
	recorder *linearizability.Recorder
	calls    atomic.Int64  // that have ended
	ended    chan struct{} // told when calls grew

	mu     sync.Mutex
	failed error // the first
}

func newRun(plan *workload.Plan, o Options) *run {
	r := &run{plan: plan, ended: make(chan struct{}, 1), start: time.Now()}
	header := o.Header
	header.Start = r.start.UTC().Format(time.RFC3339Nano)
	header.Servers, header.CapacityKeys, header.CapacityBytes, header.FastestClock = plan.Servers, plan.Capacity, plan.Bytes, plan.Fastest()
	for id := range plan.Clients {
		header.Clients = append(header.Clients, "client "+strconv.Itoa(id))
	}
	r.recorder = linearizability.NewRecorder(header, func() int64 { return int64(r.since()) })
	return r
}

func (r *run) since() time.Duration { return time.Since(r.start) }

// play lets clients and faults happen until the clients are done, then heals.
func (r *run) play(ctx context.Context) error {
	var clients sync.WaitGroup
	for id := range r.plan.Clients {
		clients.Go(func() { r.client(ctx, id) })
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		clients.Wait()
	}()
	outside, calm := context.WithCancel(ctx)
	var sky sync.WaitGroup
	ended := r.follow()
	sky.Go(func() { r.blow(outside) })
	sky.Go(func() { r.visit(outside) })
	sky.Go(func() { r.demand(outside) })
	r.haunt(done)
	calm()
	sky.Wait()
	ended()
	var found error
	if r.left != nil {
		found = r.left()
	}
	r.nemesis.Heal()
	return errors.Join(r.failed, r.stage.failed, found, ctx.Err())
}

// haunt begins and ends faults until the clients are done.
func (r *run) haunt(done <-chan struct{}) {
	for {
		r.nemesis.Step(r.since(), int(r.calls.Load()))
		var due <-chan time.Time
		if at, ok := r.nemesis.Next(); ok {
			due = time.After(at - r.since())
		}
		select {
		case <-due:
		case <-r.ended:
		case <-done:
			return
		}
	}
}

// backOff is how long a client waits after a node that could not serve it.
const backOff = 20 * time.Millisecond

// client makes the calls of one client.
func (r *run) client(ctx context.Context, id int) {
	client := workload.NewClient(r.plan, id)
	asker := newAsker(r.cluster, &r.secret, r.plan.Seed+uint64(id))
	defer asker.close()
	for {
		call, think, ok := client.Next()
		if !ok || !pause(ctx, think) {
			return
		}
		reply, err := r.make(ctx, asker, &call)
		if err != nil {
			r.fail(fmt.Errorf("%s: %w", call.String(), err))
		}
		client.Ended(&call, reply.answers, reply.failure)
		if reply.failure == linearizability.NotApplied && !pause(ctx, backOff) {
			return
		}
		r.calls.Add(1)
		select {
		case r.ended <- struct{}{}:
		default:
		}
	}
}

// make makes a call and records it.
func (r *run) make(ctx context.Context, a *asker, call *workload.Call) (reply, error) {
	door := a.door(call)
	first := r.recorder.Call(a.operations(call, door)...)
	said, err := a.ask(ctx, call, door)
	if err != nil {
		said = unknown(err)
	}
	if said.failure != "" {
		r.recorder.Failed(first, said.failure, said.text)
	} else {
		r.recorder.Answered(first, said.answers...)
	}
	return said, err
}

// pause waits; false if the run is over.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed == nil {
		r.failed = err
	}
}
