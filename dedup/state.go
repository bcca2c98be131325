package dedup

import "encoding/binary"

// stateVersion is the version of AppendState's encoding.
const stateVersion = 1

// AppendState appends the canonical encoding of the whole state: equal logs give
// equal bytes. The secret is in it. Where a record stands matters to the sweep
// and so to FULL: the records are written in the order of their slots.
func (m *Machine) AppendState(dst []byte) []byte {
	dst = append(dst, stateVersion, boolByte(m.ready))
	for _, n := range [...]uint64{m.applied, m.now, m.number, m.digest} {
		dst = binary.LittleEndian.AppendUint64(dst, n)
	}
	dst = appendConfiguration(dst, &m.config)
	dst = binary.LittleEndian.AppendUint32(dst, m.hand)
	dst = binary.LittleEndian.AppendUint32(dst, m.table.used)
	for n := uint32(1); n <= m.table.used; n++ {
		dst = m.appendRecord(dst, m.table.at(n))
	}
	return dst
}

func (m *Machine) appendRecord(dst []byte, s *slot) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, s.lo)
	dst = binary.LittleEndian.AppendUint64(dst, s.hi)
	for _, n := range [...]uint64{s.tag, s.expires(), s.moment(), uint64(m.owner(s))} {
		dst = binary.LittleEndian.AppendUint64(dst, n)
	}
	if !s.has(blockBit) {
		return dst
	}
	fingerprint, value, hasValue := m.arena.lengths(uint32(s.holder))
	dst = append(dst, byte(fingerprint), boolByte(hasValue))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(value))
	dst = m.arena.appendFingerprint(dst, uint32(s.holder))
	return m.arena.appendValue(dst, uint32(s.holder))
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// LoadState decodes what AppendState wrote and checks all of it. The Machine
// goes on exactly as the one that wrote it. The error wraps ErrMalformed or
// ErrUnknownVersion.
func LoadState(state []byte) (*Machine, error) {
	r := reader{rest: state}
	if version := r.uint8(); r.err == nil && version != stateVersion {
		return nil, ErrUnknownVersion
	}
	m := New()
	m.ready = r.bool()
	m.applied, m.now, m.number, m.digest = r.uint64(), r.uint64(), r.uint64(), r.uint64()
	if r.err != nil {
		return nil, r.err
	}
	config, rest, err := parseConfiguration(r.rest)
	if err != nil {
		return nil, err
	}
	r.rest = rest
	if m.ready {
		m.configure(&config)
	}
	if !m.ready && string(state) != string(New().AppendState(nil)) {
		r.fail("a state without a configuration that is not the first")
	}
	m.loadRecords(&r)
	if len(r.rest) > 0 {
		r.fail("%d bytes after the state", len(r.rest))
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

func (m *Machine) loadRecords(r *reader) {
	hand, count := r.uint32(), r.uint32()
	if hand > count || uint64(count) > m.config.CapacityKeys {
		r.fail("hand at %d of %d records, want at most %d", hand, count, m.config.CapacityKeys)
	}
	m.hand = hand
	for n := uint32(0); n < count && r.err == nil; n++ {
		m.loadRecord(r)
	}
}

// loadRecord takes one record off r. What Apply can't have made is malformed.
func (m *Machine) loadRecord(r *reader) {
	var key Key
	copy(key[:], r.bytes(len(key)))
	tag, expires, moment := r.uint64(), r.uint64(), r.uint64()
	b := block{owner: Owner(r.uint64())}
	if tag&blockBit != 0 {
		fingerprint, hasValue := r.length(uint64(r.uint8()), 0, MaxFingerprintBytes), r.bool()
		length := r.length(uint64(r.uint32()), 0, MaxValueBytes)
		b.fingerprint = r.bytes(fingerprint)
		if value := r.bytes(length); hasValue {
			b.value = value
		} else if length > 0 {
			r.fail("a value of %d bytes where there is none", length)
		}
	}
	if r.err == nil {
		m.checkRecord(r, &key, tag, expires, moment, &b)
	}
	if r.err == nil {
		m.write(0, &key, tag&^blockBit, expires, moment, &b)
	}
}

func (m *Machine) checkRecord(r *reader, key *Key, tag, expires, moment uint64, b *block) {
	const known = doneBit | checkpointBit | straightBit | blockBit
	checkpoint := tag&checkpointBit != 0
	switch {
	case tag&(1<<tagBits-1)&^known != 0:
		r.fail("state %08b, want bits of %08b only", tag&(1<<tagBits-1), known)
	case checkpoint && (tag&(doneBit|straightBit) != 0 || len(b.value) != 8 || len(b.fingerprint) > 0 || expires != never):
		r.fail("a checkpoint that is more or less than an offset")
	case tag&straightBit != 0 && tag&doneBit == 0:
		r.fail("a record won without a lease that is not DONE")
	case tag>>tagBits == 0 || tag>>tagBits > m.number:
		r.fail("token %d, want 1 to %d", tag>>tagBits, m.number)
	case expires > never || moment > never || expires == 0:
		r.fail("times %d and %d ms, want at most %d", expires, moment, uint64(never))
	case (tag&blockBit != 0) != (b.cells() > 0):
		r.fail("a block with nothing in it")
	case m.table.find(key, tag&checkpointBit) != 0:
		r.fail("a key twice")
	case !m.fits(1, b.cells()):
		r.fail("more records than fit")
	}
}

func (r *reader) bool() bool {
	b := r.uint8()
	if b > 1 {
		r.fail("a truth value of %d, want 0 or 1", b)
	}
	return b == 1
}
