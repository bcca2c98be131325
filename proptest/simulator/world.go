package simulator

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Config is what a world is made from. Durations are virtual.
type Config struct {
	Seed    uint64
	Servers int // ids 1 to Servers, at first
	// Slots has logs say who the members are, and bounds how many folders there may ever be; 0: they are the first ones for ever. See Join.
	Slots int

	// Replica is each replica's configuration; ID, Servers and Seed are filled in.
	Replica node.Config
	// Machine returns the empty state machine of a replica that comes up.
	Machine func(id protocol.NodeID) node.StateMachine

	Tick      time.Duration // between ticks; default 10 ms
	Round     Span          // that a replica is busy with what it handles, and what comes waits; default: no time
	Delay     Span          // of a message; default 1 to 5 ms
	Sync      Span          // of the disk; default 1 to 10 ms
	DiskRate  int           // bytes that a disk syncs in a second, beside the time of Sync; default: any number
	Read      Span          // of a stretch of the log; default 0 to 5 ms
	Piece     Span          // of what is done to a snapshot at a time; default 0 to 10 ms
	Carry     Span          // of a piece of a snapshot on its way, beside Delay; default: no time
	Loss      float64       // chance that a message is lost
	Duplicate float64       // chance that it arrives twice
	WallSkew  time.Duration // wall clocks are apart by up to that
	Deaths    Deaths        // who hears that a process has ended
	Asked     float64       // chance, with each tick of a member, that it is asked for a snapshot
	HandOver  float64       // chance, with each tick of a leader, that it is asked to have somebody drawn lead

	// WAL has logs kept by package wal, over folders in memory that lose power, and not by lists: slower, and
	// what is read back is what the format gives back. Segments are of 16 KiB: the entries of a message have to fit.
	WAL bool
	// Unwatched lets runs go on whatever breaks, to see what else notices; and folders may be put back, see Copy.
	Unwatched bool
	// EarlySync is sabotage: disks say that a sync has ended and have kept nothing. A check that then
	// finds nothing looks at nothing. Not with WAL.
	EarlySync bool
	// Sabotage is what hosts do wrong with snapshots; none where empty.
	Sabotage Sabotage
	// Alter is sabotage, too: where not nil it may change what a message says on its way.
	Alter func(m *protocol.Message)
}

// Span is a range of durations.
type Span struct{ Least, Most time.Duration }

func (c Config) withDefaults() Config {
	if c.Tick == 0 {
		c.Tick = 10 * time.Millisecond
	}
	if c.Delay == (Span{}) {
		c.Delay = Span{time.Millisecond, 5 * time.Millisecond}
	}
	if c.Sync == (Span{}) {
		c.Sync = Span{time.Millisecond, 10 * time.Millisecond}
	}
	if c.Read == (Span{}) {
		c.Read = Span{0, 5 * time.Millisecond}
	}
	if c.Piece == (Span{}) {
		c.Piece = Span{0, 10 * time.Millisecond}
	}
	orDefault(&c.Replica.MaxEntryBytes, 256<<10) // as package node has it: they are held to it
	orDefault(&c.Replica.Raft.MaxBytesPerMessage, 512<<10)
	orDefault(&c.Replica.Raft.MaxInflightBytes, 4<<20)
	return c
}

func orDefault(field *int, value int) {
	if *field == 0 {
		*field = value
	}
}

// epoch is what the wall clocks show at the start: 2020-01-01, in ns since 1970.
const epoch = 1_577_836_800_000_000_000

// World is a cluster in virtual time. It is not safe for concurrent use.
type World struct {
	Members []*Member // by id-1

	cfg    Config
	random *rand.Rand
	aside  *rand.Rand // of what replicas tell beside messages, so that it moves nothing else
	deaths *rand.Rand // the same, of deaths
	film   *rand.Rand // the same, of snapshots
	now    int64      // virtual ns since the start
	due    agenda
	last   uint64 // number of the last appointment
	cut    map[[2]protocol.NodeID]*link
	err    error
	events int
	rounds int

	shelved uint64 // numbers given

	folders folders
	watch   watch
	archive archive
}

