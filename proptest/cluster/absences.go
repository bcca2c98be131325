package cluster

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// absences are what happens to a node beside the faults of the plan, which are mostly too short for it: it is away until no log has
// what it lacks, comes back, and is brought level over the network while clients go on. On the way somebody may die.
type absences struct {
	*run
	rng *rand.Rand
}

// How long one step of an absence may take before it is given up, and how long after it, at most, the next one begins.
const (
	absencePatience = 5 * time.Second
	betweenAbsences = 500 * time.Millisecond
)

// trouble is what happens while a node is brought level.
type trouble string

const (
	noTrouble      trouble = ""
	senderDies     trouble = "who gave it was killed"
	senderLost     trouble = "who gave it lost power"
	receiverDies   trouble = "it was killed meanwhile"
	receiverLost   trouble = "it lost power meanwhile"
	linksBreak     trouble = "connections broke meanwhile"
	receiverIsAway trouble = "it was cut off again meanwhile"
	installerDies  trouble = "it was killed when it had come"
	installerLost  trouble = "it lost power when it had come"
)

var troubles = []trouble{
	receiverDies, senderDies, installerLost, receiverLost, linksBreak, noTrouble, senderLost, receiverIsAway, installerDies,
}

// losesPower reports whether a node's disk loses what is not synced.
func (t trouble) losesPower() bool { return t == senderLost || t == receiverLost || t == installerLost }

// visit has nodes be away, one after another, until ctx is done, and records it as faults.
func (r *run) visit(ctx context.Context) {
	if !r.cluster.config.Absences {
		return
	}
	a := &absences{r, rand.New(rand.NewPCG(r.plan.Seed, 0xAB5E))}
	for next := a.rng.IntN(len(troubles)); pause(ctx, time.Duration(a.rng.Int64N(int64(betweenAbsences)))); next++ {
		n := a.cluster.Nodes[a.rng.IntN(len(a.cluster.Nodes))]
		a.interrupt(ctx, n)
		a.one(ctx, n, troubles[next%len(troubles)])
	}
}

// interrupt has a node end while it takes a snapshot.
func (a *absences) interrupt(ctx context.Context, n *Node) {
	over, effect := a.unplanned(linearizability.Fault{Fault: "interrupted_snapshot", Nodes: []int{int(n.ID)}}), ""
	defer func() { over(effect) }()
	n.Disk.Shelf.Slow(interruptedBy)
	defer n.Disk.Shelf.Slow(0)
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { _, _ = n.TakeSnapshot(asked) }()
	if !a.until(ctx, n.Disk.Shelf.Taking) {
		return
	}
	word, lose := "was killed", a.rng.IntN(2) == 0
	if lose {
		word = "lost power"
	}
	before := n.Disk.Shelf.Counts().EndedTaking
	a.down(ctx, n, lose)
	if n.Disk.Shelf.Counts().EndedTaking > before {
		effect = fmt.Sprintf("node %d %s while it took a snapshot", n.ID, word)
	}
}

// interruptedBy is how much longer each block of a snapshot takes that is to be interrupted.
const interruptedBy = 10 * time.Millisecond

// down ends a node, and starts it again after a moment.
func (a *absences) down(ctx context.Context, n *Node, losesPower bool) {
	if losesPower {
		a.stage.note(n.LosePower(a.rng.Uint64()))
	} else {
		n.Kill()
	}
	pause(ctx, time.Duration(a.rng.IntN(200))*time.Millisecond)
	a.stage.note(n.Start())
}

// one is one absence. An absence that is under way when the clients are done is given up, and the node is back.
func (a *absences) one(ctx context.Context, n *Node, t trouble) {
	over := a.unplanned(linearizability.Fault{Fault: "absence", Nodes: []int{int(n.ID)}})
	var told []string
	defer func() { over(strings.Join(told, "; ")) }()
	how, back := a.leave(n)
	fell := a.until(ctx, func() bool {
		a.ask(ctx, n)
		return a.cluster.Below(n)
	})
	installs := n.Installs()
	back()
	if !fell {
		return
	}
	a.cluster.fellBelow.Add(1)
	told = append(told, fmt.Sprintf("node %d %s until no log had what it lacks", n.ID, how))
	if t != noTrouble && a.until(ctx, func() bool { return n.Disk.Shelf.Receiving() || n.Installs() > installs }) && a.strike(ctx, n, t) {
		told = append(told, string(t))
	}
	if a.until(ctx, func() bool { return n.Installs() > installs }) {
		told = append(told, "a snapshot took the place of its log")
	}
}

