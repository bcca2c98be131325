package dedup

// NextBytes is Next with pieces of another length.
func (s *Snapshot) NextBytes(dst []byte, bytes int) ([]byte, error) { return s.piece(dst, bytes) }

// Cells returns how many cells were ever in use at once.
func (m *Machine) Cells() int { return int(m.arena.fresh) }
