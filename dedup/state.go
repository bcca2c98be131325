package dedup

import "encoding/binary"

// AppendState appends the canonical encoding of the whole state: equal logs give
// equal bytes. The secret is in it. Where a record stands matters to the sweep
// and so to FULL: the records are written in the order of their slots. While entries wait to be applied, take a Snapshot.
func (m *Machine) AppendState(dst []byte) []byte {
	for s := m.still(); ; {
		var err error
		if dst, err = s.Next(dst); err != nil { // the end
			return dst
		}
	}
}

// appendHead appends what stands in front of the records.
func (m *Machine) appendHead(dst []byte) []byte {
	dst = append(dst, byte(m.version), boolByte(m.ready))
	for _, n := range [...]uint64{m.applied, m.now, m.number, m.digest} {
		dst = binary.LittleEndian.AppendUint64(dst, n)
	}
	dst = appendConfiguration(dst, &m.config)
	dst = binary.LittleEndian.AppendUint32(dst, m.hand)
	return binary.LittleEndian.AppendUint32(dst, m.table.used)
}

func (a *arena) appendRecord(dst []byte, s *slot) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, s.lo)
	dst = binary.LittleEndian.AppendUint64(dst, s.hi)
	for _, n := range [...]uint64{stateOf(s.tag), s.expires(), s.moment()} {
		dst = binary.LittleEndian.AppendUint64(dst, n)
	}
	if !s.has(blockBit) {
		return binary.LittleEndian.AppendUint64(dst, s.holder)
	}
	dst = binary.LittleEndian.AppendUint64(dst, uint64(a.owner(uint32(s.holder))))
	fingerprint, value, hasValue := a.lengths(uint32(s.holder))
	dst = append(dst, byte(fingerprint), boolByte(hasValue))
	dst = binary.LittleEndian.AppendUint32(dst, uint32(value))
	dst = a.appendFingerprint(dst, uint32(s.holder))
	return a.appendValue(dst, uint32(s.holder))
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
