package dedup

// How many slots are looked at for expired records. An entry of n answers looks
// at sweepPerEntry + n × sweepPerCommand slots, whatever it contains; when there
// is no room, at up to sweepBeforeFull more, all its commands together. The hand
// goes round the slots in the order of their numbers: a function of the log.
//
// With sweepPerCommand = k a full round takes n/k commands for n slots, so that
// in a steady state about 1/(2k) of the slots hold what has expired.
const (
	sweepPerEntry   = 64
	sweepPerCommand = 8
	sweepBeforeFull = 1 << 16
)

// sweep looks at that many slots, at most at each once, and removes what has expired.
func (m *Machine) sweep(looks int) {
	now := m.nowMillis()
	for looks = min(looks, int(m.table.used)); looks > 0; {
		lasting := m.table.lasting(m.hand, looks, now)
		m.hand, looks = m.hand+uint32(lasting), looks-lasting
		if looks > 0 {
			m.look(func(expires uint64) bool { return expired(expires, now) })
			looks--
		}
	}
}

// look moves the hand over one slot, or removes its record if it may go.
func (m *Machine) look(mayGo func(expires uint64) bool) {
	if m.hand >= m.table.used {
		m.hand = 0
	}
	if mayGo(m.table.at(m.hand + 1).expires()) {
		m.drop(m.hand + 1) // the last slot moves here: look at it next
		return
	}
	m.hand++
}

// resize sets how much may be held, unless more is held now. Looking at slots is bounded as it is before
// FULL: in larger tables expired records that the hand has not reached count as held.
func (m *Machine) resize(c *Command, a *Result) {
	now := m.nowMillis()
	for round := min(m.looks, int(m.table.used)); round > 0 && m.table.used > 0; round-- {
		m.looks--
		m.look(func(expires uint64) bool { return mayEvict(expires, now) })
	}
	a.Outcome, a.Offset, a.Token = OK, uint64(m.table.used), uint64(m.arena.used)*CellBytes
	if !capacityHolds(c.Offset, c.Token, a.Offset, a.Token) {
		a.Outcome = Full
		return
	}
	m.config.CapacityKeys, m.config.CapacityBytes = c.Offset, c.Token
	m.arena.capacity = uint32(c.Token / CellBytes)
}

// drop removes record n and gives back its cells. The last slot moves into its place.
func (m *Machine) drop(n uint32) {
	m.keep(leaves(n))
	m.keep(moves(m.table.used))
	m.freeBlock(m.table.at(n))
	m.table.remove(n)
	m.hand = min(m.hand, m.table.used)
}

// reserve reports whether so many new slots and cells are free, after a sweep if
// need be. A sweep moves slots: numbers found before are void.
//
// With up to sweepBeforeFull slots it is exact: false means that the records
// that have not expired leave no room. In larger tables expired records that the
// hand has not reached may count.
func (m *Machine) reserve(slots, cells uint32) bool {
	if m.fits(slots, cells) {
		return true
	}
	now := m.nowMillis()
	for round := min(m.looks, int(m.table.used)); round > 0 && m.table.used > 0; round-- {
		m.looks--
		m.look(func(expires uint64) bool { return mayEvict(expires, now) })
		if m.fits(slots, cells) {
			return true
		}
	}
	return false
}

func (m *Machine) fits(slots, cells uint32) bool {
	return uint64(m.table.used)+uint64(slots) <= m.config.CapacityKeys &&
		uint64(m.arena.used)+uint64(cells) <= uint64(m.arena.capacity)
}

// room makes sure that record n (0: a new one) of key can get a block of so many
// cells, counting those that it gives back. It returns the number that the
// record then has.
func (m *Machine) room(n uint32, key *Key, kindBit uint64, cells uint32) (uint32, bool) {
	if n == 0 {
		return 0, m.reserve(1, cells)
	}
	own := uint32(0)
	if s := m.table.at(n); s.has(blockBit) {
		own = m.arena.cells(uint32(s.holder))
	}
	if cells <= own || m.fits(0, cells-own) {
		return n, true
	}
	ok := m.reserve(0, cells-own)
	return m.table.find(key, kindBit), ok
}

// nowMillis is log time rounded down: what ends at or before it is over.
func (m *Machine) nowMillis() uint64 { return nowIn(m.now / nanosPerMilli) }

// after returns the first whole ms that is at least that long after log time:
// ends are rounded up, so that nothing ends early.
func (m *Machine) after(millis uint64) uint64 {
	return (m.now+nanosPerMilli-1)/nanosPerMilli + millis
}

// expiry returns when a record with that ttl, given now, expires.
func (m *Machine) expiry(ttlMillis uint64) uint64 {
	if ttlMillis == 0 {
		return never
	}
	return m.after(ttlMillis)
}

// left returns how many whole ms are left until an end, 0 if it is over.
func (m *Machine) left(end uint64) uint64 {
	if end == never {
		return Forever
	}
	return end - min(end, m.after(0))
}

// since returns how many whole ms have passed.
func (m *Machine) since(moment uint64) uint64 {
	return m.nowMillis() - min(moment, m.nowMillis())
}
