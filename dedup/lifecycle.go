package dedup

// held finds the record of a command that names a token, or answers why not.
func (m *Machine) held(c *Command, a *Result) (n uint32, ok bool) {
	n = m.standing(&c.Key)
	if n == 0 {
		a.Outcome = NotFound
		return 0, false
	}
	if token := m.table.at(n).token(); !tokenHolds(token, c.Token) {
		a.Outcome, a.Token = Fenced, token
		return 0, false
	}
	return n, true
}

// complete makes a PENDING record DONE. That its lease is over does not matter:
// nobody took it over.
func (m *Machine) complete(c *Command, a *Result) {
	n, ok := m.held(c, a)
	if !ok {
		return
	}
	s := m.table.at(n)
	a.Token, a.ExpiresInMillis = s.token(), m.left(s.expires())
	if s.has(doneBit) {
		a.Outcome, a.Replayed = OK, true
		return
	}
	expires := s.expires()
	if c.TTLMillis > 0 {
		expires = m.expiry(c.TTLMillis)
	}
	var scratch [MaxFingerprintBytes]byte
	b := block{owner: m.owner(s), fingerprint: m.fingerprint(s, &scratch), value: c.Value}
	if n, ok = m.room(n, &c.Key, 0, b.cells()); !ok {
		a.Outcome = Full
		return
	}
	a.Outcome, a.ExpiresInMillis = OK, m.left(expires)
	m.write(n, &c.Key, a.Token<<tagBits|doneBit, expires, m.after(0), &b)
}

// release deletes a PENDING record.
func (m *Machine) release(c *Command, a *Result) {
	n, ok := m.held(c, a)
	if !ok {
		return
	}
	if !mayRelease(m.table.at(n).has(doneBit)) {
		a.Outcome = Completed
		return
	}
	m.drop(n)
	a.Outcome = OK
}

// extend sets the lease of a PENDING record anew, from now.
func (m *Machine) extend(c *Command, a *Result) {
	n, ok := m.held(c, a)
	if !ok {
		return
	}
	s := m.table.at(n)
	if s.has(doneBit) {
		a.Outcome = Completed
		return
	}
	m.keep(changes(n))
	s.setMoment(min(m.after(c.LeaseMillis), s.expires()))
	a.Outcome, a.Token = OK, s.token()
	a.ExpiresInMillis, a.LeaseMillis = m.left(s.expires()), m.left(s.moment())
}

// put makes the record DONE, whoever held it.
func (m *Machine) put(c *Command, a *Result) {
	n := m.standing(&c.Key)
	if n == 0 && c.IfExists {
		a.Outcome = NotFound
		return
	}
	b := block{value: c.Value}
	n, ok := m.room(n, &c.Key, 0, b.cells())
	if !ok {
		a.Outcome = Full
		return
	}
	expires := m.expiry(c.TTLMillis)
	a.Outcome, a.Token, a.ExpiresInMillis = OK, a.Number, m.left(expires)
	m.write(n, &c.Key, a.Token<<tagBits|doneBit, expires, m.after(0), &b)
}

// forget deletes the record, whoever held it.
func (m *Machine) forget(c *Command, a *Result) {
	n := m.standing(&c.Key)
	if n == 0 {
		a.Outcome = NotFound
		return
	}
	m.drop(n)
	a.Outcome = OK
}
