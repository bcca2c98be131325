package simulator

import (
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Stop stops the replica as its owner would: all that wait get a verdict. The process stays, idle.
func (m *Member) Stop() {
	if m.replica != nil {
		m.replica.Stop()
	}
}

// Kill ends the process at once. What it has written stays in the page cache, which a later Start makes durable
// and a later Crash may lose. It returns how many appended records are gone that no sync had acknowledged.
func (m *Member) Kill() (lost int) {
	m.world.tellDeath(m)
	return m.end()
}

// end is what Kill and Crash have in common.
func (m *Member) end() (lost int) {
	m.life++
	m.lacked = m.Lacked()
	m.replica, m.state = nil, nil
	lost = m.disk.kill()
	m.world.look(m)
	return lost
}

// Crash cuts the power, with the process or after it. Of what was appended and not synced, some first part stays.
func (m *Member) Crash() (lost int) {
	lost = m.end()
	if err := m.disk.losePower(); err != nil {
		m.world.broken(m.ID, err)
	}
	m.world.look(m)
	return lost
}

// Hang stops the process, as SIGSTOP does, or lets it go on. What comes meanwhile waits, its connections stand, and its
// clock runs on.
func (m *Member) Hang(hangs bool) {
	m.inbox.hung = hangs
	if !hangs && len(m.inbox.events) > 0 {
		m.wake()
	}
}

// FailSync lets the next sync fail, which stops the replica.
func (m *Member) FailSync() { m.disk.fail(syncFails, true) }

// SpareSync takes FailSync back.
func (m *Member) SpareSync() { m.disk.fail(syncFails, false) }

// FullDisk leaves no room for another file of the log, which the replica survives; false: there is room again.
func (m *Member) FullDisk(full bool) { m.disk.fill(full) }

// LeaveRoom fills the disk too, and leaves room for records of about so many bytes.
func (m *Member) LeaveRoom(bytes int64) { m.disk.leave(bytes) }

// FailWrite lets the next write fail, which stops the replica, or no more.
func (m *Member) FailWrite(fails bool) { m.disk.fail(writeFails, fails) }

// Slow makes each sync take so much longer.
func (m *Member) Slow(by time.Duration) { m.slow = by }

// JumpWall sets the wall clock ahead of what it shows, or back.
func (m *Member) JumpWall(by time.Duration) { m.skew += int64(by) }

// ClockRate lets the monotonic clock run at a rate from now on, over restarts too; 1 is that of virtual time,
// and with 0 it stands still. Ticks come as before.
func (m *Member) ClockRate(rate float64) {
	m.rate = rate
	m.clock.run(m.world.now, rate)
}

// TickRate has ticks come at a rate from now on, over restarts too; 1 is as configured.
func (m *Member) TickRate(rate float64) { m.tickRate = rate }

// Cut loses everything between two members from now on, in both directions.
func (w *World) Cut(a, b protocol.NodeID) {
	w.CutOneWay(a, b)
	w.CutOneWay(b, a)
}

// CutOneWay loses everything on the way from a member to another from now on. lost tells how much that was, also later.
func (w *World) CutOneWay(from, to protocol.NodeID) (lost func() int) {
	way := [2]protocol.NodeID{from, to}
	if w.cut[way] == nil {
		w.cut[way] = &link{}
	}
	l := w.cut[way]
	before := l.lost
	return func() int { return l.lost - before }
}

// Mend lets everything on that way arrive again.
func (w *World) Mend(from, to protocol.NodeID) { delete(w.cut, [2]protocol.NodeID{from, to}) }

// Isolate cuts a member off from all others.
func (w *World) Isolate(id protocol.NodeID) {
	for _, m := range w.Members {
		w.Cut(id, m.ID)
	}
}

// Heal mends all links.
func (w *World) Heal() { clear(w.cut) }

// link is one that is cut.
type link struct{ lost int }

// isCut reports whether something on its way is lost.
func (w *World) isCut(from, to protocol.NodeID) bool {
	l := w.cut[[2]protocol.NodeID{from, to}]
	if l != nil {
		l.lost++
	}
	return l != nil
}
