package dedup

// live returns the number of the record of key, or 0: what has expired is absent.
func (m *Machine) live(key *Key) uint32 {
	n := m.table.find(key, 0)
	if n != 0 && expired(m.table.at(n).expires(), m.nowMillis()) {
		return 0
	}
	return n
}

// standing is live, and removes the record if it has expired.
func (m *Machine) standing(key *Key) uint32 {
	n := m.table.find(key, 0)
	if n != 0 && expired(m.table.at(n).expires(), m.nowMillis()) {
		m.drop(n)
		return 0
	}
	return n
}

// write sets record n (0: a new one of key) in all its parts. The caller has made
// sure of room. A moment is the end of the lease for a PENDING one.
func (m *Machine) write(n uint32, key *Key, tag, expires, moment uint64, b *block) {
	if n == 0 {
		n = m.table.insert(key)
	} else {
		m.keep(changes(n))
		m.freeBlock(m.table.at(n))
	}
	m.set(m.table.at(n), tag, expires, moment, b)
}

// set fills a slot whose key is set.
func (m *Machine) set(s *slot, tag, expires, moment uint64, b *block) {
	s.holder = uint64(b.owner)
	if b.cells() > 0 {
		tag |= blockBit
		s.holder = uint64(m.arena.store(b))
	}
	s.tag = tag
	s.setExpires(expires)
	s.setMoment(moment)
}

// freeBlock gives back the block of s, if it has one.
func (m *Machine) freeBlock(s *slot) {
	if s.has(blockBit) {
		m.releaseBlock(s)
	}
}

// releaseBlock makes the cells of s count as free at once. Where the snapshot being taken needs what is in them they are used again
// only when it has ended.
func (m *Machine) releaseBlock(s *slot) {
	if s.has(heldBit) && m.holds(uint32(s.holder)) {
		m.arena.hold(uint32(s.holder))
		return
	}
	m.arena.release(uint32(s.holder))
}

func (m *Machine) owner(s *slot) Owner {
	if s.has(blockBit) {
		return m.arena.owner(uint32(s.holder))
	}
	return Owner(s.holder)
}

// fingerprint returns the fingerprint of s in scratch.
func (m *Machine) fingerprint(s *slot, scratch *[MaxFingerprintBytes]byte) []byte {
	if !s.has(blockBit) {
		return nil
	}
	return m.arena.appendFingerprint(scratch[:0], uint32(s.holder))
}

// giveValue gives the answer the value of s as it is now: a copy, or where that would make the answers to one entry
// long, where it is.
func (m *Machine) giveValue(s *slot, a *Result, results *Results) {
	if !s.has(blockBit) {
		return
	}
	_, length, has := m.arena.lengths(uint32(s.holder))
	if !has {
		return
	}
	a.HasValue, a.length, a.value.from = true, length, len(results.buffer)
	if len(results.buffer)+length > CopiedBytes {
		a.block = uint32(s.holder)
		return
	}
	results.buffer = m.arena.appendValue(results.buffer, uint32(s.holder))
}
