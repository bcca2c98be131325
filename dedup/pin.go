package dedup

// pin says how often a block is pinned, and whether its record is gone since.
type pin struct {
	count    int
	released bool
}

// Pinned is a value as it stood when an entry was applied, wherever the record has gone since. Its bytes do not
// change before Unpin, so that Append may be called by any goroutine, beside Apply.
type Pinned struct {
	segments [][]cell // those there were: they never move
	block    uint32
}

// Pin keeps the large value of answer i, before the next Apply. Its cells are not used again before Unpin, while the
// capacity counts them as free at once: who pins bounds how much.
func (m *Machine) Pin(r *Results, i int) Pinned {
	if m.arena.pins == nil {
		m.arena.pins = map[uint32]pin{}
	}
	n := r.Answers[i].block
	p := m.arena.pins[n]
	p.count++
	m.arena.pins[n] = p
	return Pinned{segments: m.arena.segments, block: n}
}

// Unpin gives back what Pin has kept. p is void then.
func (m *Machine) Unpin(p Pinned) {
	standing := m.arena.pins[p.block]
	if standing.count--; standing.count > 0 {
		m.arena.pins[p.block] = standing
		return
	}
	delete(m.arena.pins, p.block)
	if standing.released {
		m.arena.recycle(p.block)
	}
}

// Append appends the value to dst.
func (p Pinned) Append(dst []byte) []byte {
	a := arena{segments: p.segments}
	return a.appendValue(dst, p.block)
}