// New returns a world whose replicas have just started, with empty disks.
func New(cfg Config) *World {
	w := &World{cfg: cfg.withDefaults(), cut: map[[2]protocol.NodeID]*link{}}
	w.archive.snapshots, w.archive.bodies = map[protocol.Index][]byte{}, map[protocol.Index][]byte{}
	w.watch.leaders = map[protocol.Term]protocol.NodeID{}
	w.random = rand.New(rand.NewPCG(cfg.Seed, 0x51D))
	w.aside = rand.New(rand.NewPCG(cfg.Seed, 0xA51DE))
	w.deaths = rand.New(rand.NewPCG(cfg.Seed, 0xDEAD))
	w.film = rand.New(rand.NewPCG(cfg.Seed, 0xF11E))
	servers, first := cfg.slots(), protocol.NodeSet(0)
	for id := protocol.NodeID(1); int(id) <= cfg.Servers; id++ {
		first = first.With(id)
	}
	if cfg.Slots > 0 {
		if err := w.folders.begin(first, cfg.Machine(1)); err != nil {
			w.broken(protocol.Nil, err)
		}
	}
	for id := protocol.NodeID(1); int(id) <= cfg.Servers; id++ {
		m := &Member{ID: id, Host: id, world: w, servers: servers, rate: 1, tickRate: 1, skew: int64(w.between(Span{0, cfg.WallSkew}))}
		m.disk, m.snapshots = w.newDisk(id, uint64(id)), newSnapshots(cfg.Seed+uint64(id))
		w.Members = append(w.Members, m)
		w.watch.view = append(w.watch.view, protocol.New(id, servers, w.nothing()))
	}
	for _, m := range w.Members {
		m.Start()
	}
	return w
}

func (w *World) newDisk(id protocol.NodeID, incarnation uint64) disk {
	if w.cfg.WAL {
		return newWalDisk(id, w.random.Uint64(), incarnation, w.folders.first)
	}
	d := &listDisk{random: w.random, lies: w.cfg.EarlySync}
	if first := w.folders.first; first != nil {
		d.durable.under, d.visible.under = *first, *first
	}
	return d
}

// joinedSince is what a core is told of since when it is a member, as a real host tells it: who was removed package node says.
func (w *World) joinedSince() protocol.Index {
	if w.folders.first == nil {
		return 0
	}
	return protocol.MaxIndex
}

// At returns the member of an id.
func (w *World) At(id protocol.NodeID) *Member { return w.Members[id-1] }

// find is At, and nil where there is no such member.
func (w *World) find(id protocol.NodeID) *Member {
	if id == protocol.Nil || int(id) > len(w.Members) {
		return nil
	}
	return w.Members[id-1]
}

func (w *World) hostOf(id protocol.NodeID) protocol.NodeID {
	if m := w.find(id); m != nil {
		return m.Host
	}
	return id
}

// Now returns the virtual time since the start.
func (w *World) Now() time.Duration { return time.Duration(w.now) }

// Events returns how many events replicas have handled.
func (w *World) Events() int { return w.events }

// Rounds returns in how many calls they did.
func (w *World) Rounds() int { return w.rounds }

// Err returns the first invariant that broke, with when; nil if none did.
func (w *World) Err() error { return w.err }

// Run lets virtual time pass, or stops at the first broken invariant and returns it.
func (w *World) Run(d time.Duration) error {
	_, err := w.Until(d, func() bool { return false })
	return err
}

// Until lets time pass until done says so, which it asks after every event, but no longer than most.
func (w *World) Until(most time.Duration, done func() bool) (bool, error) {
	for end := w.now + int64(most); ; {
		if w.err != nil {
			return false, w.err
		}
		if done() {
			return true, nil
		}
		if len(w.due) == 0 || w.due[0].at > end {
			w.now = end
			return false, nil
		}
		next := heap.Pop(&w.due).(appointment)
		w.now = next.at
		next.do()
	}
}

// Leader returns the running member that leads the highest term, nil if none does.
func (w *World) Leader() *Member {
	var leader *Member
	var term protocol.Term
	for _, m := range w.Members {
		if m.replica == nil {
			continue
		}
		if s := m.replica.Status(); s.Role == protocol.Leader && s.Term > term {
			leader, term = m, s.Term
		}
	}
	return leader
}

func (w *World) broken(at protocol.NodeID, err error) {
	if w.err == nil {
		w.err = fmt.Errorf("seed %d, at %v, event %d, on node %d: %w", w.cfg.Seed, w.Now(), w.events, at, err)
	}
}

// After has do happen when d has passed: what clients do, and who does things to the world.
func (w *World) After(d time.Duration, do func()) { w.after(d, do) }

// after is After.
func (w *World) after(d time.Duration, do func()) {
	w.last++
	heap.Push(&w.due, appointment{w.now + int64(d), w.last, do})
}

func (w *World) between(s Span) time.Duration { return s.draw(w.random) }

func (s Span) draw(random *rand.Rand) time.Duration {
	if s.Most <= s.Least {
		return s.Least
	}
	return s.Least + time.Duration(random.Int64N(int64(s.Most-s.Least)))
}

func (w *World) chance(p float64) bool { return p > 0 && w.random.Float64() < p }
