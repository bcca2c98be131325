package simulator

import (
	"errors"
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
	m.lacked = m.Lacked()
	m.replica, m.state = nil, nil
	m.endSnapshots()
	m.life++
	lost = m.disk.kill()
	m.world.look(m)
	return lost
}

// endSnapshots ends what the process did to its folder of snapshots, mostly within its next step.
func (m *Member) endSnapshots() {
	if m.snapshots.store == nil {
		return
	}
	var next []func()
	if t := m.taking; t != nil {
		m.snapped.TakingDied++
		next = append(next, t.next)
	}
	if f := m.fetching; f != nil {
		m.snapped.FetchingDied++
		if f.next != nil {
			next = append(next, f.next)
		}
	}
	if m.forgetting > 0 {
		m.snapped.ForgettingDied++
		next = append(next, m.forget)
	}
	certain := m.disk.certain()
	if durable, _ := certain.Log.Base(); durable < m.base {
		m.snapped.BasingDied++
	}
	m.snapshots.die(next)
	m.taking, m.fetching, m.forgetting = nil, nil, 0
}

// Crash cuts the power, with the process or after it. Of what was appended and not synced, some first part stays.
func (m *Member) Crash() (lost int) {
	lost = m.end()
	if err := errors.Join(m.disk.losePower(), m.snapshots.losePower()); err != nil {
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
func (m *Member) FullDisk(full bool) {
	m.disk.fill(full)
	m.snapshots.fill(full)
}

// LeaveRoom fills the disk too, and leaves room for records of about so many bytes.
func (m *Member) LeaveRoom(bytes int64) { m.disk.leave(bytes) }

// FailWrite lets the next write fail, which stops the replica, or no more.
func (m *Member) FailWrite(fails bool) { m.disk.fail(writeFails, fails) }

// Slow makes each sync take so much longer.
func (m *Member) Slow(by time.Duration) { m.slow = by }

// SlowSnapshots makes each piece of a snapshot that is taken, given or fetched take so much longer.
func (m *Member) SlowSnapshots(by time.Duration) { m.slowPieces = by }

// LosePieces loses pieces of snapshots on their way from and to the member, with a chance, and damages half as many.
func (m *Member) LosePieces(chance float64) { m.lostPieces = chance }

// FailSnapshots lets what is written of snapshots fail, or no more.
func (m *Member) FailSnapshots(fails bool) { m.snapshots.failing = fails }

// Rot makes the newest snapshot of a member that is down unreadable, unless its log has no other way back. It returns which.
func (m *Member) Rot() (index protocol.Index, rotten bool) {
	log := m.disk.certain().Log
	return m.snapshots.rot(&log)
}

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

// Cut loses everything between two hosts from now on, in both directions.
func (w *World) Cut(a, b protocol.NodeID) {
	w.CutOneWay(a, b)
	w.CutOneWay(b, a)
}

// CutOneWay loses everything on the way from a host to another from now on. lost tells how much that was, also later.
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

// Isolate cuts a host off from all others.
func (w *World) Isolate(id protocol.NodeID) {
	for _, m := range w.Members {
		w.Cut(id, m.Host)
	}
}

// Heal mends all links.
func (w *World) Heal() { clear(w.cut) }

// link is one that is cut.
type link struct{ lost int }

// isCut reports whether something on its way is lost.
func (w *World) isCut(from, to protocol.NodeID) bool {
	l := w.cut[[2]protocol.NodeID{w.hostOf(from), w.hostOf(to)}]
	if l != nil {
		l.lost++
	}
	return l != nil
}
