package dedup

// CopyRecords is Copy of another number of records.
func (s *Snapshot) CopyRecords(most int) error { return s.copy(uint32(most)) }

// Cells returns how many cells were ever in use at once.
func (m *Machine) Cells() int { return int(m.arena.fresh) }
