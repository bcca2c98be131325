package dedup

import "bytes"

// claim applies a claim.
func (m *Machine) claim(c *Command, a *Result, results *Results) {
	n := m.standing(&c.Key)
	a.Outcome, a.Replayed = m.judge(n, c)
	if a.Outcome == Won && !a.Replayed {
		m.win(n, c, a)
		return
	}
	m.tellStanding(n, c, a, results)
}

// judge decides a claim against record n (0: absent), in the order of the
// contract, and changes nothing.
func (m *Machine) judge(n uint32, c *Command) (outcome Outcome, replayed bool) {
	if n == 0 {
		return Won, false
	}
	s := m.table.at(n)
	if !m.fingerprintFits(s, c.Fingerprint) {
		return Mismatch, false
	}
	done := s.has(doneBit)
	over := !done && leaseOver(s.moment(), m.nowMillis())
	if sameOwner(m.owner(s), c.Owner) && repeatWins(done, s.has(straightBit), over) {
		return Won, true
	}
	switch {
	case over:
		return Won, false
	case !done:
		return InProgress, false
	default:
		return Duplicate, false
	}
}

// fingerprintFits: a missing one, on either side, matches any.
func (m *Machine) fingerprintFits(s *slot, given []byte) bool {
	if len(given) == 0 || !s.has(blockBit) {
		return true
	}
	var scratch [MaxFingerprintBytes]byte
	standing := m.fingerprint(s, &scratch)
	return len(standing) == 0 || bytes.Equal(standing, given)
}

// win gives the key to the claim, or answers FULL and changes nothing.
func (m *Machine) win(n uint32, c *Command, a *Result) {
	b := block{owner: c.Owner, fingerprint: c.Fingerprint, value: c.Value}
	n, ok := m.room(n, &c.Key, 0, b.cells())
	if !ok {
		a.Outcome = outcomeWhenFull()
		return
	}
	a.Token = a.Number
	if n != 0 {
		a.Token = tokenOfTakeover(m.table.at(n).token(), a.Number)
	}
	expires := m.expiry(c.TTLMillis)
	a.ExpiresInMillis = m.left(expires)
	if c.LeaseMillis == 0 {
		m.write(n, &c.Key, a.Token<<tagBits|doneBit|straightBit, expires, m.after(0), &b)
		return
	}
	lease := min(m.after(c.LeaseMillis), expires)
	a.LeaseMillis = m.left(lease)
	m.write(n, &c.Key, a.Token<<tagBits, expires, lease, &b)
}

// tellStanding fills the answer to a claim that changes nothing.
func (m *Machine) tellStanding(n uint32, c *Command, a *Result, results *Results) {
	s := m.table.at(n)
	switch a.Outcome {
	case Won:
		a.Token = s.token()
		a.ExpiresInMillis = m.left(s.expires())
		if !s.has(doneBit) {
			s.setMoment(leaseOfRepeat(s.moment(), m.after(c.LeaseMillis)))
			a.LeaseMillis = m.left(s.moment())
		}
	case InProgress:
		a.RetryAfterMillis = s.moment() - min(s.moment(), m.nowMillis())
	case Duplicate:
		a.Token = s.token()
		a.AgeMillis = m.since(s.moment())
		a.ExpiresInMillis = m.left(s.expires())
		m.giveValue(s, a, results)
	}
}
