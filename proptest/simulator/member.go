package simulator

import (
	"errors"
	"fmt"
	"time"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// Member is one replica with its machine, disk and clocks.
type Member struct {
	ID   protocol.NodeID
	Host protocol.NodeID // on which it stands: the same number, but where members come and go

	world     *World
	servers   protocol.NodeSet
	disk      disk
	snapshots *snapshots
	skew      int64   // of the wall clock
	rate      float64 // of the monotonic clock
	tickRate  float64
	slow      time.Duration // more that each sync takes

	version node.Version                          // on disk: the cluster's, as far as it was told
	says    [protocol.MaxNodeID + 1]node.Versions // of the others, what their programs speak: this process has heard

	keptOut [protocol.MaxNodeID + 1]node.Reason // on disk, beside the log: who is condemned
	doubts  int                                 // how often the replica doubted a peer

	found   node.Addresses // where it says that it is
	joined  bool           // it is none of the first
	lost    bool           // its folder is lost, or was never made
	inForce protocol.Index // where the configuration stands that it goes by
	kept    int64          // of the log's room, for what it says of members

	life    int // counts starts: what an earlier process asked for comes to nothing
	clock   clock
	replica *node.Replica // nil while it is down
	machine node.StateMachine
	err     error // why the replica stopped
	shelf   map[uint64]node.Values

	taking     *taking
	fetching   *fetch
	forgetting protocol.Index // see Host.Forget; 0: nothing
	base       protocol.Index // of the log, durable or not
	fetched    fetched

	slowPieces time.Duration // more that each piece of a snapshot takes
	lostPieces float64       // chance that one is lost on its way
	snapped    Snapped

	inbox    inbox
	unsynced int // bytes appended since the last sync began

	state              []byte         // of the replica when it was looked at last
	cut                protocol.Index // behind which its log was replaced since
	syncs, failedSyncs int
	forwards           int
	bounds             bounds
	lacked             int // see Lacked; of earlier processes
}

// Start starts a member that is down, with what its disk holds.
func (m *Member) Start() {
	w := m.world
	if m.lost {
		return
	}
	m.life++
	m.clock = clock{set: w.now, shown: w.random.Int64N(1 << 40), rate: m.rate}
	m.machine, m.err, m.shelf, m.unsynced = w.cfg.Machine(m.ID), nil, nil, 0
	m.bounds.begin()
	m.inbox.begin()
	cfg := w.cfg.Replica
	cfg.RoomReserve = roomReserve
	cfg.Raft.ID, cfg.Raft.Servers, cfg.Raft.Seed = m.ID, m.servers, w.cfg.Seed+uint64(m.life)
	cfg.Raft.Configurations, cfg.Raft.Joined = w.folders.first != nil, w.joinedSince()
	if reason := m.keptOut[m.ID]; reason != 0 { // its owner may not start it any more
		m.err = (&node.Accusation{Node: m.ID, Reason: reason}).Err()
		return
	}
	if m.err = m.upgraded(); m.err != nil {
		return
	}
	found, mark, err := m.disk.open()
	if err != nil {
		w.broken(m.ID, fmt.Errorf("start: %w", err))
		return
	}
	newest, err := m.comeBack(&found.Log)
	if err != nil {
		w.broken(m.ID, &InvariantError{"SnapshotStands", fmt.Errorf("start: %w", err)})
		return
	}
	replica, err := node.New(cfg, (*host)(m), m.machine, node.Recovered{State: found, Mark: mark, Snapshot: newest, Base: m.digestOfBase(&found.Log), KeptOut: m.outcasts()})
	if errors.Is(err, node.ErrUpgrade) { // of a snapshot that came before the process knew
		m.err = err
		return
	}
	if err != nil {
		w.broken(m.ID, fmt.Errorf("start: %w", err))
		return
	}
	m.replica, m.cut = replica, 0
	w.look(m)
	m.during(w.between(Span{0, w.cfg.Tick}), m.tick)
}

// comeBack opens the folder of snapshots and loads one.
func (m *Member) comeBack(log *protocol.Log) (newest *node.Snapshot, err error) {
	m.taking, m.fetching, m.forgetting, m.fetched = nil, nil, 0, fetched{}
	m.base, _ = log.Base()
	if err := m.snapshots.open(); err != nil {
		return nil, err
	}
	if newest, err = m.newest(log); newest != nil {
		m.bounds.applied = newest.Index
	}
	return newest, err
}

// Propose proposes commands at this member, which is up. done is called once, or never if it crashes.
func (m *Member) Propose(commands []byte, timeout time.Duration, done func(answers []byte, err error)) {
	n, err := m.machine.Count(commands)
	if err != nil {
		done(nil, node.ErrInvalid)
		return
	}
	m.put(node.Proposed(commands, n, m.Clock()+int64(timeout), done))
}

// Handle gives the replica events and looks at the cluster then; nothing where it is down. A test may play
// the network with it.
func (m *Member) Handle(events ...node.Event) {
	if m.replica == nil {
		return
	}
	if m.inbox.hung {
		m.inbox.events = append(m.inbox.events, events...)
		return
	}
	m.world.events += len(events)
	m.world.rounds++
	if err := m.handle(events); err != nil && m.err == nil {
		m.err = err
		defer m.stopped()
	}
	if err := m.bounds.check(m, len(events)); err != nil {
		m.world.broken(m.ID, &InvariantError{"BoundedWork", err})
	}
	m.world.look(m)
}

// handle turns an invariant that the replica broke into what broke the run.
func (m *Member) handle(events []node.Event) error {
	defer func() {
		if broken := recover(); broken != nil {
			m.world.broken(m.ID, fmt.Errorf("the replica panicked: %v", broken))
		}
	}()
	return m.replica.Handle(events...)
}

func (m *Member) tick() {
	if !m.inbox.hung { // ticks do not pile up
		m.prepare(node.Tick())
		m.hearFalsely()
		m.handOver()
		m.askSnapshot()
	}
	m.during(time.Duration(float64(m.world.cfg.Tick)/m.tickRate), m.tick)
}

// during has do happen after d, if this process still runs.
func (m *Member) during(d time.Duration, do func()) {
	life := m.life
	m.world.after(d, func() {
		if m.life == life {
			do()
		}
	})
}

// Running reports whether the process is up; its replica may have stopped, see Err.
func (m *Member) Running() bool { return m.replica != nil }

// Err returns why the replica has stopped, nil while it has not.
func (m *Member) Err() error { return m.err }

// Machine returns the state machine of the process that runs, or ran last.
func (m *Member) Machine() node.StateMachine { return m.machine }

// Status returns the replica's status; false while it is down.
func (m *Member) Status() (node.Status, bool) {
	if m.replica == nil {
		return node.Status{}, false
	}
	return m.replica.Status(), true
}

// Age returns how old what the member's machine has may be at most; false while it is down, or does not know.
func (m *Member) Age() (age time.Duration, known bool) {
	if m.replica == nil {
		return 0, false
	}
	since, known := m.replica.Level()
	return time.Duration(m.Clock() - since), known
}

// Syncs returns how many syncs have ended, and how many of them have failed.
func (m *Member) Syncs() (ended, failed int) { return m.syncs, m.failedSyncs }

// Forwards returns how many requests the member has sent to leaders.
func (m *Member) Forwards() int { return m.forwards }

// Readings returns how often older entries were read for a reader since the start, calmly and not.
func (m *Member) Readings(of node.Reader) (calm, hurried int) {
	return m.bounds.calm[of][0], m.bounds.calm[of][1]
}

// Lacked returns how often the member refused or dropped something for want of room on its disk.
func (m *Member) Lacked() int {
	if m.replica == nil {
		return m.lacked
	}
	s := m.replica.Status()
	return m.lacked + int(s.Refused+s.Dropped)
}

// Clock returns what Host.Now says at this member.
func (m *Member) Clock() int64 { return m.clock.show(m.world.now) }

// Entry reads an entry of the log of a member that is up.
func (m *Member) Entry(k protocol.Index) (node.Entry, error) { return m.disk.read(k) }
