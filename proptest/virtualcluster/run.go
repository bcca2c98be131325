package virtualcluster

import (
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/linearizability"
	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/proptest/workload"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// ErrNoProgress is wrapped where a healthy cluster does not get on, or a client waits for ever.
var ErrNoProgress = errors.New("no progress")

// errDifferent is wrapped where replicas differ that must not.
var errDifferent = errors.New("not the same")

// run is a plan that is executed.
type run struct {
	plan     *workload.Plan
	world    *simulator.World
	recorder *linearizability.Recorder
	nemesis  *workload.Nemesis
	cluster  *cluster
	secret   dedup.Secret

	start   time.Duration // when the clients began
	clients []*client
	working int // clients that are not done
	ended   int // calls

	firstTerm, lastTerm protocol.Term // any replica's latest, when the clients began and were done

	appointed time.Duration // when faults are looked at next, since the start

	compared int // replicas whose state was held to that of the log
}

// Limits of virtual time. Nothing waits for them in a run that goes well.
const (
	bootTime   = 10 * time.Second
	workTime   = 5 * time.Minute
	settleTime = time.Minute
)

func newRun(plan *workload.Plan, o Options) *run {
	r := &run{plan: plan, secret: dedup.Secret{1, 2, 3}}
	r.world = simulator.New(simulator.Config{
		Seed: plan.Seed, Servers: plan.Servers, Slots: plan.Slots(node.MostMembers), Tick: plan.Timing.Tick, Round: simulator.Span{Most: plan.Timing.Round}, Deaths: simulator.Deaths{Told: plan.Timing.Told, Falsely: plan.Timing.FalselyTold}, HandOver: plan.Timing.HandOver, Asked: plan.Snapshots.Asked, Carry: simulator.Span{Most: plan.Snapshots.Carry}, WAL: !o.EarlySync, EarlySync: o.EarlySync, Unwatched: o.Unwatched, Alter: o.Alter, Sabotage: o.Sabotage, WallSkew: time.Hour, Loss: loss, Duplicate: loss,
		Replica: node.Config{
			MaxEntryBytes: entryBytes, CacheBytes: cacheBytes, SnapshotBytes: plan.Snapshots.Bytes,
			Raft: raft.Config{
				ElectionTicks: plan.Timing.ElectionTicks, HeartbeatTicks: 3, MaxEntriesPerMessage: entriesPerMessage,
				MaxBytesPerMessage: messageBytes, MaxInflightBytes: windowBytes, Record: o.Record,
			},
		},
		Machine: func(protocol.NodeID) node.StateMachine { return server.NewMachine(r.bootstrap()) },
	})
	header := o.Header
	header.Servers, header.CapacityKeys, header.CapacityBytes, header.FastestClock = plan.Servers, plan.Capacity, plan.Bytes, plan.Fastest()
	for id := range plan.Clients {
		header.Clients = append(header.Clients, fmt.Sprintf("client %d", id))
	}
	r.recorder = linearizability.NewRecorder(header, func() int64 { return int64(r.world.Now()) })
	r.cluster = newCluster(r)
	r.nemesis = workload.NewNemesis(plan, r.cluster, r.recorder)
	for id := range plan.Clients {
		r.clients = append(r.clients, &client{run: r, script: workload.NewClient(plan, id)})
	}
	return r
}

const (
	loss = 0.005 // of messages, and of those that arrive twice, in health too

	// Small enough that a log has several segments, and that payloads are read back from it.
	entryBytes        = 3 << 10
	entriesPerMessage = 2
	cacheBytes        = 2 << 10

	// Small enough that windows are full, and that one entry exceeds them.
	messageBytes = 512
	windowBytes  = 1 << 10
)

func (r *run) bootstrap() dedup.Bootstrap {
	return dedup.Bootstrap{Cluster: dedup.ClusterID{1}, Secret: r.secret, CapacityKeys: r.plan.Capacity, CapacityBytes: r.plan.Bytes}
}

func (r *run) execute() error {
	if err := r.until(bootTime, "the bootstrap entry", r.level); err != nil {
		return err
	}
	r.start, r.working = r.world.Now(), len(r.clients)
	r.firstTerm = r.term()
	for _, c := range r.clients {
		c.next()
	}
	r.haunt()
	if err := r.until(workTime, "the clients' calls", func() bool { return r.working == 0 }); err != nil {
		return err
	}
	r.lastTerm = r.term()
	return r.settle()
}

// term is the latest that any replica has seen.
func (r *run) term() (latest protocol.Term) {
	for _, m := range r.world.Members {
		if s, up := m.Status(); up {
			latest = max(latest, s.Term)
		}
	}
	return latest
}

// until runs the world until done says so; most is more than enough.
func (r *run) until(most time.Duration, what string, done func() bool) error {
	ok, err := r.world.Until(most, done)
	if err == nil && !ok {
		err = fmt.Errorf("%w: %s in %v, at %v", ErrNoProgress, what, most, r.world.Now())
	}
	return err
}

// haunt begins and ends the faults that are due, now and whenever some are.
func (r *run) haunt() {
	r.nemesis.Step(r.world.Now()-r.start, r.ended)
	r.appoint()
}

// appoint sees to it that haunt comes when a fault begins or ends next.
func (r *run) appoint() {
	at, ok := r.nemesis.Next()
	now := r.world.Now() - r.start
	if !ok || r.working == 0 || now < r.appointed && r.appointed <= at {
		return
	}
	r.appointed = at
	r.world.After(at-now, r.haunt)
}

// callEnded counts a call; some faults wait for a number of them.
func (r *run) callEnded() {
	r.ended++
	r.nemesis.Step(r.world.Now()-r.start, r.ended)
	r.appoint()
}
