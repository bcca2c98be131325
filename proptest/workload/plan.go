package workload

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Plan is what one run does.
type Plan struct {
	Profile  string   `json:"profile"`         // the name of the Profile it was drawn after
	Servers  int      `json:"servers"`         // replicas at first, with ids from 1
	Spare    int      `json:"spare,omitempty"` // places for more, with the ids behind; 0: the members stay who they are
	Seed     uint64   `json:"seed"`            // of what the run itself leaves to chance
	Capacity uint64   `json:"capacity"`
	Bytes    uint64   `json:"bytes"` // of values and fingerprints
	Clients  [][]Step `json:"clients"`
	Faults   []Fault  `json:"faults"` // in the order of At

	// Timing is of replicas in virtual time; real ones have their own.
	Timing Timing `json:"timing"`

	Snapshots Snapshots `json:"snapshots"`
}

// Snapshots is when replicas take them.
type Snapshots struct {
	Bytes int `json:"bytes"` // of entries at least from one to the next; 0: none is taken

	// In virtual time alone.
	Asked float64       `json:"asked,omitempty"` // with each tick: that a replica is asked for one
	Carry time.Duration `json:"carry,omitempty"` // that a piece of one is on its way at most
}

// Places are how many ids there are.
func (p *Plan) Places() int { return p.Servers + p.Spare }

// Steps is how many calls the plan means, retries apart.
func (p *Plan) Steps() (n int) {
	for _, steps := range p.Clients {
		n += len(steps)
	}
	return n
}

// String is the plan in JSON, a line for each step and fault.
func (p *Plan) String() string {
	bare := *p
	bare.Clients, bare.Faults = nil, nil
	lines := []string{line("plan", &bare)}
	for id, steps := range p.Clients {
		for k := range steps {
			lines = append(lines, line(fmt.Sprintf("client %d step %d", id, k), &steps[k]))
		}
	}
	for k := range p.Faults {
		lines = append(lines, line(fmt.Sprintf("fault %d", k), &p.Faults[k]))
	}
	return strings.Join(lines, "\n")
}

func line(what string, of any) string {
	text, err := json.Marshal(of)
	if err != nil {
		return what + ": " + err.Error()
	}
	return what + " " + string(text)
}

// Kind is what a step asks for.
type Kind string

// The kinds of steps.
const (
	Claim           Kind = "claim" // with a lease: PENDING until Complete
	Seen            Kind = "seen"  // a claim without a lease: straight to DONE
	Complete        Kind = "complete"
	Release         Kind = "release"
	Extend          Kind = "extend"
	Query           Kind = "query"       // in the order of the log
	QueryStale      Kind = "query_stale" // as the node asked has it
	Put             Kind = "put"
	Forget          Kind = "forget"
	Batch           Kind = "batch"      // claims in one entry, keys may repeat
	Checkpoint      Kind = "checkpoint" // an offset and claims in one entry
	CheckpointQuery Kind = "checkpoint_query"
	SetCheckpoint   Kind = "set_checkpoint" // an operator's: also backwards
	Resize          Kind = "resize"         // an operator's: room for more keys or fewer
)

// Door is how a node is asked. An executor without that door takes another one.
type Door string

// The doors. Redis has Seen, Put, Forget and Query only.
const (
	AnyDoor Door = ""
	Service Door = "service" // server.Service inside the program
	HTTP    Door = "http"
	Redis   Door = "redis"
)

// Holder says which token a Complete, Release or Extend has.
type Holder string

// The tokens. A client that has none of that sort makes one up.
const (
	Held   Holder = "held"   // the one this client won the key with last
	Former Holder = "former" // the one before
	MadeUp Holder = "made_up"
)

// Step is one thing that a client does. Fields that its kind lacks are zero.
type Step struct {
	Kind  Kind          `json:"kind"`
	Think time.Duration `json:"think,omitempty"` // before the call
	Node  int           `json:"node"`            // asked: one of Plan.Places
	Door  Door          `json:"door,omitempty"`
	Key   int           `json:"key"` // of a checkpoint: the partition

	// Again repeats the client's last claim (Claim, Seen, Batch, Checkpoint) as it was, with its owner, in
	// place of what the step says; Node and Door are the step's own.
	Again bool `json:"again,omitempty"`
	// Retries is how often the call is repeated, at one node after the other, while its outcome is unknown.
	Retries int `json:"retries,omitempty"`
	// Patience is how long an answer is waited for.
	Patience time.Duration `json:"patience"`

	Token       Holder        `json:"token,omitempty"`
	Lease       time.Duration `json:"lease,omitempty"`       // at most TTL, where that is not 0
	TTL         time.Duration `json:"ttl,omitempty"`         // 0: never expires
	Fingerprint int           `json:"fingerprint,omitempty"` // 0: none
	Value       int           `json:"value"`                 // its bytes; -1: none
	IfExists    bool          `json:"if_exists,omitempty"`   // of Put
	Room        uint64        `json:"room,omitempty"`        // of Resize: keys
	RoomBytes   uint64        `json:"room_bytes,omitempty"`  // of Resize
	Ahead       int           `json:"ahead,omitempty"`       // of Checkpoint and SetCheckpoint: the offset, beyond the last this client stored
	Items       []Item        `json:"items,omitempty"`       // of Batch and Checkpoint
}

