package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// weather is what the network does for a whole run, beside the faults of the plan, which know whole messages only. The
// plan's seed picks it.
type weather int

const (
	fair   weather = iota // the loopback's own
	slow                  // each direction has a delay of its own, another one now and then
	broken                // now and then a connection breaks, mostly within a frame
)

// The most that slow and broken do, and how often they change their mind.
const (
	mostDelay = 8 * time.Millisecond
	mostBytes = 4 << 10
	change    = 400 * time.Millisecond
)

// blow lets the weather act until ctx is done, and records it as a fault.
func (r *run) blow(ctx context.Context) {
	rng := rand.New(rand.NewPCG(r.plan.Seed, 0x3EA7))
	kind := weather(rng.IntN(3))
	if kind == fair || len(r.cluster.Nodes) == 1 {
		return
	}
	word := map[weather]string{slow: "slow_network", broken: "broken_connections"}[kind]
	over := r.unplanned(linearizability.Fault{Fault: word})
	before := r.cluster.Network.Total()
	for ctx.Err() == nil {
		r.gust(kind, rng)
		pause(ctx, change)
	}
	after := r.cluster.Network.Total()
	effect := ""
	switch late, cut := after.Delayed-before.Delayed, after.Broken-before.Broken; {
	case kind == slow && late > 0:
		effect = fmt.Sprintf("%d messages were late by up to %v", late, mostDelay)
	case kind == broken && cut > 0:
		effect = fmt.Sprintf("%d connections broke", cut)
	}
	over(effect)
}

// unplanned records a fault that is not the plan's, until over says what it did; nothing, and it says nothing of the run.
func (r *run) unplanned(f linearizability.Fault) (over func(effect string)) {
	id := r.recorder.Fault(f)
	return func(effect string) {
		r.recorder.FaultOver(id, effect)
		if effect != "" {
			r.weather.Add(1)
		}
	}
}

// gust changes the weather.
func (r *run) gust(kind weather, rng *rand.Rand) {
	n := uint8(len(r.cluster.Nodes))
	if kind == broken {
		from := 1 + uint8(rng.IntN(int(n)))
		to := 1 + (from+uint8(rng.IntN(int(n-1))))%n
		r.cluster.Network.BreakIn(from, to, rng.Int64N(mostBytes))
		return
	}
	for from := uint8(1); from <= n; from++ {
		for to := uint8(1); to <= n; to++ {
			if from != to {
				r.cluster.Network.Delay(from, to, time.Duration(rng.Int64N(int64(mostDelay))))
			}
		}
	}
}
