package workload

import (
	"slices"
	"time"

	"pgregory.net/rapid"
)

// Draw draws a plan after a profile. A plan that shrinks has fewer clients, steps and faults, and shorter times.
func Draw(t *rapid.T, profile Profile) Plan {
	d := drawer{profile: profile, servers: rapid.SampledFrom(profile.Servers).Draw(t, "servers")}
	p := Plan{Profile: profile.Name, Servers: d.servers, Seed: rapid.Uint64().Draw(t, "seed"), Capacity: roomyKeys, Bytes: roomyBytes}
	if profile.Tight {
		p.Capacity = uint64(rapid.IntRange(tightKeys.Least, tightKeys.Most).Draw(t, "capacity"))
		p.Bytes = uint64(rapid.IntRange(tightBytes.Least, tightBytes.Most).Draw(t, "bytes"))
	}
	steps := rapid.SliceOfN(rapid.Custom(d.step), profile.Steps.Least, profile.Steps.Most)
	p.Clients = rapid.SliceOfN(steps, profile.Clients.Least, profile.Clients.Most).Draw(t, "clients")
	if len(profile.Faults) > 0 {
		p.Faults = rapid.SliceOfN(rapid.Custom(d.fault), profile.Count.Least, profile.Count.Most).Draw(t, "faults")
	}
	slices.SortStableFunc(p.Faults, func(a, b Fault) int { return int(a.At - b.At) })
	return p
}

const (
	roomyKeys  = 1 << 10
	roomyBytes = 1 << 20
	mostThink  = 150
)

var tightKeys, tightBytes = Range{3, 8}, Range{128, 1024}

// drawer draws the parts of one plan.
type drawer struct {
	profile Profile
	servers int
}

func (d *drawer) step(t *rapid.T) Step {
	s := Step{
		Kind:  rapid.SampledFrom(d.profile.Kinds).Draw(t, "kind"),
		Think: millis(t, "think", 0, mostThink),
		Node:  rapid.IntRange(1, d.servers).Draw(t, "node"),
		Door:  rapid.SampledFrom([]Door{AnyDoor, HTTP, Redis, Service}).Draw(t, "door"),
		Key:   d.key(t), Value: -1,
		Retries:  rapid.IntRange(0, 3).Draw(t, "retries"),
		Patience: millis(t, "patience", 100, 800),
	}
	switch s.Kind {
	case Claim, Seen:
		s.Again = d.percent(t, "again", d.profile.Again)
		item := d.item(t, s.Kind)
		s.Lease, s.TTL, s.Fingerprint, s.Value = item.Lease, item.TTL, item.Fingerprint, item.Value
	case Complete:
		s.Token, s.Value, s.TTL = token(t), value(t), d.ttl(t)
	case Release:
		s.Token = token(t)
	case Extend:
		s.Token, s.Lease = token(t), millis(t, "lease", 1, 300)
	case Put:
		s.TTL, s.Value, s.IfExists = d.ttl(t), max(0, value(t)), rapid.Bool().Draw(t, "if exists")
	case Batch:
		s.Again = d.percent(t, "again", d.profile.Again)
		s.Items = rapid.SliceOfN(rapid.Custom(d.claim), 1, 6).Draw(t, "items")
	case Checkpoint:
		s.Again = d.percent(t, "again", d.profile.Again)
		s.Key, s.Ahead = s.Key%2, rapid.IntRange(-1, 2).Draw(t, "ahead")
		s.Items = rapid.SliceOfN(rapid.Custom(d.claim), 0, 4).Draw(t, "items")
	case CheckpointQuery:
		s.Key %= 2
	}
	return s
}

// claim is one claim of a batch.
func (d *drawer) claim(t *rapid.T) Item {
	item := d.item(t, rapid.SampledFrom([]Kind{Claim, Seen}).Draw(t, "of"))
	item.Key = d.key(t)
	return item
}

func (d *drawer) item(t *rapid.T, kind Kind) Item {
	i := Item{TTL: d.ttl(t), Value: -1}
	if rapid.IntRange(0, 3).Draw(t, "fingerprinted") == 3 {
		i.Fingerprint = rapid.IntRange(1, 2).Draw(t, "fingerprint")
	}
	if kind == Seen {
		i.Value = value(t)
		return i
	}
	i.Lease = millis(t, "lease", 1, 400)
	if i.TTL > 0 {
		i.Lease = min(i.Lease, i.TTL)
	}
	return i
}

func (d *drawer) key(t *rapid.T) int { return rapid.IntRange(0, d.profile.Keys-1).Draw(t, "key") }

// ttl runs out within the run, where windows are short, or never.
func (d *drawer) ttl(t *rapid.T) time.Duration {
	if !d.profile.Short || rapid.IntRange(0, 3).Draw(t, "forever") == 0 {
		return 0
	}
	return millis(t, "ttl", 1, 1200)
}

func (d *drawer) fault(t *rapid.T) Fault {
	length := int(d.profile.Length / time.Millisecond)
	f := Fault{
		Kind:  rapid.SampledFrom(d.profile.Faults).Draw(t, "fault"),
		At:    millis(t, "at", 0, length),
		For:   millis(t, "for", 10, int(d.profile.Longest/time.Millisecond)),
		Nodes: d.nodes(t),
	}
	if rapid.IntRange(0, 4).Draw(t, "by count") == 4 {
		f.After = rapid.IntRange(1, 60).Draw(t, "after")
	}
	switch f.Kind {
	case PowerLoss:
		f.Nodes = d.subset(t)
	case SlowDisk:
		f.By = millis(t, "by", 5, 150)
	case WallJump:
		f.By = time.Duration(rapid.IntRange(-3600, 3600).Draw(t, "jump")) * time.Second
	case ClockRate:
		f.Rate = rapid.SampledFrom([]float64{0, 0.25, 0.5, 2, 4}).Draw(t, "rate")
	}
	return f
}

// nodes is whoever leads, one node, or two.
func (d *drawer) nodes(t *rapid.T) []int {
	if d.percent(t, "aim", d.profile.Aim) {
		return []int{Leader}
	}
	first := rapid.IntRange(1, d.servers).Draw(t, "victim")
	if rapid.IntRange(0, 3).Draw(t, "two") < 3 {
		return []int{first}
	}
	return []int{first, first%d.servers + 1}
}

// subset is any nodes, often all.
func (d *drawer) subset(t *rapid.T) (nodes []int) {
	all := rapid.IntRange(0, 2).Draw(t, "all") == 2
	for id := 1; id <= d.servers; id++ {
		if all || rapid.Bool().Draw(t, "loses power") {
			nodes = append(nodes, id)
		}
	}
	if len(nodes) == 0 {
		return []int{Leader}
	}
	return nodes
}

// percent is true in so many of a hundred draws; what shrinks becomes false.
func (d *drawer) percent(t *rapid.T, label string, percent int) bool {
	return rapid.IntRange(0, 99).Draw(t, label) >= 100-percent
}

func token(t *rapid.T) Holder {
	return rapid.SampledFrom([]Holder{Held, Held, Held, Former, Former, MadeUp}).Draw(t, "token")
}

// value is mostly a few bytes, or none.
func value(t *rapid.T) int {
	return rapid.SampledFrom([]int{-1, -1, 0, 4, 4, 40, 300}).Draw(t, "value")
}

func millis(t *rapid.T, label string, least, most int) time.Duration {
	return time.Duration(rapid.IntRange(least, most).Draw(t, label)) * time.Millisecond
}
