package workload

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Minority is what goes wrong at once, with less than half of the nodes or their links, and how long nobody who writes may
// be answered for it: promise 9. Times are in election timeouts, the shortest that is drawn.
type Minority struct {
	Name    string
	Servers int
	Faults  []Fault // without At and For
	Lasts   float64
	// Patience is how long those who write wait for an answer, where that is more than Noticed.
	Patience float64
	// During and After are the longest gaps that are allowed, until the faults are over and from then on, beside Noticed.
	During, After float64
	// Stays: it is no reason for an election, not even when it is over.
	Stays bool
	// Quiet: hardly anybody writes.
	Quiet bool
}

// Bounds, in election timeouts.
const (
	unnoticed  = 0.5 // nobody is elected
	anElection = 4   // a leader falls silent, or hears nobody: up to three until the first campaign
	aResigning = 6   // a leader is heard, and its disk of no use: four until it resigns
	lasts      = 16
)

// sick is a kind of fault, and what it may cost at the leader and elsewhere.
type sick struct {
	name             string
	fault            func(election time.Duration) Fault
	leader, follower float64
}

func plain(k FaultKind) func(time.Duration) Fault {
	return func(time.Duration) Fault { return Fault{Kind: k} }
}

// by is a fault that takes so many election timeouts.
func by(k FaultKind, times float64) func(time.Duration) Fault {
	return func(election time.Duration) Fault {
		return Fault{Kind: k, By: time.Duration(times * float64(election))}
	}
}

// flapping is faster than elections as they ship.
func flapping(time.Duration) Fault { return Fault{Kind: Flapping, By: Noticed} }

func rate(k FaultKind, r float64) func(time.Duration) Fault {
	return func(time.Duration) Fault { return Fault{Kind: k, Rate: r} }
}

// sicknesses is the table of docs/guarantees.md, promise 9.
var sicknesses = []sick{
	{"killed", plain(Kill), anElection, unnoticed},
	{"stopped", plain(Stop), anElection, unnoticed},
	{"power lost", plain(PowerLoss), anElection, unnoticed},
	{"a sync fails", plain(FailedSync), anElection, unnoticed},
	{"the process hangs", plain(Hang), anElection, unnoticed},
	{"cut off", plain(Partition), anElection, unnoticed},
	{"mute", plain(OneWay), anElection, unnoticed},
	{"deaf", plain(Deaf), anElection, unnoticed},
	{"one link is cut", plain(OneLink), unnoticed, unnoticed},
	{"cut off again and again, for 0.1 s", flapping, anElection, unnoticed},
	{"cut off again and again, for two timeouts", by(Flapping, 1.75), anElection, unnoticed},
	{"each sync takes a quarter of a timeout more", by(SlowDisk, 0.25), unnoticed, unnoticed},
	{"each sync takes two and a half timeouts more", by(StalledDisk, 2.5), aResigning, unnoticed},
	{"no sync ends", by(StalledDisk, 2*lasts), aResigning, unnoticed},
	{"ticks at half the rate", rate(TickRate, 0.5), unnoticed, unnoticed},
	{"ticks at twice the rate", rate(TickRate, 2), unnoticed, unnoticed},
	{"ticks at an eighth of the rate", rate(TickRate, 0.125), anElection, unnoticed},
	{"ticks at eight times the rate", rate(TickRate, 8), unnoticed, unnoticed},
	{"the clock stands still", rate(ClockRate, 0), unnoticed, unnoticed},
	{"the clock runs at four times the rate", rate(ClockRate, 4), unnoticed, unnoticed},
}

// Minorities are all that have a bound: each sickness of the leader and of another node of three, and some of five.
func Minorities(timing Timing) (all []Minority) {
	e := timing.Election()
	for _, s := range sicknesses {
		all = append(all,
			minority(s.name+": the leader", 3, s.leader, at(s.fault(e), Leader)),
			minority(s.name+": another", 3, s.follower, at(s.fault(e), Follower)),
		)
	}
	all = append(all, minority("only one node hears all: another", 5, aResigning, at(Fault{Kind: Hub}, Follower)))
	fast := minority("ticks at eight times the rate, and few write: another", 3, unnoticed, at(rate(TickRate, 8)(e), Follower))
	fast.During, fast.After, fast.Quiet = anElection, anElection, true // so long may nobody write
	slow := minority("each sync takes four timeouts more: all, and the leader is killed", 3, noDisk, at(Fault{Kind: Kill}, Leader), at(by(StalledDisk, 4)(e), 1, 2, 3))
	slow.Lasts, slow.After, slow.Patience = 2*noDisk, noDisk, noDisk
	return append(all, fast, slow)
}

// MinorityNamed is one of them. It panics where there is none of the name.
func MinorityNamed(name string, timing Timing) Minority {
	for _, m := range Minorities(timing) {
		if m.Name == name {
			return m
		}
	}
	panic("workload: no minority is named " + name)
}

// noDisk is what an election and a claim may take where syncs take four timeouts.
const noDisk = 60

func minority(name string, servers int, during float64, faults ...Fault) Minority {
	return Minority{Name: name, Servers: servers, Faults: faults, Lasts: lasts, During: during, After: unnoticed, Stays: during == unnoticed}
}

func at(f Fault, nodes ...int) Fault {
	f.Nodes = nodes
	return f
}

// Two are two sicknesses at once, drawn, of five nodes: of the leader and of another one, which may lead next.
func Two(timing Timing, random *rand.Rand) Minority {
	e := timing.Election()
	a, b := sicknesses[random.IntN(len(sicknesses))], sicknesses[random.IntN(len(sicknesses))]
	m := minority(b.name+": another of five; "+a.name+": the leader", 5, a.leader+b.leader, at(b.fault(e), Follower), at(a.fault(e), Leader))
	m.Stays = a.leader == unnoticed && b.follower == unnoticed
	return m
}

// Election is the shortest time without a leader before an election.
func (t Timing) Election() time.Duration { return t.Tick * time.Duration(t.ElectionTicks) }

// Bound is the longest gap that is allowed where it is so many election timeouts.
func (t Timing) Bound(times float64) time.Duration {
	return Noticed + time.Duration(times*float64(t.Election()))
}

// Promised are the rows of the table of docs/guarantees.md.
func Promised() (rows []string) {
	for _, s := range sicknesses {
		rows = append(rows, fmt.Sprintf("| %s | %v | %v |", s.name, s.leader, s.follower))
	}
	return rows
}
