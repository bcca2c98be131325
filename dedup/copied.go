package dedup

// copiedRecords is how many records Copy takes at once at most. The next entry waits for that: docs/performance.md says how long.
const copiedRecords = 4 * segmentSlots

// copied is what was taken out of a table to be told beside whatever is applied. Its slots are copies. Blocks never change while they are in
// use, and those of a record that gives its block up before it is told are held.
type copied struct {
	out     bool   // something was copied, and may not be told yet
	head    []byte // in front of the slots; nil: told, or copied before
	slots   []slot
	told    int    // of them
	arena   arena  // segments alone: those there were, which never move
	behind  uint32 // how many records stand in front of the first slot
	changed [copiedRecords / 64]uint64
}

// Copied reports whether Append has something to tell.
func (s *Snapshot) Copied() bool { return s.copied.head != nil || s.copied.told < len(s.copied.slots) }

// Copy copies the next records, unless there are some that Append has not told. Behind the last it returns ErrSnapshotEnd, otherwise an error that
// wraps ErrSnapshotOutgrown or ErrSnapshotClosed. With an error the snapshot has ended: entries cost what they did before.
func (s *Snapshot) Copy() error { return s.copy(copiedRecords) }

func (s *Snapshot) copy(most uint32) error {
	if s.Copied() {
		return nil
	}
	c := &s.copied
	c.out = false
	switch {
	case s.err != nil:
		s.end(s.err)
		return s.err
	case s.head != nil:
		c.head = headAsOf(s.head, s.machine)
		s.head = nil
	case s.reached == s.count:
		s.end(ErrSnapshotEnd)
		return s.err
	}
	c.out, c.slots, c.told, c.behind = true, c.slots[:0], 0, s.reached
	c.arena.segments = s.machine.arena.segments
	clear(c.changed[:])
	for end := min(s.count, s.reached+most); s.reached < end; {
		s.copySegment(end)
	}
	return nil
}

// copySegment copies the records of one segment, up to number end, as they were.
func (s *Snapshot) copySegment(end uint32) {
	i, first := s.reached/segmentSlots, s.reached%segmentSlots
	n := min(segmentSlots-first, end-s.reached)
	var live []slot // less than n, where the table has become smaller: the others are kept
	if table := &s.machine.table; int(i) < len(table.slots) && table.slots[i] != nil {
		live = table.slots[i][first : first+n]
	}
	from := len(s.copied.slots)
	s.copied.slots = append(s.copied.slots, live...)
	s.copied.slots = append(s.copied.slots, make([]slot, int(n)-len(live))...)
	if s.machine.snapshot == s {
		s.kept.unmark(i, first, live)
		s.kept.restore(i, s.reached, s.copied.slots[from:])
	}
	if s.reached += n; s.machine.snapshot == s && (first+n == segmentSlots || s.reached == s.count) {
		s.kept.pass(i)
	}
}

// Append appends to dst what was copied and not told, or of that so many bytes and the rest of a record. It may be called beside
// Apply.
func (s *Snapshot) Append(dst []byte, bytes int) []byte {
	c, from := &s.copied, len(dst)
	dst = append(dst, c.head...)
	for c.head = nil; c.told < len(c.slots) && len(dst)-from < bytes; c.told++ {
		dst = c.arena.appendRecord(dst, &c.slots[c.told])
	}
	return dst
}

// changes is told that record n changes, which was copied, and reports whether it may not be told yet, and changes for the first time since.
func (c *copied) changes(n uint32) bool {
	if !c.out || n <= c.behind {
		return false
	}
	i := n - 1 - c.behind
	before := c.changed[i/64]&(1<<(i%64)) != 0
	c.changed[i/64] |= 1 << (i % 64)
	return !before
}
