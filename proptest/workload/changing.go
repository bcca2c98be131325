package workload

import (
	"slices"
	"time"

	"pgregory.net/rapid"
)

// The kinds of changes of who the members are. A place is where a member runs, and what asks it: an id. The folder there has a slot of the log,
// and another folder there has another one. What is asked for goes on, through whatever happens meanwhile, until it is so.
const (
	Join     FaultKind = "join"      // a new folder joins, at a place that has none; when it is over one at a spare place leaves
	Learn    FaultKind = "learn"     // the same, as one that decides nothing; when it is over it is promoted
	HalfJoin FaultKind = "half_join" // the same as Join, and it dies at a Stage; when it is over it goes on
	Leave    FaultKind = "leave"     // the member is removed; when it is over a new folder joins there
	Replace  FaultKind = "replace"   // a new folder joins at a place that has none, and takes the member's place; when it is over a new folder joins there
	Wipe     FaultKind = "wipe"      // the process ends at once and its folder is lost; when it is over a new one takes the lost one's place
)

// Stage is where a join dies.
type Stage string

// The stages of a join.
const (
	Asking Stage = "asking" // it has asked, and has not heard what came of that
	Told   Stage = "told"   // it is a member, and its log is not made
	Making Stage = "making" // its log is being made
	Made   Stage = "made"   // it has just begun to run
	Lost   Stage = "lost"   // as Told, and its folder is lost: the slot is removed, and another one joins
)

// Changing are all kinds of changes, and Stages all stages of a join.
func Changing() []FaultKind { return []FaultKind{Join, Learn, HalfJoin, Leave, Replace, Wipe} }

// Stages are all stages of a join.
func Stages() []Stage { return []Stage{Asking, Told, Making, Made, Lost} }

// Slots are more than the changes of a plan take, and not more than most; 0: the members stay who they are.
func (p *Plan) Slots(most int) int {
	if p.Spare == 0 {
		return 0
	}
	n := p.Places() + 1
	for _, f := range p.Faults {
		if slices.Contains(Changing(), f.Kind) {
			n += 2
		}
	}
	return min(n, most)
}

// Died is how joins are counted that died at a stage.
func Died(at Stage) string { return "joins that died " + string(at) }

// Folders is how members come and go. An Effect says what has come of it.
type Folders interface {
	// Join has a new folder join at a place that has none, as a voter or, if it is only to learn, as one that decides nothing; one that dies does so
	// at a stage, where that is not empty. Where a folder is there, or on its way, it is to be a voter and goes on.
	Join(node int, learns bool, dies Stage) Effect
	// Leave removes the member at a place.
	Leave(node int) Effect
	// Replace has a new folder join at some place that has none, in the place of a member.
	Replace(node int) Effect
	// Wipe ends the process of a node and loses its folder, if the others can do without it. Start has a new one take its place.
	Wipe(node int) Effect
}

// change draws what becomes of the members.
func (d *drawer) change(t *rapid.T, p *Plan) {
	p.Spare = d.profile.Spare
	changes := rapid.SliceOfN(rapid.Custom(d.oneChange), d.profile.Changed.Least, d.profile.Changed.Most).Draw(t, "changes")
	p.Faults = append(p.Faults, slices.DeleteFunc(changes, func(f Fault) bool { return f.Kind == dropped })...)
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
}

func (d *drawer) oneChange(t *rapid.T) Fault {
	if isDropped(t) {
		return Fault{}
	}
	f := Fault{
		Kind: oneOf(t, d.profile.Changes...),
		At:   millis(t, 0, int(d.length/time.Millisecond)),
		For:  millis(t, 50, int(d.profile.Longest/time.Millisecond)),
	}
	switch f.Kind {
	case HalfJoin:
		f.Stage = oneOf(t, Asking, Told, Making, Made, Made, Lost, Lost, Lost)
		f.Nodes = []int{d.servers + evenly(t, 1, d.profile.Spare)}
	case Join, Learn:
		f.Nodes = []int{d.servers + evenly(t, 1, d.profile.Spare)}
	default:
		f.Nodes = d.nodes(t)[:1]
	}
	return f
}

// asked is a place: where members come and go at times one that has none.
func (d *drawer) asked(t *rapid.T) int {
	if len(d.profile.Changes) > 0 && evenly(t, 0, 7) == 7 {
		return evenly(t, 1, d.servers+d.profile.Spare)
	}
	return evenly(t, 1, d.servers)
}

func (n *Nemesis) beginChange(node int, f *Fault) Effect {
	switch f.Kind {
	case Leave:
		return n.cluster.Leave(node)
	case Replace:
		return n.cluster.Replace(node)
	case Wipe:
		return n.cluster.Wipe(node)
	default:
		return n.cluster.Join(node, f.Kind == Learn, f.Stage)
	}
}

// endChange: one that joined at a spare place leaves it, and a place of the first members has one again.
func (n *Nemesis) endChange(h hold) {
	if h.kind == Join && h.from > n.first {
		n.cluster.Leave(h.from)
		return
	}
	n.cluster.Join(h.from, false, "")
}

// members: they come and go, under all that makes leaders change, logs end and links break.
func members() Profile {
	p := ordinary("members")
	p.Changes, p.Changed, p.Spare = append(Changing(), Replace, HalfJoin), Range{3, 10}, 3
	p.Faults = []FaultKind{Kill, Kill, PowerLoss, PowerLoss, Partition, Partition, OneWay, OneLink, Flapping, SlowDisk, Hang, LostPieces, Stop}
	p.Count, p.Longest, p.Snapshots = Range{0, 8}, 1200*time.Millisecond, []int{512, 512, 1 << 10, 2 << 10}
	return p
}
