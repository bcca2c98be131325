package workload

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eventstreamcore/semel/linearizability"
)

// Effect is asked when a fault is over, or the run is, what it did: "node 2 lost 3 unsynced records". An
// empty string, or no Effect at all, says that it did nothing.
type Effect func() string

// Cluster is what faults happen to; the executor is one. Nodes are ids from 1. A fault that meets nothing
// (killing what is down) has no Effect.
type Cluster interface {
	// Leader is whoever leads now, 0 if nobody does.
	Leader() int

	Stop(node int) Effect
	Kill(node int) Effect
	// PowerLoss ends the nodes at one moment. What is down already loses what it has not synced too.
	PowerLoss(nodes []int) Effect
	// Start starts a node with what its disk holds: one that is down, or whose replica stopped by itself (a
	// failed sync). One that runs is left alone.
	Start(node int)

	// Cut loses what from sends to to, until Mend.
	Cut(from, to int) Effect
	Mend(from, to int)

	// SlowDisk makes each sync of a node take by more; 0: as before.
	SlowDisk(node int, by time.Duration) Effect
	// FullDisk leaves a node no room for a new file of its log, or has room again. No node may stop for it.
	FullDisk(node int, full bool) Effect
	// FailSync lets the next sync of a node fail, or no more.
	FailSync(node int, fail bool) Effect

	// LoseReplies keeps from clients what a node answers, or no more.
	LoseReplies(node int, lost bool) Effect

	// JumpWall sets the wall clock of a node ahead by that much, or back.
	JumpWall(node int, by time.Duration) Effect
	// ClockRate lets the monotonic clock of a node run at a rate; 1: as time does.
	ClockRate(node int, rate float64) Effect
	// TickRate has the ticks of a node come at a rate; 1: as its configuration says.
	TickRate(node int, rate float64) Effect
	// Hang stops the process of a node, as SIGSTOP does, or lets it go on.
	Hang(node int, hangs bool) Effect

	// SlowSnapshot makes each piece of a snapshot that a node takes, gives or fetches take by more; 0: as before.
	SlowSnapshot(node int, by time.Duration) Effect
	// FailSnapshot lets what a node writes of snapshots fail, or no more.
	FailSnapshot(node int, fail bool) Effect
	// LosePieces loses or damages most pieces of snapshots that go to a node or come from it, or no more.
	LosePieces(node int, lost bool) Effect
	// Rot is Kill, and makes the newest snapshot of the node unreadable.
	Rot(node int) Effect

	Folders
}

// Nemesis begins and ends the faults of a plan. Where faults overlap, a node is started when the last that
// keeps it down is over, a link is mended when the last that cuts it is. It is not safe for concurrent use.
type Nemesis struct {
	cluster  Cluster
	recorder *linearizability.Recorder
	first    int     // of the places, that have members at first
	servers  int     // places
	waiting  []Fault // in the order of At
	open     []*occurrence
	holds    map[hold]int // how many open faults hold something
}

// occurrence is a fault that began.
type occurrence struct {
	fault   Fault
	id      int   // in the history
	nodes   []int // with the leader's id in Leader's place
	until   time.Duration
	flips   time.Duration // of Flapping: when links come or go next
	mended  bool          // of Flapping: for now
	effects []Effect
}

// hold is something that a fault keeps as it is: a node down, a link cut, a disk slow.
type hold struct {
	kind     FaultKind
	from, to int
}

// NewNemesis returns what does a plan's faults to a cluster, and records them.
func NewNemesis(plan *Plan, cluster Cluster, recorder *linearizability.Recorder) *Nemesis {
	return &Nemesis{
		cluster: cluster, recorder: recorder, first: plan.Servers, servers: plan.Places(), waiting: slices.Clone(plan.Faults), holds: map[hold]int{},
	}
}

// Step ends and begins what is due: now is the time since the clients began, calls how many of theirs have
// ended. Call it as time passes and calls end.
func (n *Nemesis) Step(now time.Duration, calls int) {
	for _, o := range slices.Clone(n.open) {
		switch {
		case o.until <= now:
			n.end(o)
		case o.fault.Kind == Flapping && o.flips <= now:
			n.flip(o, now)
		}
	}
	n.waiting = slices.DeleteFunc(n.waiting, func(f Fault) bool {
		due := f.After > 0 && calls >= f.After || f.After == 0 && f.At <= now
		if due {
			n.begin(f, now)
		}
		return due
	})
}

