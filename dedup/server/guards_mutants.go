//go:build mutants

// The guards of guards.go with a fault in front. mutants_test.go shows that it is caught.

package server

import (
	"slices"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/dedup"
)

// Mutant picks the fault that is switched on, by its id; empty means none. For checks
// only: it is one variable for the whole program.
var Mutant string

// MutantIDs are the faults of this package.
var MutantIDs = []string{
	"dedup-at-propose-time", "answers-in-the-loop", "unpinned-elsewhere", "room-of-all-time", "no-room-for-snapshots-is-ok",
	"quiet-is-heard", "kept-out-counts", "hung-disk-counts", "silent-counts", "one-word-is-enough", "links-do-not-matter",
	"each-poller-asks", "pollers-do-not-share", "asks-pile-up", "waits-for-the-silent",
	"new-voters-unasked", "learners-decide",
}

// proposed is, for each machine and key, the call that was the first to propose a claim there, until it is applied.
var proposed = struct {
	sync.Mutex
	by map[*Machine]map[dedup.Key]uint64
}{by: map[*Machine]map[dedup.Key]uint64{}}

func (m *Machine) notePropose(commands []byte) {
	if Mutant != "dedup-at-propose-time" { // a key is taken as soon as somebody is about to claim it
		return
	}
	proposed.Lock()
	defer proposed.Unlock()
	if proposed.by[m] == nil {
		proposed.by[m] = map[dedup.Key]uint64{}
	}
	eachCommand(commands, func(_ int, c *dedup.Command) {
		if _, taken := proposed.by[m][c.Key]; c.Kind == dedup.KindClaim && !taken {
			proposed.by[m][c.Key] = c.Call
		}
	})
}

// decide calls a winner a duplicate of what was proposed before it and may never be applied.
func (m *Machine) decide(payload []byte) {
	if Mutant != "dedup-at-propose-time" {
		return
	}
	proposed.Lock()
	defer proposed.Unlock()
	entry, _ := dedup.ParseEntry(payload)
	eachCommand(entry.Commands, func(place int, c *dedup.Command) {
		answer := &m.results.Answers[place]
		first, taken := proposed.by[m][c.Key]
		switch {
		case c.Kind != dedup.KindClaim || !taken:
		case first == c.Call:
			delete(proposed.by[m], c.Key)
		case answer.Outcome == dedup.Won:
			answer.Outcome, answer.Replayed = dedup.Duplicate, false
		}
	})
}

func goesApart(large bool) bool {
	if Mutant == "answers-in-the-loop" {
		return false
	}
	return large
}

// eachCommand calls do for each command with the place of its answer; a checkpoint's claims are passed over.
func eachCommand(commands []byte, do func(place int, c *dedup.Command)) {
	for place := 0; len(commands) > 0; place++ {
		c, rest, err := dedup.NextCommand(commands)
		if err != nil {
			return
		}
		do(place, &c)
		place += c.ClaimCount
		commands = rest
	}
}

func (v *values) holder() *dedup.Machine {
	if Mutant == "unpinned-elsewhere" {
		return v.machine.state
	}
	return v.state
}

func fades(counted int64) bool { return Mutant != "room-of-all-time" && counted >= lateCommands }

func isLow(lacking int64) bool { return Mutant != "no-room-for-snapshots-is-ok" && lacking > 0 }

func isQuiet(ms int64) bool { return ms >= quietFor && Mutant != "quiet-is-heard" }

func keepsOut() bool { return Mutant != "kept-out-counts" }

func waitsForDisks() bool { return Mutant != "hung-disk-counts" }

func hasWitness(h *ClusterHealth, node uint8) bool {
	return h.isWitnessed(node) || Mutant == "silent-counts"
}

func talk(a, b *NodeHealth) bool {
	there, back := a.said(b.Node), b.said(a.Node)
	switch Mutant {
	case "one-word-is-enough":
		return there != nil && there.isReached() || back != nil && back.isReached()
	case "silent-counts":
		if there == nil || back == nil {
			return true
		}
	}
	return (there != nil || back != nil) && (there == nil || there.isReached()) && (back == nil || back.isReached())
}

func survives(spare, k int) bool { return spare > k || Mutant == "links-do-not-matter" && spare > 0 }

func isFresh(ago time.Duration) bool { return ago < freshFor && Mutant != "each-poller-asks" }

func shares(running bool) bool { return running && Mutant != "pollers-do-not-share" }

func mayAsk(open bool) bool { return !open || Mutant == "asks-pile-up" }

func patienceOf(patience time.Duration) time.Duration {
	if Mutant == "waits-for-the-silent" {
		return askDeadline
	}
	return patience
}

func isJoint(next []int) bool { return len(next) > 0 && Mutant != "new-voters-unasked" }

func decides(set []int, node uint8) bool {
	return slices.Contains(set, int(node)) || Mutant == "learners-decide"
}
