package simulator

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// taking is a snapshot that a member takes: a piece at a time, while entries are applied.
type taking struct {
	node.Taking
	m      *Member
	writer *snapshot.Writer
	piece  []byte
	under  snapshot.Membership
	told   bool   // the replica believes that it is durable: see ToldTooSoon
	next   func() // what is done next
}

// TakeSnapshot is node.Host's.
func (h *host) TakeSnapshot(t node.Taking) {
	m := h.member()
	if m.taking != nil {
		m.breaks("OneSnapshot", errors.New("a second snapshot is taken beside the first"))
		t.Body.Close()
		return
	}
	under, err := m.disk.membersAt(t.Index)
	if m.does(SaysNothing) && m.world.folders.first != nil {
		under = *m.world.folders.first
	}
	m.taking = &taking{Taking: t, m: m, under: snapshot.Membership(under)}
	if err != nil { // the log has failed, and the replica hears of it
		m.taking.wait(func() { m.taking.end(node.SnapshotFailed(err)) })
		return
	}
	m.taking.wait(m.taking.begin)
}

// wait has something done after a while.
func (t *taking) wait(next func()) {
	t.next = next
	t.m.aside(next)
}

// aside has something done to snapshots after the time that a piece takes, beside the replica's loop; a process that hangs does nothing.
func (m *Member) aside(do func()) {
	m.during(m.world.cfg.Piece.draw(m.world.film)+m.slowPieces, func() {
		if m.inbox.hung {
			m.during(m.world.cfg.Tick, func() { m.aside(do) })
			return
		}
		do()
	})
}

func (t *taking) begin() {
	t.do(t.step, func() (err error) {
		if t.writer, err = t.m.snapshots.store.CreateUnder(t.Index, t.Term, t.Stamp, t.under); err == nil {
			_, err = t.writer.Write(t.Head)
		}
		return err
	})
}

func (t *taking) step() {
	var err error
	if t.piece, err = t.Body.Next(t.piece[:0]); errors.Is(err, io.EOF) {
		if t.m.does(ToldTooSoon) {
			t.told = true
			t.m.put(node.SnapshotTaken(t.Index, blockBytes))
		}
		t.wait(t.commit)
		return
	} else if err != nil {
		t.end(node.SnapshotFailed(err))
		return
	}
	t.do(t.step, func() error {
		_, err := t.writer.Write(t.piece)
		if err == nil && t.m.does(PieceTwice) {
			_, err = t.writer.Write(t.piece)
		}
		return err
	})
}

func (t *taking) commit() {
	m := t.m
	t.do(nil, func() error {
		h, err := t.writer.Commit()
		if err != nil {
			return err
		}
		m.snapped.Taken++
		m.keep(h)
		t.end(node.SnapshotTaken(h.Index, h.FileBytes()))
		return nil
	})
}

// do does something to the folder and goes on, or ends for an error.
func (t *taking) do(next func(), what func() error) {
	t.m.snapped.Pieces++
	err := t.m.snapshots.failsSome(what)
	if errors.Is(err, snapshot.ErrDiffers) {
		t.m.breaks("SameSnapshot", err)
	}
	switch {
	case err != nil:
		t.m.snapped.Failed++
		t.end(node.SnapshotFailed(diskError(err)))
	case next != nil:
		t.wait(next)
	}
}

func (t *taking) end(e node.Event) {
	if t.writer != nil {
		t.writer.Abort() // does nothing behind a commit
	}
	t.Body.Close()
	t.m.taking = nil
	if !t.told {
		t.m.put(e)
	}
}

// keep is where a snapshot is durable: it is the same as every other of its index.
func (m *Member) keep(h snapshot.Header) {
	m.snapshots.acknowledge(h)
	header, body, err := m.snapshots.body(h.Index)
	if errors.Is(err, crashfs.ErrPowerLost) { // it was the last that the process did
		return
	}
	if err == nil {
		err = m.world.archive.snapshot(h.Index, h.Term, header, body)
	}
	if err != nil {
		m.breaks("SameSnapshot", err)
	}
}

// breaks says which invariant the member broke.
func (m *Member) breaks(invariant string, how error) {
	if !m.world.cfg.Unwatched {
		m.world.broken(m.ID, &InvariantError{invariant, how})
	}
}

// askSnapshot has a member asked, now and then, for a snapshot. What it says is durable is.
func (m *Member) askSnapshot() {
	w := m.world
	if w.cfg.Asked == 0 || m.replica == nil || w.film.Float64() >= w.cfg.Asked {
		return
	}
	m.put(node.TakeSnapshot(func(answer []byte, err error) {
		if err == nil && m.snapshots.acknowledged[protocol.Index(binary.LittleEndian.Uint64(answer))] == 0 {
			m.breaks("DurableStays", fmt.Errorf("the snapshot of entry %d is said to be durable, and is not", binary.LittleEndian.Uint64(answer)))
		}
	}))
}

// Forget is node.Host's: a base that is not durable is none.
func (h *host) Forget(base protocol.Index) {
	m := h.member()
	certain := m.disk.certain()
	if durable, _ := certain.Log.Base(); base > durable {
		m.breaks("DurableStays", fmt.Errorf("all up to %d is to be forgotten, and durable is that the log begins behind %d", base, durable))
	}
	m.forgetting = base
	m.aside(m.forget)
}

func (m *Member) forget() {
	base := m.forgetting
	if m.forgetting = 0; base == 0 {
		return
	}
	m.disk.reclaim()
	if m.does(OnlyTheNewest) {
		base = m.snapshots.store.List()[0].Index
	}
	if err := m.snapshots.failsSome(func() error { return m.snapshots.forget(base) }); err != nil {
		m.snapped.Failed++ // the next base takes what is left
	}
}

// based notes that a record lets the log begin behind a base: a snapshot stands for what is below.
func (m *Member) based(r *node.Record) {
	if r.Base == m.base {
		return
	}
	last := r.Prev + protocol.Index(len(r.Entries))
	if !m.snapshots.cover(r.Base, r.BaseTerm, last) {
		m.breaks("SnapshotStands", fmt.Errorf("the log is to begin behind %d of term %d, and no snapshot stands for that: there are %v",
			r.Base, r.BaseTerm, m.snapshots.acknowledged))
	}
	m.base = r.Base
	if m.fetched.index != r.Base {
		m.snapped.Compacted++
		return
	}
	m.snapped.Installed++
	if last == r.Base && m.joined && m.bounds.applied == 0 {
		m.world.folders.counts.Installed++
	}
	if r.Term != m.fetched.asked {
		m.snapped.InstalledLater++
	}
	m.bounds.applied = max(m.bounds.applied, r.Base)
}
