package dedup

// query reads a record in the order of the log.
func (m *Machine) query(c *Command, a *Result, results *Results) {
	n := m.live(&c.Key)
	if n == 0 {
		a.Outcome = Absent
		return
	}
	s := m.table.at(n)
	a.Token, a.Owner, a.ExpiresInMillis = s.token(), m.owner(s), m.left(s.expires())
	if s.has(doneBit) {
		a.Outcome, a.AgeMillis = Done, m.since(s.moment())
	} else {
		a.Outcome, a.LeaseMillis = Pending, m.left(s.moment())
	}
	m.giveValue(s, a, results)
	if s.has(blockBit) {
		a.fingerprint.from = len(results.buffer)
		results.buffer = m.arena.appendFingerprint(results.buffer, uint32(s.holder))
		a.fingerprint.to = len(results.buffer)
	}
}

// Peek reads the record of key as this replica has it, into results, as if a
// Query stood behind the last applied entry. It may be stale, it changes nothing,
// and no log has it.
func (m *Machine) Peek(key Key, results *Results) {
	results.reset(m.applied, &m.arena)
	c := Command{Kind: KindQuery, Key: key}
	m.query(&c, m.answer(&c, results), results)
}

// PeekCheckpoint reads a checkpoint as this replica has it, like Peek.
func (m *Machine) PeekCheckpoint(key Key, results *Results) {
	results.reset(m.applied, &m.arena)
	c := Command{Kind: KindCheckpointQuery, Key: key}
	m.checkpointQuery(&c, m.answer(&c, results))
}