// leave has a node be away, and returns how, and what has it come back.
func (a *absences) leave(n *Node) (how string, back func()) {
	start := func() { a.stage.note(n.Start()) }
	switch a.rng.IntN(3) {
	case 0:
		a.cluster.Network.Isolate(n.ID, true)
		return "was cut off", func() { a.cluster.Network.Isolate(n.ID, false) }
	case 1:
		n.Kill()
		return "was dead", start
	default:
		a.stage.note(n.LosePower(a.rng.Uint64()))
		return "was without power", start
	}
}

// ask asks all others for a snapshot, so that their logs end further on: nobody waits for the load to do it.
func (a *absences) ask(ctx context.Context, away *Node) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, o := range a.cluster.others(away) {
		_, _ = o.TakeSnapshot(ctx) // it may be down, or take one already
	}
	pause(ctx, 20*time.Millisecond)
}

// strike does what is to happen while a node receives a snapshot; false where that was over before.
func (a *absences) strike(ctx context.Context, n *Node, t trouble) bool {
	victim := n
	switch t {
	case senderDies, senderLost:
		if victim = a.awaitSender(ctx, n); victim == nil {
			return false
		}
	case installerDies, installerLost:
		came := n.Disk.Shelf.Counts().Received
		if !a.until(ctx, func() bool { return n.Disk.Shelf.Counts().Received > came }) {
			return false
		}
	default: // with something there to go on with
		a.until(ctx, func() bool { return n.Disk.Shelf.Blocks() > 1 || !n.Disk.Shelf.Receiving() })
		if !n.Disk.Shelf.Receiving() {
			return false
		}
	}
	switch t {
	case linksBreak:
		for _, o := range a.cluster.others(n) {
			a.cluster.Network.BreakIn(o.ID, n.ID, a.rng.Int64N(mostBytes))
		}
	case receiverIsAway:
		a.cluster.Network.Isolate(n.ID, true)
		pause(ctx, time.Duration(a.rng.IntN(400))*time.Millisecond)
		a.cluster.Network.Isolate(n.ID, false)
	default:
		a.down(ctx, victim, t.losesPower())
	}
	return true
}

// awaitSender waits for a node to give what another one receives; nil where that ends before.
func (a *absences) awaitSender(ctx context.Context, receiver *Node) (sender *Node) {
	a.until(ctx, func() bool {
		sender = a.sender(receiver)
		return sender != nil || !receiver.Disk.Shelf.Receiving()
	})
	return sender
}

// sender is a node that gives a snapshot which another one is receiving.
func (a *absences) sender(receiver *Node) *Node {
	for _, o := range a.cluster.others(receiver) {
		if o.Running() && o.Gives() {
			return o
		}
	}
	return nil
}

// until waits for a condition, not for long; false where it did not come to hold.
func (a *absences) until(ctx context.Context, holds func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, absencePatience)
	defer cancel()
	return Wait(ctx, "a step of an absence", holds) == nil
}

// demand has nodes asked for snapshots now and then, as "semel snapshot" does, where the plan says so.
func (r *run) demand(ctx context.Context) {
	if r.plan.Snapshots.Bytes == 0 || r.plan.Snapshots.Asked == 0 {
		return
	}
	rng := rand.New(rand.NewPCG(r.plan.Seed, 0xA5C))
	for pause(ctx, time.Duration(rng.Int64N(int64(betweenAbsences)))) {
		within, cancel := context.WithTimeout(ctx, time.Second)
		_, _ = r.cluster.Nodes[rng.IntN(len(r.cluster.Nodes))].TakeSnapshot(within)
		cancel()
	}
}