// Item is one claim of a batch or of a checkpoint. All have the owner of their call.
type Item struct {
	Key         int           `json:"key"`
	Lease       time.Duration `json:"lease,omitempty"`
	TTL         time.Duration `json:"ttl,omitempty"`
	Fingerprint int           `json:"fingerprint,omitempty"`
	Value       int           `json:"value"` // -1: none
}

// Nodes of a Fault that are known when it begins.
const (
	Leader   = 0  // whoever leads
	Follower = -1 // one who does not
)

// FaultKind is what goes wrong.
type FaultKind string

// The kinds of faults. Those that end a process start it again when they are over, with what its disk holds.
const (
	Stop        FaultKind = "stop"         // the process ends as its owner would end it
	Kill        FaultKind = "kill"         // the process ends at once; the page cache stays
	PowerLoss   FaultKind = "power_loss"   // of any nodes, of all: what was not synced may be gone
	Partition   FaultKind = "partition"    // Nodes and the others do not hear one another
	OneWay      FaultKind = "one_way"      // Nodes are mute: nobody hears them, they hear all
	Deaf        FaultKind = "deaf"         // Nodes hear nobody, all hear them
	OneLink     FaultKind = "one_link"     // two nodes do not hear one another, and all others hear both
	Hub         FaultKind = "hub"          // Nodes and all others hear one another, and the others hear none of themselves
	Flapping    FaultKind = "flapping"     // a Partition that comes and goes, for By each time
	SlowDisk    FaultKind = "slow_disk"    // each sync takes By more
	StalledDisk FaultKind = "stalled_disk" // the same, and By is more than an election waits for
	FullDisk    FaultKind = "full_disk"    // no new file can be made: the replica refuses what it has no room for, and goes on by itself
	FailedSync  FaultKind = "failed_sync"  // the next sync fails: the replica stops
	LostReply   FaultKind = "lost_reply"   // what Nodes answer never reaches their clients
	WallJump    FaultKind = "wall_jump"    // the wall clock is set By ahead, or back; it must change nothing
	ClockRate   FaultKind = "clock_rate"   // the monotonic clock runs at Rate; 0: it stands still
	TickRate    FaultKind = "tick_rate"    // ticks, which elections and heartbeats wait for, come at Rate
	Hang        FaultKind = "hang"         // the process does nothing, as with SIGSTOP, and then goes on

	// Of snapshots; where none are taken they do nothing.
	SlowSnapshot   FaultKind = "slow_snapshot"   // each piece of one that is taken, fetched or given takes By more
	FailedSnapshot FaultKind = "failed_snapshot" // writing one fails, as it is taken or fetched: the replica goes on
	LostPieces     FaultKind = "lost_pieces"     // of those that are fetched from Nodes or by them most pieces are lost or damaged
	Rot            FaultKind = "rot"             // the process ends at once, and the newest cannot be read any more when it starts again
)

// Faulty are all kinds of faults, and of changes of the members.
func Faulty() []FaultKind { return append(faults(), Changing()...) }

func faults() []FaultKind {
	return []FaultKind{
		Stop, Kill, PowerLoss, Partition, OneWay, SlowDisk, FullDisk, FailedSync, LostReply, WallJump, ClockRate,
		Deaf, OneLink, Hub, Flapping, StalledDisk, TickRate, Hang,
		SlowSnapshot, FailedSnapshot, LostPieces, Rot,
	}
}

// Fault is one thing that goes wrong for a while.
type Fault struct {
	Kind  FaultKind     `json:"kind"`
	At    time.Duration `json:"at"`              // since the clients began
	After int           `json:"after,omitempty"` // where not 0: as soon as so many calls have ended, in place of At
	For   time.Duration `json:"for"`             // until it is undone
	Nodes []int         `json:"nodes"`           // of Plan.Places, Leader or Follower

	By    time.Duration `json:"by,omitempty"`    // of SlowDisk, StalledDisk, SlowSnapshot, Flapping and WallJump
	Rate  float64       `json:"rate,omitempty"`  // of ClockRate and TickRate
	Stage Stage         `json:"stage,omitempty"` // of HalfJoin
}

// EndsProcess reports whether nodes go down with a fault of the kind.
func (k FaultKind) EndsProcess() bool {
	switch k {
	case Stop, Kill, PowerLoss, FailedSync, Rot, Wipe:
		return true
	}
	return false
}