// Next returns when a fault begins or ends next; false if none will by time alone.
func (n *Nemesis) Next() (at time.Duration, ok bool) {
	for _, o := range n.open {
		next := o.until
		if o.fault.Kind == Flapping {
			next = min(next, o.flips)
		}
		if !ok || next < at {
			at, ok = next, true
		}
	}
	for _, f := range n.waiting {
		if f.After == 0 && (!ok || f.At < at) {
			at, ok = f.At, true
		}
	}
	return at, ok
}

// Heal ends all faults, in the order in which they began, and begins no more: every node is up, every link
// mended, every disk and clock as it should be. Only wall clocks stay where they jumped to.
func (n *Nemesis) Heal() {
	n.waiting = nil
	for _, o := range slices.Clone(n.open) {
		n.end(o)
	}
	for node := 1; node <= n.servers; node++ {
		n.cluster.Start(node)
	}
}

// resolve puts the leader's id in Leader's place; with no leader a fault that aims at it hits node 1.
func (n *Nemesis) resolve(nodes []int) []int {
	var named []int
	for _, node := range nodes {
		switch leader := max(1, n.cluster.Leader()); node {
		case Leader:
			node = leader
		case Follower:
			node = leader%n.servers + 1
		}
		if !slices.Contains(named, node) {
			named = append(named, node)
		}
	}
	return named
}

func (n *Nemesis) begin(f Fault, now time.Duration) {
	o := &occurrence{fault: f, nodes: n.resolve(f.Nodes), until: now + f.For, flips: now + f.By}
	o.id = n.recorder.Fault(linearizability.Fault{Fault: string(f.Kind), Nodes: o.nodes})
	n.open = append(n.open, o)
	switch f.Kind {
	case PowerLoss:
		o.note(n.cluster.PowerLoss(o.nodes))
	case Partition, OneWay, Deaf, OneLink, Hub, Flapping:
		for _, way := range n.ways(o) {
			o.note(n.cluster.Cut(way.from, way.to))
		}
	default:
		for _, node := range o.nodes {
			o.note(n.beginAt(node, &f))
		}
	}
	n.hold(o)
}

func (n *Nemesis) hold(o *occurrence) {
	for _, h := range n.holdsOf(o) {
		n.holds[h]++
	}
}

// flip mends the links of a Flapping, or cuts them again.
func (n *Nemesis) flip(o *occurrence, now time.Duration) {
	o.flips = now + o.fault.By
	if o.mended = !o.mended; o.mended {
		n.letGo(o)
		return
	}
	for _, way := range n.ways(o) {
		n.cluster.Cut(way.from, way.to)
	}
	n.hold(o)
}

func (n *Nemesis) beginAt(node int, f *Fault) Effect {
	switch f.Kind {
	case Stop:
		return n.cluster.Stop(node)
	case Kill:
		return n.cluster.Kill(node)
	case SlowDisk, StalledDisk:
		return n.cluster.SlowDisk(node, f.By)
	case FullDisk:
		return n.cluster.FullDisk(node, true)
	case FailedSync:
		return n.cluster.FailSync(node, true)
	case LostReply:
		return n.cluster.LoseReplies(node, true)
	case WallJump:
		return n.cluster.JumpWall(node, f.By)
	case ClockRate:
		return n.cluster.ClockRate(node, f.Rate)
	case TickRate:
		return n.cluster.TickRate(node, f.Rate)
	case Hang:
		return n.cluster.Hang(node, true)
	case SlowSnapshot:
		return n.cluster.SlowSnapshot(node, f.By)
	case FailedSnapshot:
		return n.cluster.FailSnapshot(node, true)
	case LostPieces:
		return n.cluster.LosePieces(node, true)
	case Rot:
		return n.cluster.Rot(node)
	case Join, Learn, HalfJoin, Leave, Replace, Wipe:
		return n.beginChange(node, f)
	}
	panic(fmt.Sprintf("a fault of unknown kind %q", f.Kind))
}

func (n *Nemesis) end(o *occurrence) {
	n.open = slices.DeleteFunc(n.open, func(other *occurrence) bool { return other == o })
	if !o.mended {
		n.letGo(o)
	}
	n.recorder.FaultOver(o.id, o.effect())
}

