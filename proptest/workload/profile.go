package workload

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Profile says what is likely in a Plan. Lists are drawn from evenly: what stands twice is twice as likely.
type Profile struct {
	Name    string
	Servers []int
	Clients Range // how many
	Steps   Range // of one client
	Keys    int   // that clients share
	Thinks  []int // at most so many ms before a call: often hardly any, so that calls meet
	Tight   bool  // tables have room for fewer keys and bytes than are claimed

	Kinds   []Kind
	Faults  []FaultKind   // none: nothing goes wrong
	Count   Range         // of faults
	Length  time.Duration // about how long a run takes where nothing goes wrong; it follows from Steps
	Longest time.Duration // that a fault lasts

	// Short leases and windows run out within the run; others seldom do.
	Short bool
	// Outlasting is how many percent of leases outlast any run.
	Outlasting int
	// Searched: runs are so short that porcupine takes every key, and are not stretched.
	Searched bool
	// Again is how many percent of claims repeat the client's last one.
	Again int
	// Aim is how many percent of faults hit whoever leads.
	Aim int
	// Snapshots are how many bytes of entries at least are from one to the next; 0: there are none in that run.
	Snapshots []int
	// Aftershock has a node that was killed lose its power soon after it is back.
	Aftershock bool
	// Changes are what becomes of the members, beside the faults; none: they stay who they are.
	Changes []FaultKind
	Changed Range // how many changes
	Spare   int   // places beside those of the first members
	// TornTails has a node whose disk is slow lose its power meanwhile.
	TornTails bool
}

// Range is from least to most, both included.
type Range struct{ Least, Most int }

const (
	runLength = 2 * time.Second
	longest   = 900 * time.Millisecond
)

// ordinary is what all profiles begin with.
func ordinary(name string) Profile {
	return Profile{
		Name: name, Servers: []int{3, 3, 3, 5}, Clients: Range{3, 6}, Steps: Range{20, 60}, Keys: 6, Thinks: []int{4, 4, 30, 250},
		Kinds: []Kind{
			Claim, Claim, Claim, Claim, Seen, Seen, Seen, Complete, Complete, Complete, Release, Extend,
			Query, Query, QueryStale, Put, Forget, Batch, Checkpoint, CheckpointQuery, SetCheckpoint, Resize,
		},
		Count: Range{3, 12}, Length: runLength, Longest: longest, Short: true, Again: 15, Aim: 40, Snapshots: []int{0, 512, 1 << 10, 2 << 10},
	}
}

// Profiles are all profiles by their names: "calm" has no faults, "mixed" has all, the others favour some.
func Profiles() []Profile {
	return []Profile{calm(), mixed(), elections(), power(), disks(), outages(), clocks(), replies(), fences(), crowded(), contended(), links(), stalls(), reads(), lulls(), snapshots(), members()}
}

// Named returns the profile of a name.
func Named(name string) (Profile, error) {
	var names []string
	for _, p := range Profiles() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Profile{}, fmt.Errorf("no profile %q: there are %s", name, strings.Join(names, ", "))
}

// Lasting is the profile with so many more steps and faults that its runs take about that long.
func (p Profile) Lasting(length time.Duration) Profile {
	times := max(1, int(length/p.Length))
	p.Length *= time.Duration(times)
	p.Steps = Range{p.Steps.Least * times, p.Steps.Most * times}
	p.Count = Range{p.Count.Least * times, p.Count.Most * times}
	p.Changed = Range{p.Changed.Least * times, p.Changed.Most * times}
	return p
}

func calm() Profile { return ordinary("calm") }

func mixed() Profile {
	p := ordinary("mixed")
	p.Faults = faults()
	p.Changes, p.Changed, p.Spare = Changing(), Range{0, 6}, 2
	return p
}

func elections() Profile {
	p := ordinary("elections")
	p.Faults, p.Aim = []FaultKind{Kill, Stop, Partition, Partition, OneWay, OneWay}, 70
	p.Count = Range{4, 12}
	return p
}

func power() Profile {
	p := ordinary("power")
	p.Faults, p.Longest = []FaultKind{PowerLoss, PowerLoss, PowerLoss, SlowDisk, Partition}, 400*time.Millisecond
	p.Count = Range{3, 10}
	return p
}

func disks() Profile {
	p := ordinary("disks")
	p.Faults = []FaultKind{SlowDisk, SlowDisk, FullDisk, FailedSync, PowerLoss}
	return p
}

// outages: processes die in the middle of slow syncs, come back soon, and then the power fails.
func outages() Profile {
	p := ordinary("outages")
	p.Faults, p.Aim, p.Aftershock = []FaultKind{Kill, Kill, SlowDisk}, 0, true
	p.Longest, p.Count = 150*time.Millisecond, Range{6, 20}
	return p
}

func clocks() Profile {
	p := ordinary("clocks")
	p.Faults = []FaultKind{ClockRate, ClockRate, WallJump, WallJump, Kill, Partition}
	return p
}

