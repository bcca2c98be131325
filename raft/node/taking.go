package node

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// When a snapshot is taken. A replica counts the bytes of the entries that it applies. Once those since the newest snapshot are at
// least Config.SnapshotBytes, and no fewer than that snapshot's file has, the next one is begun, right behind an entry: so what is
// written for snapshots is at most about what is written for the log, however large the state, and what a start has to apply
// is at most about what a start has to load. One is under way at a time; entries are applied meanwhile, and however long it takes nobody
// waits for it but the log, which goes on growing.
//
// Where one fails, or the log is short of room, a quarter of that is enough for the next one: see compacting.go.

const (
	hurried             = 4 // parts of an interval, one of which is enough where there is need
	mostSnapshotWaiters = 64
	againTicks          = 500 // after one that failed, where the log is full
)

// DurableSnapshot is a snapshot that this replica's host has.
type DurableSnapshot struct {
	SnapshotID
	Bytes int64 // of its file
}

// ownSnapshots are what a replica knows of those that it has, and of the one that is being taken.
type ownSnapshots struct {
	newest DurableSnapshot // of this log
	bytes  int64           // of the entries applied since that one
	last   []byte          // payload of the entry applied last; nil where that is the newest snapshot's

	taking    SnapshotID // Index 0: none
	sum       uint64     // of Digest, behind that one
	ticks     int        // for which that one has been under way
	counted   int64      // bytes, when it was begun
	notBefore int64      // bytes, for the next one: the last one failed
	failed    error      // why; nil once one was taken
	since     int        // ticks since it failed
	waiting   []snapshotWaiter
}

// snapshotWaiter waits for a snapshot that covers an index.
type snapshotWaiter struct {
	to    Waiter
	index protocol.Index
}

// handleSnapshot takes an event of snapshots.
func (r *Replica) handleSnapshot(e *Event) error {
	switch e.kind {
	case snapshotWanted:
		return r.wantSnapshot(e.waiter)
	case snapshotTaken:
		return r.snapshotTaken(e.index, int64(e.number))
	case snapshotFailed:
		return r.snapshotFailed(e.err)
	case snapshotFetched:
		r.snapshotFetched(e.snapshot)
	case fetchFailed:
		r.fetchFailed(e.index, e.err)
	}
	return nil
}

// interval is how many bytes of entries are between two snapshots, where there is no need.
func (r *Replica) interval() int64 { return max(int64(r.cfg.SnapshotBytes), r.snapshots.newest.Bytes) }

// noteApplied counts an entry that was just applied, and begins a snapshot behind it where one is due.
func (r *Replica) noteApplied(payload []byte) error {
	s := &r.snapshots
	s.last, s.bytes = payload, s.bytes+int64(entryHeadBytes+len(payload))
	if r.isDue(r.interval()) {
		return r.take()
	}
	return nil
}

func (r *Replica) isDue(interval int64) bool {
	s := &r.snapshots
	return s.taking.Index == 0 && s.bytes > 0 && isDue(s.bytes, max(interval, s.notBefore))
}

// take begins a snapshot of what was applied last.
func (r *Replica) take() error {
	s := &r.snapshots
	stamp, err := r.machine.Stamp(s.last)
	if err != nil {
		return fmt.Errorf("stamp of entry %d: %w", r.applied, err)
	}
	s.taking, s.ticks, s.counted = SnapshotID{r.applied, r.core.TermAt(r.applied), stamp}, 0, s.bytes
	s.sum = r.digests.sum
	body, err := r.machine.Snapshot()
	if err != nil {
		return r.snapshotFailed(err)
	}
	r.host.TakeSnapshot(Taking{s.taking, binary.LittleEndian.AppendUint64(nil, s.sum), body})
	return nil
}

// wantSnapshot takes a wish for a snapshot. One that is under way, and covers less, is waited for: then another one is begun.
func (r *Replica) wantSnapshot(w Waiter) error {
	s := &r.snapshots
	switch {
	case r.applied == 0:
		r.host.Reply(w, Answers{}, fmt.Errorf("%w: nothing is applied here yet", ErrNotTaken))
	case s.newest.Index == r.applied:
		r.replySnapshot(w, r.applied)
	case len(s.waiting) == mostSnapshotWaiters:
		r.host.Reply(w, Answers{}, fmt.Errorf("%w: %d wait for one already", ErrNotTaken, mostSnapshotWaiters))
	default:
		s.waiting = append(s.waiting, snapshotWaiter{w, r.applied})
		return r.takeForWaiters()
	}
	return nil
}

func (r *Replica) replySnapshot(w Waiter, index protocol.Index) {
	r.host.Reply(w, Answers{Bytes: binary.LittleEndian.AppendUint64(nil, uint64(index))}, nil)
}

// takeForWaiters begins a snapshot where some wait for one, and none is under way.
func (r *Replica) takeForWaiters() error {
	if s := &r.snapshots; s.taking.Index > 0 || len(s.waiting) == 0 {
		return nil
	}
	return r.take()
}

// tellSnapshotWaiters tells those who wait for a snapshot of what was applied up to index, or less.
func (r *Replica) tellSnapshotWaiters(index protocol.Index, err error) {
	s := &r.snapshots
	kept := s.waiting[:0]
	for _, w := range s.waiting {
		switch {
		case w.index > index:
			kept = append(kept, w)
		case err != nil:
			r.host.Reply(w.to, Answers{}, err)
		default:
			r.replySnapshot(w.to, index)
		}
	}
	clear(s.waiting[len(kept):])
	s.waiting = kept
}

// snapshotTaken: it is durable. Of another one than is being taken it says nothing. What is older than one that was installed
// meanwhile is of no use to the log.
func (r *Replica) snapshotTaken(index protocol.Index, bytes int64) error {
	s := &r.snapshots
	if index == 0 || index != s.taking.Index {
		return nil
	}
	taken := DurableSnapshot{s.taking, bytes}
	s.taking, s.failed, s.notBefore = SnapshotID{}, nil, 0
	if taken.Index > s.newest.Index {
		r.base.wanted = max(r.base.wanted, logEnd(s.newest.Index, taken.Index))
		s.newest, s.bytes = taken, s.bytes-s.counted
		r.digests.taken = [2]Digest{{index, s.sum}, r.digests.taken[0]}
		tellOfSnapshot(r, index)
	} else {
		r.base.told = 0
	}
	r.tellSnapshotWaiters(index, nil)
	return r.takeForWaiters()
}

// snapshotFailed: nothing is kept of it. The next one is tried a quarter of an interval later.
func (r *Replica) snapshotFailed(err error) error {
	s := &r.snapshots
	if s.taking.Index == 0 {
		return nil
	}
	index := s.taking.Index
	s.taking, s.failed, s.notBefore, s.since = SnapshotID{}, err, s.bytes+pauseAfter(r.interval()), 0
	if errors.Is(err, ErrNoRoom) {
		r.giveUpTail()
	}
	r.tellSnapshotWaiters(index, fmt.Errorf("%w: %w", ErrNotTaken, err))
	return r.takeForWaiters()
}

// tickTaking lets a unit of time pass for the snapshot that is under way, and looks whether the log wants another one.
func (r *Replica) tickTaking() error {
	s := &r.snapshots
	if s.taking.Index > 0 {
		s.ticks++
	}
	s.since++
	return r.makeRoom()
}
