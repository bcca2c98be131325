package workload

import (
	"math/rand/v2"
	"time"
)

// A steady plan has a fault from steadyAt on, for steadyFor, and clients that outlast it.
const (
	steadyAt      = time.Second
	steadyFor     = 4 * time.Second
	steadyClients = 4 // of each node
	steadySteps   = 420
	steadyKeys    = 100
)

// Steady is a plan of three servers and of clients that write all the time, several at each node, with one fault in the
// middle: what its history shows is what the fault does to those who write. Its At and For are filled in.
func Steady(f Fault, timing Timing, seed uint64) Plan {
	random := rand.New(rand.NewPCG(seed, 0x57EAD))
	f.At, f.For = steadyAt+time.Duration(random.IntN(100))*time.Millisecond, steadyFor
	p := Plan{
		Profile: "steady", Servers: 3, Seed: seed, Capacity: roomyKeys, Bytes: roomyBytes, Timing: timing,
		Faults: []Fault{f},
	}
	for id := range steadyClients * p.Servers {
		steps := make([]Step, steadySteps)
		for k := range steps {
			steps[k] = Step{
				Kind: Seen, Node: id%p.Servers + 1, Key: random.IntN(steadyKeys), Value: -1,
				Think: time.Duration(5+random.IntN(10)) * time.Millisecond, Patience: 100 * time.Millisecond,
			}
		}
		p.Clients = append(p.Clients, steps)
	}
	return p
}