// replies: what was applied is not told, and the same call is repeated elsewhere.
func replies() Profile {
	p := ordinary("replies")
	p.Faults, p.Again = []FaultKind{LostReply, LostReply, LostReply, Kill, Partition}, 40
	p.Kinds = []Kind{Claim, Claim, Claim, Seen, Seen, Seen, Batch, Checkpoint, Complete, Release, Query}
	return p
}

// fences: few keys, leases that are over before their holders return, tokens of before.
func fences() Profile {
	p := ordinary("fences")
	p.Keys, p.Faults = 2, []FaultKind{Kill, Partition, LostReply, ClockRate}
	p.Kinds = []Kind{Claim, Claim, Claim, Claim, Complete, Complete, Complete, Release, Extend, Query}
	return p
}

// crowded: more keys than there is room for.
func crowded() Profile {
	p := ordinary("crowded")
	p.Keys, p.Tight, p.Count = 16, true, Range{0, 3}
	p.Kinds = []Kind{Seen, Seen, Seen, Seen, Claim, Claim, Complete, Batch, Checkpoint, Query, Put, Forget, Resize, SetCheckpoint}
	p.Faults = []FaultKind{Kill, Partition}
	return p
}

// contended: many clients, two keys and hardly a pause, and so few calls that porcupine finds out by itself whether some
// order explains them. Most leases outlast the run, so that there is seldom another explanation than the right one.
func contended() Profile {
	p := ordinary("contended")
	p.Servers, p.Clients, p.Steps, p.Keys, p.Thinks = []int{3}, Range{5, 8}, Range{6, 10}, 2, []int{0, 2, 4}
	p.Outlasting, p.Searched, p.Again = 70, true, 20
	p.Kinds = []Kind{
		Claim, Claim, Claim, Claim, Claim, Seen, Seen, Complete, Complete, Complete, Release, Release, Extend,
		Query, Query, Query, Put, Forget, Forget, Batch,
	}
	p.Faults, p.Count, p.Longest = []FaultKind{LostReply, LostReply, LostReply, Kill, Partition}, Range{0, 2}, 200*time.Millisecond
	return p
}

// links: nodes are deaf or mute, a single link is cut, links come and go.
func links() Profile {
	p := ordinary("links")
	p.Faults, p.Count = []FaultKind{Deaf, Deaf, OneWay, OneLink, OneLink, Hub, Hub, Flapping, Flapping, Kill}, Range{4, 12}
	return p
}

// stalls: disks and processes stand still for longer than an election waits, and ticks come too fast or too slowly.
func stalls() Profile {
	p := ordinary("stalls")
	p.Faults, p.Count = []FaultKind{StalledDisk, StalledDisk, StalledDisk, StalledDisk, TickRate, Hang, PowerLoss}, Range{4, 10}
	return p
}

// reads: hardly anything else, and leaders that are cut off with clients on their side, or hang, or count slowly, so that they
// believe to lead when others do.
func reads() Profile {
	p := ordinary("reads")
	p.Keys, p.Aim, p.Thinks = 2, 80, []int{2, 4, 30}
	p.Kinds = []Kind{Query, Query, Query, Query, Query, Query, CheckpointQuery, QueryStale, Claim, Seen, Put, Put, Forget, Checkpoint}
	p.Faults, p.Count = []FaultKind{TickRate, TickRate, Partition, Partition, Partition, Deaf, Hang, Kill, SlowDisk}, Range{6, 14}
	return p
}

// lulls: hardly anybody writes, so that windows end while there are reads alone.
func lulls() Profile {
	p := ordinary("lulls")
	p.Clients, p.Keys, p.Thinks = Range{2, 4}, 1, []int{4, 30, 250}
	p.Kinds = append(slices.Repeat([]Kind{Query}, 16), QueryStale, QueryStale, CheckpointQuery, Claim, Claim, Seen)
	p.Steps, p.Faults, p.Count = Range{40, 80}, []FaultKind{LostReply, WallJump, TickRate}, Range{0, 2}
	return p
}

// snapshots: nodes that are away for so long that the others forget what they lack, processes that end in the middle of it all, disks
// that are slow or rot.
func snapshots() Profile {
	p := ordinary("snapshots")
	p.Snapshots, p.Thinks, p.Longest, p.TornTails = []int{512, 1 << 10}, []int{4, 4, 30}, 1200*time.Millisecond, true
	p.Faults = []FaultKind{
		Kill, Kill, Kill, PowerLoss, Partition, Partition, SlowDisk, SlowDisk, SlowDisk, FullDisk,
		SlowSnapshot, SlowSnapshot, FailedSnapshot, LostPieces, LostPieces, Rot, Rot,
	}
	p.Count, p.Aim, p.Keys, p.Steps = Range{6, 16}, 25, 14, Range{30, 70} // of several blocks each
	p.Kinds = []Kind{Claim, Claim, Seen, Seen, Seen, Complete, Put, Put, Query, QueryStale, Forget, Batch, Checkpoint, Resize}
	return p
}
