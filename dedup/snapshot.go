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

// pieceBytes is the least length of a piece of Next but the last. With a record of the longest value behind it a piece has less than
// 130 KiB.
const pieceBytes = 64 << 10

// Snapshot is the state of a Machine as it was between two entries, told in pieces while further ones are applied. Together the
// pieces are what AppendState would have appended when it began: byte for byte the same of all replicas.
//
// It is told in turns of two steps, by one goroutine. Copy takes the next records out of the table: it needs the Machine for itself, as
// Apply does, and copies 192 KiB at most, however long the values are. Append tells what was copied, and may run beside Apply. Who has the
// Machine for themselves in both asks for Next instead.
//
// An entry pays for each slot that it is the first to change a copy of 56 bytes. Above the table a snapshot holds, while it is being taken, what was copied,
// 5 KiB, and 8 bytes for each 1,024 records; and, counted by Bytes and bounded by its limit:
//
//   - 56 bytes for each record that was changed, removed or moved after it began and before it was copied, in steps of 256
//     records; their place is used again once they are copied. Of n changes at random places during the whole of it about n/4
//     are kept at once at the worst.
//   - 136 bytes for each 1,024 records of which one was, until all of them are copied.
//   - The cells of the values that such records had and gave up, and those that a record gave up between its Copy and the next one; and 4 bytes
//     for each of these, in steps of 1,024, until it ends.
//
// So it is small where pieces are asked for quickly, and at the worst, where everything changes at once, larger than the table. One
// entry can remove some 100,000 expired records, and so keep twice as many: 12 MB, which a limit should hold several times over.
type Snapshot struct {
	machine *Machine
	applied uint64
	head    []byte // what stands in front of the records; nil: copied
	count   uint32 // of records
	reached uint32 // of them; what stands behind is kept before it changes
	err     error  // why nothing more is copied
	kept    kept
	copied  copied
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

// Next appends the next piece to dst: Copy and Append, with no entry applied meanwhile. Behind the last piece it returns ErrSnapshotEnd,
// otherwise an error that wraps ErrSnapshotOutgrown or ErrSnapshotClosed, and appends nothing with an error.
func (s *Snapshot) Next(dst []byte) ([]byte, error) {
	for from := len(dst); len(dst)-from < pieceBytes; {
		if err := s.Copy(); err != nil {
			if len(dst) > from {
				break // and it is told again
			}
			return dst, err
		}
		dst = s.Append(dst, pieceBytes-(len(dst)-from))
	}
	return dst, nil
}

// Close gives the snapshot up, if it has not ended, with what was copied. What it held is free.
func (s *Snapshot) Close() {
	s.copied = copied{}
	s.end(ErrSnapshotClosed)
}

// end ends the snapshot, and leaves what was copied of it to be told.
func (s *Snapshot) end(why error) {
	if s.err == nil {
		s.err, s.kept = why, kept{}
	}
	if m := s.machine; m.snapshot == s && mayLeave(s.copied.out) {
		m.snapshot, m.arena.holding = nil, false
	}
}