func (n *Nemesis) letGo(o *occurrence) {
	for _, h := range n.holdsOf(o) {
		n.holds[h]--
		if n.holds[h] == 0 {
			n.release(h)
		}
	}
}

// release undoes what the last fault held.
func (n *Nemesis) release(h hold) {
	switch h.kind {
	case Stop:
		n.cluster.Start(h.from)
	case Partition:
		n.cluster.Mend(h.from, h.to)
	case SlowDisk:
		n.cluster.SlowDisk(h.from, 0)
	case FullDisk:
		n.cluster.FullDisk(h.from, false)
	case FailedSync:
		n.cluster.FailSync(h.from, false)
	case LostReply:
		n.cluster.LoseReplies(h.from, false)
	case ClockRate:
		n.cluster.ClockRate(h.from, 1)
	case TickRate:
		n.cluster.TickRate(h.from, 1)
	case Hang:
		n.cluster.Hang(h.from, false)
	case SlowSnapshot:
		n.cluster.SlowSnapshot(h.from, 0)
	case FailedSnapshot:
		n.cluster.FailSnapshot(h.from, false)
	case LostPieces:
		n.cluster.LosePieces(h.from, false)
	case Join, Learn, HalfJoin, Leave:
		n.endChange(h)
	}
}

// holdsOf is what a fault keeps as it is, in the order in which it is undone. Whatever ends a process holds the
// node down as Stop does, whatever cuts a link as Partition.
func (n *Nemesis) holdsOf(o *occurrence) (holds []hold) {
	switch o.fault.Kind {
	case Partition, OneWay, Deaf, OneLink, Hub, Flapping:
		return n.ways(o)
	case StalledDisk:
		for _, node := range o.nodes {
			holds = append(holds, hold{SlowDisk, node, 0})
		}
	case FullDisk, FailedSync, SlowDisk, LostReply, ClockRate, TickRate, Hang, SlowSnapshot, FailedSnapshot, LostPieces,
		Join, Learn, HalfJoin, Leave:
		for _, node := range o.nodes {
			holds = append(holds, hold{o.fault.Kind, node, 0})
		}
	}
	if o.fault.Kind == Replace {
		for _, node := range o.nodes {
			holds = append(holds, hold{Leave, node, 0})
		}
	}
	if o.fault.Kind.EndsProcess() {
		for _, node := range o.nodes {
			holds = append(holds, hold{Stop, node, 0})
		}
	}
	return holds
}

// ways are those that a fault cuts.
func (n *Nemesis) ways(o *occurrence) (ways []hold) {
	if o.fault.Kind == OneLink {
		a := o.nodes[0]
		b := a%n.servers + 1
		if len(o.nodes) > 1 {
			b = o.nodes[1]
		}
		return []hold{{Partition, a, b}, {Partition, b, a}}
	}
	if o.fault.Kind == Hub {
		return n.waysBeside(o.nodes)
	}
	n.links(o.nodes, func(in, out int) {
		if o.fault.Kind != Deaf {
			ways = append(ways, hold{Partition, in, out})
		}
		if o.fault.Kind != OneWay {
			ways = append(ways, hold{Partition, out, in})
		}
	})
	return ways
}

// waysBeside are those between nodes that are none of hubs.
func (n *Nemesis) waysBeside(hubs []int) (ways []hold) {
	for from := 1; from <= n.servers; from++ {
		for to := 1; to <= n.servers; to++ {
			if from != to && !slices.Contains(hubs, from) && !slices.Contains(hubs, to) {
				ways = append(ways, hold{Partition, from, to})
			}
		}
	}
	return ways
}

// links calls do for each pair of a node of nodes and one that is none of them.
func (n *Nemesis) links(nodes []int, do func(in, out int)) {
	for _, in := range nodes {
		for out := 1; out <= n.servers; out++ {
			if !slices.Contains(nodes, out) {
				do(in, out)
			}
		}
	}
}

func (o *occurrence) note(e Effect) {
	if e != nil {
		o.effects = append(o.effects, e)
	}
}

// effect joins what the fault did, each thing once.
func (o *occurrence) effect() string {
	var told []string
	for _, effect := range o.effects {
		if text := effect(); text != "" && !slices.Contains(told, text) {
			told = append(told, text)
		}
	}
	return strings.Join(told, "; ")
}
