package dedup

import "errors"

// Why a Snapshot has no next piece, or there is none.
var (
	// ErrSnapshotEnd: all of it was told.
	ErrSnapshotEnd = errors.New("end of the snapshot")
	// ErrSnapshotClosed: Close gave it up.
	ErrSnapshotClosed = errors.New("the snapshot was given up")
	// ErrSnapshotOutgrown: the entries applied meanwhile changed more than it may hold. Take another one, ask for its pieces
	// faster, or let it hold more.
	ErrSnapshotOutgrown = errors.New("the snapshot has outgrown its limit")
	// ErrSnapshotUnderWay: another one is being taken. One at a time: end it first.
	ErrSnapshotUnderWay = errors.New("a snapshot is being taken")
)

// pieceBytes is the least length of a piece but the last. With a record of the longest value behind it a piece has less than
// 130 KiB.
const pieceBytes = 64 << 10

// Snapshot is the state of a Machine as it was between two entries, told in pieces while further ones are applied. Together the
// pieces are what AppendState would have appended when it began: byte for byte the same of all replicas.
//
// It belongs to its Machine: one call at a time to either, from one goroutine or under one lock. A piece costs what its own records
// cost, however large the table; an entry pays for each slot that it is the first to change a copy of 56 bytes.
//
// Above the table it holds, while it is being taken, 5 KiB and 8 bytes for each 1,024 records; and, counted by Bytes and bounded by its
// limit:
//
//   - 56 bytes for each record that was changed, removed or moved after it began and before it was told, in steps of 256
//     records; their place is used again once they are told. Of n changes at random places during the whole of it about n/4
//     are kept at once at the worst.
//   - 136 bytes for each 1,024 records of which one was, until all of them are told.
//   - The cells of the values that such records had and gave up, and 4 bytes for each of these, in steps of 1,024, until it ends.
//
// So it is small where pieces are asked for quickly, and at the worst, where everything changes at once, larger than the table. One
// entry can remove some 100,000 expired records, and so keep twice as many: 12 MB, which a limit should hold several times over.
type Snapshot struct {
	machine *Machine // nil: ended
	applied uint64
	head    []byte // what stands in front of the records; nil: told
	count   uint32 // of records
	written uint32 // of them
	err     error  // why there is no next piece
	kept    kept
}

// Snapshot begins one of the state as it is now, which may hold as many bytes above the table as limitBytes says before it gives
// itself up. Beginning copies no record, whatever the table holds. The error is ErrSnapshotUnderWay.
func (m *Machine) Snapshot(limitBytes uint64) (*Snapshot, error) {
	if m.snapshot != nil {
		return nil, ErrSnapshotUnderWay
	}
	s := m.still()
	s.kept.limit = limitBytes
	s.kept.segments = make([]*keptSegment, (m.table.used+segmentSlots-1)/segmentSlots)
	m.snapshot = s
	m.arena.letGo()
	m.arena.holding = true
	return s, nil
}

// still returns a snapshot for as long as nothing is applied.
func (m *Machine) still() *Snapshot {
	return &Snapshot{machine: m, applied: m.applied, head: m.appendHead(nil), count: m.table.used}
}

// Index returns the index of the entry applied last when the snapshot began.
func (s *Snapshot) Index() uint64 { return s.applied }

// Bytes returns how much the snapshot holds above the table, as its limit counts it; 0 once it has ended.
func (s *Snapshot) Bytes() uint64 { return s.kept.bytes }

// Next appends the next piece to dst. Behind the last one it returns ErrSnapshotEnd, otherwise an error that wraps
// ErrSnapshotOutgrown or ErrSnapshotClosed, and appends nothing with an error. With the last piece the snapshot has ended: entries cost
// what they did before.
func (s *Snapshot) Next(dst []byte) ([]byte, error) { return s.piece(dst, pieceBytes) }

// piece appends records until there are that many bytes.
func (s *Snapshot) piece(dst []byte, bytes int) ([]byte, error) {
	if s.err != nil {
		return dst, s.err
	}
	from := len(dst)
	dst = append(dst, headAsOf(s.head, s.machine)...)
	s.head = nil
	for s.written < s.count && len(dst)-from < bytes {
		dst = s.appendNext(dst)
	}
	if s.written == s.count {
		s.end(ErrSnapshotEnd)
	}
	return dst, nil
}

// appendNext appends the next record, as it was.
func (s *Snapshot) appendNext(dst []byte) []byte {
	if s.machine.snapshot != s {
		s.written++
		return s.machine.appendRecord(dst, s.machine.table.at(s.written))
	}
	i := s.written % segmentSlots
	if i == 0 {
		s.kept.turn(s.written / segmentSlots)
	}
	s.written++
	if n := s.kept.lookup[i]; n != 0 {
		dst = s.machine.appendRecord(dst, &s.kept.at(n).slot)
		s.kept.giveBack(n)
		return dst
	}
	live := s.machine.table.at(s.written)
	if live.has(heldBit) { // of an earlier snapshot; this one has what it needs
		live.tag &^= toldMark()
	}
	return s.machine.appendRecord(dst, live)
}

// Close gives the snapshot up, if it has not ended. What it held is free.
func (s *Snapshot) Close() { s.end(ErrSnapshotClosed) }

func (s *Snapshot) end(why error) {
	if s.err != nil {
		return
	}
	if m := s.machine; m.snapshot == s {
		m.snapshot, m.arena.holding = nil, false
	}
	*s = Snapshot{applied: s.applied, err: why}
}
