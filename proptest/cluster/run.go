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
)

// Options says how a plan is run.
type Options struct {
	Dir     string // for the logs; empty
	Name    string // of the run, for people
	Seed    string // what the plan was drawn from
	Replay  string // the command that draws it again
	Version string // of the program
	Logger  *slog.Logger
}

// settleTime is how long a healed cluster may take until all is applied everywhere.
const settleTime = 30 * time.Second

// Execute runs a plan against real replicas: clients and faults, then everything is healed and started, and when all
// nodes have applied the same they lose their power and their logs are read back. The history is there also with an
// error, as far as it came. The error says that the run could not be brought to its end: a cluster that does not come
// back, a door that answers nonsense.
func Execute(ctx context.Context, plan *workload.Plan, o Options) (*linearizability.History, *Ending, error) {
	c, err := Start(Config{
		Nodes: plan.Servers, Dir: o.Dir, Seed: plan.Seed, CapacityKeys: plan.Capacity, CapacityBytes: plan.Bytes, Logger: o.Logger,
	})
	if err != nil {
		return nil, nil, err
	}
	defer c.Close()
	secret, err := c.awaitSecret(ctx)
	if err != nil {
		return nil, nil, err
	}
	r := newRun(c, plan, secret, o)
	err = r.play(ctx)
	history := r.recorder.History()
	if err != nil {
		return history, nil, err
	}
	ending, err := c.settle(ctx)
	if err != nil {
		return history, nil, err
	}
	history.Header.Log, history.Log = true, ending.Log
	return history, ending, nil
}

func (c *Cluster) awaitSecret(ctx context.Context) (secret dedup.Secret, err error) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	err = Wait(ctx, "all nodes have loaded", func() (loaded bool) {
		for _, n := range c.Nodes {
			if secret, loaded = n.Secret(); !loaded {
				return false
			}
		}
		return true
	})
	return secret, err
}

func (c *Cluster) settle(ctx context.Context) (*Ending, error) {
	ctx, cancel := context.WithTimeout(ctx, settleTime)
	defer cancel()
	if err := c.Recover(ctx); err != nil {
		return nil, fmt.Errorf("the healed cluster does not come back: %w", err)
	}
	return c.Finish()
}

// run is a plan under way.
type run struct {
	cluster *Cluster
	plan    *workload.Plan
	secret  dedup.Secret
	stage   *stage
	nemesis *workload.Nemesis

	start    time.Time
	recorder *linearizability.Recorder
	calls    atomic.Int64  // that have ended
	ended    chan struct{} // told when calls grew

	mu     sync.Mutex
	failed error // the first
}

func newRun(c *Cluster, plan *workload.Plan, secret dedup.Secret, o Options) *run {
	r := &run{cluster: c, plan: plan, secret: secret, stage: newStage(c, plan.Seed), ended: make(chan struct{}, 1), start: time.Now()}
	header := linearizability.Header{
		Name: o.Name, Version: o.Version, Start: r.start.UTC().Format(time.RFC3339Nano), Servers: plan.Servers,
		CapacityKeys: plan.Capacity, CapacityBytes: plan.Bytes, Seed: o.Seed, Replay: o.Replay,
	}
	for id := range plan.Clients {
		header.Clients = append(header.Clients, "client "+strconv.Itoa(id+1))
	}
	r.recorder = linearizability.NewRecorder(header, func() int64 { return int64(r.since()) })
	r.nemesis = workload.NewNemesis(plan, r.stage, r.recorder)
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
	r.haunt(done)
	r.nemesis.Heal()
	return errors.Join(r.failed, r.stage.failed, ctx.Err())
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
		door := asker.door(&call)
		first := r.recorder.Call(asker.operations(&call, door)...)
		reply, err := asker.ask(ctx, &call, door)
		if err != nil {
			reply = unknown(err)
			r.fail(fmt.Errorf("%s: %w", call.String(), err))
		}
		if reply.failure != "" {
			r.recorder.Failed(first, reply.failure, reply.text)
		} else {
			r.recorder.Answered(first, reply.answers...)
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
