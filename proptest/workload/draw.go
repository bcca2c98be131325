package workload

import (
	"math/bits"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// Draw draws a plan after a profile. A plan that shrinks has fewer clients, steps and faults, and shorter times.
func Draw(t *rapid.T, profile Profile) Plan {
	d := drawer{profile: profile, servers: oneOf(t, profile.Servers...)}
	p := Plan{Profile: profile.Name, Servers: d.servers, Seed: rapid.Uint64().Draw(t, "seed"), Capacity: roomyKeys, Bytes: roomyBytes}
	if profile.Tight {
		p.Capacity = uint64(evenly(t, tightKeys.Least, tightKeys.Most))
		p.Bytes = uint64(evenly(t, tightBytes.Least, tightBytes.Most))
	}
	steps := rapid.SliceOfN(rapid.Custom(d.step), profile.Steps.Least, profile.Steps.Most)
	p.Clients = rapid.SliceOfN(steps, profile.Clients.Least, profile.Clients.Most).Draw(t, "clients")
	for id := range p.Clients {
		p.Clients[id] = slices.DeleteFunc(p.Clients[id], func(s Step) bool { return s.Kind == dropped })
	}
	if len(profile.Faults) > 0 {
		d.length = p.estimate()
		p.Faults = rapid.SliceOfN(rapid.Custom(d.fault), profile.Count.Least, profile.Count.Most).Draw(t, "faults")
		p.Faults = slices.DeleteFunc(p.Faults, func(f Fault) bool { return f.Kind == dropped })
	}
	if profile.Aftershock {
		p.Faults = append(p.Faults, aftershocks(t, p.Faults)...)
	}
	if profile.TornTails {
		p.Faults = append(p.Faults, tornTails(t, p.Faults)...)
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
	p.Timing = timing(t)
	p.Snapshots.Bytes = oneOf(t, profile.Snapshots...)
	if p.Snapshots.Bytes > 0 {
		p.Snapshots.Asked = oneOf(t, 0, 0, 0.01)
		p.Snapshots.Carry = time.Duration(oneOf(t, 0, 20, 100, 300)) * time.Millisecond
	}
	if len(profile.Changes) > 0 {
		d.change(t, &p)
	}
	return p
}

const (
	roomyKeys  = 1 << 10
	roomyBytes = 1 << 20
)

var tightKeys, tightBytes = Range{3, 8}, Range{128, 1024}

// estimate is about how long the clients take where nothing goes wrong.
func (p *Plan) estimate() (most time.Duration) {
	for _, steps := range p.Clients {
		length := time.Duration(0)
		for _, s := range steps {
			length += s.Think + usualCall
		}
		most = max(most, length)
	}
	return most
}

// usualCall is how long a call takes.
const usualCall = 15 * time.Millisecond

// drawer draws the parts of one plan.
type drawer struct {
	profile Profile
	servers int
	length  time.Duration // of the run, about
}

// dropped is the kind of a step or fault that the plan does without. What shrinks is dropped first: a list that is
// drawn with a least length would keep it.
const dropped = ""

func isDropped(t *rapid.T) bool { return evenly(t, 0, 7) == 0 }

func (d *drawer) step(t *rapid.T) Step {
	if isDropped(t) {
		return Step{}
	}
	s := Step{
		Kind:  oneOf(t, d.profile.Kinds...),
		Think: millis(t, 0, oneOf(t, d.profile.Thinks...)),
		Node:  d.asked(t),
		Door:  oneOf(t, AnyDoor, HTTP, Redis, Service),
		Key:   d.key(t), Value: -1,
		Retries:  evenly(t, 0, 5),
		Patience: millis(t, 100, 800),
	}
	switch s.Kind {
	case Claim, Seen:
		s.Again = percent(t, d.profile.Again)
		item := d.item(t, s.Kind)
		s.Lease, s.TTL, s.Fingerprint, s.Value = item.Lease, item.TTL, item.Fingerprint, item.Value
	case Complete:
		s.Token, s.Value, s.TTL = token(t), value(t), d.ttl(t)
	case Release:
		s.Token = token(t)
	case Extend:
		s.Token, s.Lease = token(t), millis(t, 1, 300)
	case Put:
		s.TTL, s.Value, s.IfExists = d.ttl(t), max(0, value(t)), coin.Draw(t, "if exists")
	case Batch:
		s.Again = percent(t, d.profile.Again)
		s.Items = rapid.SliceOfN(rapid.Custom(d.claim), 1, 6).Draw(t, "items")
	case Checkpoint:
		s.Again = percent(t, d.profile.Again)
		s.Key, s.Ahead = s.Key%2, evenly(t, -1, 2)
		s.Items = rapid.SliceOfN(rapid.Custom(d.claim), 0, 4).Draw(t, "items")
	case CheckpointQuery:
		s.Key %= 2
	case SetCheckpoint:
		s.Key, s.Ahead = s.Key%2, evenly(t, -3, 2)
	case Resize:
		s.Room, s.RoomBytes = d.room(t)
	}
	return s
}

// room is what a Resize asks for: about what tight tables have, or plenty.
func (d *drawer) room(t *rapid.T) (keys, bytes uint64) {
	if !d.profile.Tight {
		return roomyKeys + uint64(evenly(t, 0, 9)), roomyBytes
	}
	return uint64(evenly(t, 1, tightKeys.Most+2)), uint64(evenly(t, 0, tightBytes.Most))
}

// claim is one claim of a batch.
func (d *drawer) claim(t *rapid.T) Item {
	item := d.item(t, oneOf(t, Claim, Seen))
	item.Key = d.key(t)
	return item
}

func (d *drawer) item(t *rapid.T, kind Kind) Item {
	i := Item{TTL: d.ttl(t), Value: -1}
	if evenly(t, 0, 3) == 3 {
		i.Fingerprint = evenly(t, 1, 2)
	}
	if kind == Seen {
		i.Value = value(t)
		return i
	}
	i.Lease = millis(t, 1, 400)
	if d.profile.Outlasting > 0 && percent(t, d.profile.Outlasting) {
		i.Lease, i.TTL = lasting, 0
		return i
	}
	if i.TTL > 0 {
		i.Lease = min(i.Lease, i.TTL)
	}
	return i
}

// lasting is a lease that outlasts any run.
const lasting = time.Hour

// key is often the first.
func (d *drawer) key(t *rapid.T) int {
	if evenly(t, 0, 3) == 0 {
		return 0
	}
	return evenly(t, 0, d.profile.Keys-1)
}

// ttl runs out within the run, where windows are short, or never.
func (d *drawer) ttl(t *rapid.T) time.Duration {
	if !d.profile.Short || evenly(t, 0, 3) == 0 {
		return 0
	}
	return millis(t, 1, 1200)
}

func (d *drawer) fault(t *rapid.T) Fault {
	if isDropped(t) {
		return Fault{}
	}
	f := Fault{
		Kind:  oneOf(t, d.profile.Faults...),
		At:    millis(t, 0, int(d.length/time.Millisecond)),
		For:   millis(t, 10, int(d.profile.Longest/time.Millisecond)),
		Nodes: d.nodes(t),
	}
	if evenly(t, 0, 4) == 4 {
		f.After = evenly(t, 1, 60)
	}
	switch f.Kind {
	case PowerLoss:
		f.Nodes = d.subset(t)
	case SlowDisk:
		f.By = millis(t, 5, 150)
	case SlowSnapshot:
		f.By = millis(t, 5, 300)
	case StalledDisk:
		f.By = millis(t, 400, 1500)
	case Flapping:
		f.By = millis(t, 5, 300)
	case WallJump:
		f.By = time.Duration(evenly(t, -3600, 3600)) * time.Second
	case ClockRate:
		f.Rate = oneOf(t, 0, 0.25, 0.5, 2, 4)
	case TickRate:
		f.Rate = oneOf(t, 0.5, 0.7, 1.4, 2)
	}
	return f
}

// aftershocks are power losses of killed nodes, shortly after they are back.
func aftershocks(t *rapid.T, faults []Fault) (shocks []Fault) {
	for _, f := range faults {
		if f.Kind == Kill && f.After == 0 {
			shocks = append(shocks, Fault{Kind: PowerLoss, At: f.At + f.For + millis(t, 1, 40), For: millis(t, 10, 100), Nodes: f.Nodes})
		}
	}
	return shocks
}

// tornTails are power losses of nodes whose disks are slow: of what they have applied, and a snapshot may cover, their logs lack the end.
func tornTails(t *rapid.T, faults []Fault) (losses []Fault) {
	for _, f := range faults {
		if f.Kind == SlowDisk && f.After == 0 {
			losses = append(losses, Fault{Kind: PowerLoss, At: f.At + millis(t, 0, int(f.For/time.Millisecond)), For: millis(t, 10, 300), Nodes: f.Nodes})
		}
	}
	return losses
}

// nodes is whoever leads, one node, or two.
func (d *drawer) nodes(t *rapid.T) []int {
	if percent(t, d.profile.Aim) {
		return []int{Leader}
	}
	first := evenly(t, 1, d.servers)
	if evenly(t, 0, 3) < 3 {
		return []int{first}
	}
	return []int{first, first%d.servers + 1}
}

// subset is any nodes, often all.
func (d *drawer) subset(t *rapid.T) (nodes []int) {
	all := evenly(t, 0, 2) == 2
	for id := 1; id <= d.servers; id++ {
		if all || coin.Draw(t, "loses power") {
			nodes = append(nodes, id)
		}
	}
	if len(nodes) == 0 {
		return []int{Leader}
	}
	return nodes
}

// percent is true in so many of a hundred draws; it shrinks to false.
func percent(t *rapid.T, of int) bool { return evenly(t, 0, 99) >= 100-of }

func token(t *rapid.T) Holder {
	return oneOf(t, Held, Held, Held, Former, Former, MadeUp)
}

// value is mostly a few bytes, or none.
func value(t *rapid.T) int {
	return oneOf(t, -1, -1, 0, 4, 4, 40, 300)
}

func millis(t *rapid.T, least, most int) time.Duration {
	return time.Duration(evenly(t, least, most)) * time.Millisecond
}

// evenly draws a number from least to most, each as likely as the others; rapid's own ranges favour small ones. It is
// drawn bit by bit, and shrinks to least.
func evenly(t *rapid.T, least, most int) int {
	n := 0
	for range bits.Len(uint(most - least)) {
		n *= 2
		if coin.Draw(t, "bit") {
			n++
		}
	}
	return least + n%(most-least+1)
}

var coin = rapid.Bool()

// oneOf draws one, each as likely as the others; it shrinks to the first.
func oneOf[T any](t *rapid.T, all ...T) T { return all[evenly(t, 0, len(all)-1)] }
