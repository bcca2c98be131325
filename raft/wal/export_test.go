package wal

// Reseal gives the records of a segment, whatever is in them, the checksums and the chain of valid ones, so
// that fuzzing gets past them.
func Reseal(segment []byte) {
	h, err := parseSegmentHeader("", segment)
	if err != nil {
		return
	}
	resealFirst(segment, h)
	before := startOf(h.identity).sum
	if h.seq > 1 {
		before = order.Uint32(segment[firstRecord+atBefore:])
	}
	for off := int64(firstRecord); off+headerBytes <= int64(len(segment)); {
		raw := segment[off:]
		if order.Uint32(raw) != recordMagic {
			return
		}
		resealRows(raw, h.identity.seed())
		order.PutUint32(raw[atBefore:], before)
		before = checksum(h.seed()^uint32(off), raw[:atHead])
		order.PutUint32(raw[atHead:], before)
		off += max(headerBytes, int64(order.Uint32(raw[atLength:]))&^(alignBytes-1))
	}
}

// resealFirst has the segment's header say whether it was made with its first record.
func resealFirst(segment []byte, h segmentHeader) {
	raw := segment[firstRecord:]
	h.first = 0
	if n := uint64(order.Uint32(raw[atLength:])); h.seq == 1 && order.Uint64(raw[atMark:]) == firstMark && raw[atFlags] == flagBase && n <= uint64(len(raw)) {
		h.first = n
	}
	copy(segment, h.encode())
}

func resealRows(raw []byte, seed uint32) {
	body, table := raw[headerBytes:], rowBytes*int64(order.Uint32(raw[atCount:]))
	if table > int64(len(body)) {
		return
	}
	order.PutUint32(raw[atMask:], 0)
	from, rest := uint32(0), body[table:]
	for k := int64(0); k < table; k += rowBytes {
		line := body[k:][:rowBytes]
		end := parseRow(line).end
		if end < from || int64(end) > int64(len(rest)) {
			break
		}
		index := order.Uint64(raw[atPrev:]) + uint64(k/rowBytes) + 1
		order.PutUint32(line[13:], entrySum(seed, index, line, rest[from:end]))
		from = end
	}
	flags, body := raw[atFlags], body[:min(len(body), max(headerBytes, int(order.Uint32(raw[atLength:]))&^(alignBytes-1))-headerBytes)]
	if rest, _, ok := splitBase(flags, body); ok && int64(len(rest)) >= table {
		order.PutUint32(raw[atRows:], tableSum(seed, flags, int(table/rowBytes), body))
	}
}
