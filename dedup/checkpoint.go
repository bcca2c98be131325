package dedup

import "encoding/binary"

// checkpointCells is what a checkpoint takes: the offset is its value.
const checkpointCells = 1

// checkpoint applies an offset and claims, whole or not at all. It and each of
// its claims take a number and get an answer, whatever the outcome.
func (m *Machine) checkpoint(c *Command, results *Results) {
	a := m.answer(c, results)
	n := m.table.find(&c.Key, checkpointBit)
	switch {
	case n != 0 && c.Offset <= m.offset(m.table.at(n)):
		m.refuseCheckpoint(n, c, a)
	case !checkpointFits(m.reserve(m.need(n, c))):
		a.Outcome = Full
	default:
		m.storeCheckpoint(c, a)
	}
	outcome, replayed := a.Outcome, a.Replayed // a is void once answers are appended
	for r := (reader{rest: c.Claims}); len(r.rest) > 0; {
		var claim Command
		r.command(&claim)
		m.claimOfCheckpoint(&claim, outcome, replayed, results)
	}
}

// refuseCheckpoint: not above the stored offset. The same owner repeats a call
// that was applied.
func (m *Machine) refuseCheckpoint(n uint32, c *Command, a *Result) {
	s := m.table.at(n)
	a.Outcome = Stale
	if m.owner(s) == c.Owner {
		a.Outcome, a.Replayed = OK, true
	}
	a.Token, a.Offset = s.token(), m.offset(s)
}

func (m *Machine) storeCheckpoint(c *Command, a *Result) {
	a.Outcome, a.Token, a.Offset = OK, a.Number, c.Offset
	offset := binary.LittleEndian.AppendUint64(make([]byte, 0, 8), c.Offset)
	b := block{owner: c.Owner, value: offset}
	n := m.table.find(&c.Key, checkpointBit) // reserve may have moved it
	m.write(n, &c.Key, a.Token<<tagBits|checkpointBit, never, m.after(0), &b)
}

// setCheckpoint stores an offset whatever stands.
func (m *Machine) setCheckpoint(c *Command, a *Result) {
	n := m.table.find(&c.Key, checkpointBit)
	if n != 0 && m.owner(m.table.at(n)) == c.Owner && m.offset(m.table.at(n)) == c.Offset {
		a.Outcome, a.Replayed, a.Token, a.Offset = OK, true, m.table.at(n).token(), c.Offset
		return
	}
	if n == 0 && !m.reserve(1, checkpointCells) {
		a.Outcome = Full
		return
	}
	m.storeCheckpoint(c, a)
}

// need returns the slots and cells that a checkpoint may take: one of each for a
// new (stream, partition), and those of each claim that would win as things
// stand. What a claim would give back is not counted, a key twice counts twice.
func (m *Machine) need(n uint32, c *Command) (slots, cells uint32) {
	if n == 0 {
		slots, cells = 1, checkpointCells
	}
	for r := (reader{rest: c.Claims}); len(r.rest) > 0; {
		var claim Command
		r.command(&claim)
		at := m.live(&claim.Key)
		if outcome, replayed := m.judge(at, &claim); outcome != Won || replayed {
			continue
		}
		if at == 0 {
			slots++
		}
		b := block{fingerprint: claim.Fingerprint, value: claim.Value}
		cells += b.cells()
	}
	return slots, cells
}

// claimOfCheckpoint answers one claim: applied with the checkpoint, told from
// its record if the checkpoint is a repeat, otherwise not applied either.
func (m *Machine) claimOfCheckpoint(claim *Command, outcome Outcome, replayed bool, results *Results) {
	a := m.answer(claim, results)
	switch {
	case outcome != OK:
		a.Outcome = outcome
	case replayed:
		m.tellRecorded(claim, a, results)
	default:
		m.claim(claim, a, results)
	}
}

// tellRecorded answers a claim from its record and changes nothing: NOT_FOUND if
// there is none any more, IN_PROGRESS with nothing to wait for if its lease is
// over and it could be taken over.
func (m *Machine) tellRecorded(claim *Command, a *Result, results *Results) {
	n := m.live(&claim.Key)
	if n == 0 {
		a.Outcome = NotFound
		return
	}
	a.Outcome, a.Replayed = m.judge(n, claim)
	if a.Outcome == Won && !a.Replayed {
		a.Outcome = InProgress
	}
	m.tellStanding(n, claim, a, results)
}

// checkpointQuery reads a checkpoint.
func (m *Machine) checkpointQuery(c *Command, a *Result) {
	n := m.table.find(&c.Key, checkpointBit)
	if n == 0 {
		a.Outcome = NotFound
		return
	}
	s := m.table.at(n)
	a.Outcome, a.Token, a.Owner, a.Offset = OK, s.token(), m.owner(s), m.offset(s)
	a.AgeMillis = m.since(s.moment())
}

func (m *Machine) offset(s *slot) uint64 {
	var scratch [8]byte
	return binary.LittleEndian.Uint64(m.arena.appendValue(scratch[:0], uint32(s.holder)))
}
