package dedup

// Reads that no entry carries. They are answered at log time T of what is applied, which the log alone moves on. Where the log
// stands still that is late: a window may be over by the clock of whoever would stamp an entry now, and nothing says so. What would be
// answered otherwise then has to take an entry, which carries that time to all replicas: answered without, the expiry
// could be taken back by another one, whose clock is behind.

// spanGrain is how far log time may be behind a stamp, in ms, where spans are told: what is left of a lease or
// window is told late by that at most, and never early.
const spanGrain = 100

// OnlyReads reports whether commands, which CountAnswers has checked, change nothing.
func OnlyReads(commands []byte) bool {
	for r := (reader{rest: commands}); len(r.rest) > 0; {
		if Kind(r.rest[0]).Numbered() {
			return false
		}
		var c Command
		r.command(&c)
	}
	return true
}

// Read answers commands that OnlyReads, into results, as if they stood behind the last applied entry, at its log time. It
// changes nothing, and no log has them. It reports whether an entry with that stamp would answer the same: the same outcomes and
// values, and where spans are asked for the same by spanGrain. What was pinned of other results stays so.
func (m *Machine) Read(commands []byte, stampNanos uint64, results *Results) (same bool) {
	results.reset(m.applied, &m.arena)
	logTime := m.now
	m.now, same = readingTime(logTime, stampNanos), true
	for r := (reader{rest: commands}); len(r.rest) > 0; {
		chunk := m.decode(&r)
		m.touched = m.table.touch(chunk)
		for i := range chunk {
			c := &chunk[i]
			same = same && staysSo(m.isLasting(c, stampNanos/nanosPerMilli))
			m.dispatch(c, m.answer(c, results), results)
		}
	}
	m.now = logTime
	return same
}

// isLasting reports whether a read is answered the same at a later ms of log time.
func (m *Machine) isLasting(c *Command, later uint64) bool {
	now := m.nowMillis()
	if c.Kind != KindQuery || later <= now {
		return true
	}
	n := m.live(&c.Key)
	if n == 0 {
		return true
	}
	s := m.table.at(n)
	leased := !s.has(doneBit)
	switch {
	case expired(s.expires(), later):
		return false
	case !c.Spans || !leased && s.expires() == never:
		return true
	case leased && leaseOver(s.moment(), later) != leaseOver(s.moment(), now):
		return false
	}
	return later-now < spanGrain
}
