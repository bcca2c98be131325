package sim

import (
	"errors"
	"time"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// ErrDisk is what a disk that FailSync was called for stops its replica with.
var ErrDisk = errors.New("the simulated disk failed")

// Member is one replica with its machine, disk and clocks.
type Member struct {
	ID protocol.NodeID

	world   *World
	servers protocol.NodeSet
	disk    disk
	skew    int64 // of the wall clock
	syncBad bool
	slow    time.Duration // more that each sync takes

	life    int // counts starts: what an earlier process asked for comes to nothing
	started int64
	replica *node.Replica // nil while it is down
	machine node.StateMachine
	err     error // why the replica stopped
}

// Start starts a member that is down, with what its disk holds.
func (m *Member) Start() {
	w := m.world
	m.life++
	m.started, m.err = w.now-w.random.Int64N(1<<40), nil
	m.machine = w.cfg.Machine(m.ID)
	cfg := w.cfg.Replica
	cfg.Raft.ID, cfg.Raft.Servers, cfg.Raft.Seed = m.ID, m.servers, w.cfg.Seed+uint64(m.life)
	recovered := node.Recovered{State: m.disk.durable.hardState(), Mark: m.disk.durable.mark}
	replica, err := node.New(cfg, (*host)(m), m.machine, recovered)
	if err != nil {
		w.broken(m.ID, err)
		return
	}
	m.replica = replica
	m.during(w.between(Span{0, w.cfg.Tick}), m.tick)
}

// Crash ends the process. Of what was appended and not synced, some first part stays.
func (m *Member) Crash() {
	m.life++
	m.replica, m.syncBad = nil, false
	kept := m.world.random.IntN(len(m.disk.queue) + 1)
	if m.world.cfg.EarlySync {
		kept = 0
	}
	m.disk.crash(kept)
}

// FailSync lets the next sync fail.
func (m *Member) FailSync() { m.syncBad = true }

// Slow makes each sync take so much longer.
func (m *Member) Slow(by time.Duration) { m.slow = by }

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

// Propose proposes commands at this member, which is up. done is called once, or never if it crashes.
func (m *Member) Propose(commands []byte, timeout time.Duration, done func(answers []byte, err error)) {
	n, err := m.machine.Count(commands)
	if err != nil {
		done(nil, node.ErrInvalid)
		return
	}
	m.Handle(node.Proposed(commands, n, (*host)(m).Now()+int64(timeout), done))
}

// Clock returns what Host.Now says at this member.
func (m *Member) Clock() int64 { return (*host)(m).Now() }

// Stop stops the replica as its owner would.
func (m *Member) Stop() {
	if m.replica != nil {
		m.replica.Stop()
	}
}

func (m *Member) tick() {
	m.Handle(node.Tick())
	m.during(m.world.cfg.Tick, m.tick)
}

// Handle gives the replica events and looks at the cluster then; nothing where it is down. A test may play
// the network with it.
func (m *Member) Handle(events ...node.Event) {
	if m.replica == nil {
		return
	}
	if err := m.replica.Handle(events...); err != nil && m.err == nil {
		m.err = err
	}
	m.world.check(m.ID)
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

// protocolNode is what counts of the member: while it is down, what it will come back with.
func (m *Member) protocolNode() (*protocol.Node, error) {
	if m.replica == nil {
		return protocol.New(m.ID, m.servers, m.disk.durable.hardState()), nil
	}
	n, _, err := protocol.LoadState(m.replica.AppendState(nil))
	return n, err
}
