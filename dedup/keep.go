package dedup

import "fmt"

// The write barrier of a snapshot: before the first change of a slot that is not written yet, the record in it is kept. What may
// change a slot: a record is written anew or its lease extended; it is removed; the last record moves into a place that became
// free. What is new stands behind all that the snapshot writes, or where something was kept. Who stands next in a bucket's chain
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

// mark reports whether slot i was marked before.
func (k *keptSegment) mark(i uint32) (before bool) {
	before = k.marks[i/64]&(1<<(i%64)) != 0
	k.marks[i/64] |= 1 << (i % 64)
	return before
}

// kept is what a snapshot has kept. Its records are numbered from 1.
type kept struct {
	segments []*keptSegment // of the table when it began; nil: nothing of it changed, or it is written
	records  [][]keptRecord
	fresh    uint32 // records ever used
	free     uint32 // the first free one of these

	open   uint32               // the segment being written, counted from 1; 0: none yet
	lookup [segmentSlots]uint32 // where its kept records are

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

// turn goes on to segment i: its kept records can be looked up from here on, those of the one before are written.
func (k *kept) turn(i uint32) {
	if i > 0 && k.segments[i-1] != nil {
		k.segments[i-1] = nil
		k.bytes -= keptSegmentBytes
	}
	k.open = i + 1
	clear(k.lookup[:])
	if k.segments[i] == nil {
		return
	}
	for n := k.segments[i].first; n != 0; n = k.at(n).next {
		k.lookup[(k.at(n).number-1)%segmentSlots] = n
	}
}

// giveBack makes record n, which is written, free.
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
	if n <= s.written || n > s.count {
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
	if s.kept.open == i+1 {
		s.kept.lookup[(n-1)%segmentSlots] = at
	}
	if live.has(blockBit) {
		live.tag |= holdMark(n == s.machine.table.used)
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
		return false
	}
	return staysHeld()
}

// giveUp ends the snapshot in the midst of an entry: what it holds would be more than its limit.
func (s *Snapshot) giveUp() {
	letGoAtOnce(&s.machine.arena)
	s.end(fmt.Errorf("snapshot at index %d: entries applied since have changed more than %d bytes hold: %w", s.applied, s.kept.limit, ErrSnapshotOutgrown))
}
