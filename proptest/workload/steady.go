package workload

import (
	"math/rand/v2"
	"time"
)

// A steady plan has its faults from steadyAt on, and clients that outlast them.
const (
	steadyAt      = time.Second
	steadyClients = 6
	steadyThink   = 30 * time.Millisecond // half of it, at least, to one and a half
	quietThink    = 600 * time.Millisecond
	steadyKeys    = 100
	// SteadyAfter is how long, in election timeouts, clients go on when the faults are over.
	SteadyAfter = 5
)

// Steady is a plan of clients that write all the time, each at one node, with faults of a minority in the middle: what its history
// shows is what they do to those who write. Their At and For are filled in.
func Steady(m *Minority, timing Timing, seed uint64) Plan {
	random := rand.New(rand.NewPCG(seed, 0x57EAD))
	election := float64(timing.Election())
	begin := steadyAt + time.Duration(random.IntN(100))*time.Millisecond
	p := Plan{Profile: "steady", Servers: m.Servers, Seed: seed, Capacity: roomyKeys, Bytes: roomyBytes, Timing: timing}
	for _, f := range m.Faults {
		f.At, f.For = begin, time.Duration(m.Lasts*election)
		p.Faults = append(p.Faults, f)
	}
	think := steadyThink
	if m.Quiet {
		think = quietThink
	}
	length := begin + time.Duration((m.Lasts+SteadyAfter+1)*election)
	for id := range steadyClients {
		steps := make([]Step, length/think)
		for k := range steps {
			steps[k] = Step{
				Kind: Seen, Node: id%p.Servers + 1, Key: random.IntN(steadyKeys), Value: -1,
				Think: think/2 + time.Duration(random.Int64N(int64(think))), Patience: max(Noticed, time.Duration(m.Patience*election)),
			}
		}
		p.Clients = append(p.Clients, steps)
	}
	return p
}
