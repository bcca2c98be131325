package dedup

import "fmt"

// The write barrier of a snapshot: before the first change of a slot that is not copied yet, the record in it is kept. What may
// change a slot: a record is written anew or its lease extended; it is removed; the last record moves into a place that became
// free. What is new stands behind all that the snapshot copies, or where something was kept. Who stands next in a bucket's chain
// is no part of the state.

const (
	keptRecords      = 1 << 8
	keptRecordBytes  = 48 + 8
	keptSegmentBytes = segmentSlots/8 + 8
)

// keptRecord is a slot as it was when the snapshot began.
type keptRecord struct {
	slot
	number uint32 // of the slot
	next   uint32 // kept of the same segment, or free; 0: none
}

// keptSegment says which slots of a segment of the table are kept.
type keptSegment struct {
	marks [segmentSlots / 64]uint64 // a bit for each slot
	first uint32                    // of its kept records
}

func (k *keptSegment) marked(i uint32) bool { return k.marks[i/64]&(1<<(i%64)) != 0 }

// mark reports whether slot i was marked before.
func (k *keptSegment) mark(i uint32) (before bool) {
	before = k.marked(i)
	k.marks[i/64] |= 1 << (i % 64)
	return before
}

// kept is what a snapshot has kept. Its records are numbered from 1.
type kept struct {
	segments []*keptSegment // of the table when it began; nil: nothing of it changed, or it is copied
	records  [][]keptRecord
	fresh    uint32 // records ever used
	free     uint32 // the first free one of these

	bytes, limit uint64 // held above the table, values included
}

func (k *kept) at(n uint32) *keptRecord { return &k.records[(n-1)/keptRecords][(n-1)%keptRecords] }

// spend counts bytes, unless they are too many.
func (k *kept) spend(bytes uint64) bool {
	if outgrows(k.bytes+bytes, k.limit) {
		return false
	}
	k.bytes += bytes
	return true
}

// segment returns what is kept of segment i, or nil where that would be too much.
func (k *kept) segment(i uint32) *keptSegment {
	if k.segments[i] == nil && k.spend(keptSegmentBytes) {
		k.segments[i] = &keptSegment{}
	}
	return k.segments[i]
}

// take returns the number of an unused record, 0 where that would be too much.
func (k *kept) take() uint32 {
	if n := k.free; n != 0 {
		k.free = k.at(n).next
		return n
	}
	if k.fresh == uint32(len(k.records))*keptRecords {
		if !k.spend(keptRecords * keptRecordBytes) {
			return 0
		}
		k.records = append(k.records, make([]keptRecord, keptRecords))
	}
	k.fresh++
	return k.fresh
}

// unmark says that no earlier snapshot needs what live slots of segment i have, the first of which is number first of it; but for those that are
// kept, or stand where one was.
func (k *kept) unmark(i, first uint32, live []slot) {
	segment := k.segments[i]
	for at := range live {
		if live[at].has(heldBit) && (segment == nil || !segment.marked(first+uint32(at))) {
			live[at].tag &^= toldMark()
		}
	}
}

// restore puts records of segment i that are kept into their copies, which stand behind so many records, and makes their place free.
func (k *kept) restore(i, behind uint32, copies []slot) {
	segment := k.segments[i]
	if segment == nil {
		return
	}
	for link := &segment.first; *link != 0; {
		n := *link
		r := k.at(n)
		if at := r.number - 1 - behind; r.number > behind && at < uint32(len(copies)) {
			copies[at] = r.slot
			*link = r.next
			k.giveBack(n)
		} else {
			link = &r.next
		}
	}
}

// pass says that all of segment i is copied.
func (k *kept) pass(i uint32) {
	if k.segments[i] != nil {
		k.segments[i] = nil
		k.bytes -= keptSegmentBytes
	}
}

// giveBack makes record n, which is copied, free.
func (k *kept) giveBack(n uint32) {
	k.at(n).next = k.free
	k.free = n
}

// keep keeps slot n for the snapshot that is being taken, before the slot changes.
func (m *Machine) keep(n uint32) {
	if m.snapshot != nil {
		m.snapshot.keep(n)
	}
}

func (s *Snapshot) keep(n uint32) {
	switch {
	case n <= s.reached:
		if s.copied.changes(n) {
			s.hold(s.machine.table.at(n), copiedMark())
		}
		return
	case n > s.count, s.err != nil:
		return
	}
	i := (n - 1) / segmentSlots
	segment := s.kept.segment(i)
	if segment == nil {
		s.giveUp()
		return
	}
	if keptBefore(segment.mark((n - 1) % segmentSlots)) {
		return
	}
	at := s.kept.take()
	if at == 0 {
		s.giveUp()
		return
	}
	live := s.machine.table.at(n)
	*s.kept.at(at) = keptRecord{slot: *live, number: n, next: segment.first}
	segment.first = at
	s.hold(live, holdMark(n == s.machine.table.used))
}

// hold has the block of a record held for the snapshot, if there is one, wherever the record goes.
func (s *Snapshot) hold(live *slot, mark uint64) {
	if live.has(blockBit) {
		live.tag |= mark
	}
}

// holds reports whether the snapshot being taken may need block n, and counts it.
func (m *Machine) holds(n uint32) bool {
	if m.snapshot == nil {
		return false
	}
	bytes := uint64(m.arena.cells(n)) * (cellData + 4)
	if m.arena.held.isFull() {
		bytes += listedBytes
	}
	if !m.snapshot.kept.spend(bytes) {
		m.snapshot.giveUp()
		return m.snapshot != nil // what was copied of it is being told
	}
	return staysHeld()
}

// giveUp ends the snapshot in the midst of an entry: what it holds would be more than its limit.
func (s *Snapshot) giveUp() {
	letGoAtOnce(&s.machine.arena)
	s.end(fmt.Errorf("snapshot at index %d: entries applied since have changed more than %d bytes hold: %w", s.applied, s.kept.limit, ErrSnapshotOutgrown))
}
