package wal

// A record never has an all-zero part in any sector, so that a part that is zero is one that
// was never written. A header has none by its form; a body that would have one is masked.

// maskFor returns the first pattern under which no sector's part of the body, which starts at
// off of its file, is all zero. Nearly always it is 0. With p parts one of p+1 patterns fits.
func maskFor(body []byte, off int64) uint32 {
	mask := uint32(0)
	for anyPartIs(body, off, mask) {
		mask++
	}
	return mask
}

// anyPartIs reports whether a sector's part of the body is mask over and over. The part beside
// the header does not count: the header is there.
func anyPartIs(body []byte, off int64, mask uint32) bool {
	skip := (sectorBytes - off%sectorBytes) % sectorBytes
	for skip < int64(len(body)) {
		part := body[skip:min(skip+sectorBytes, int64(len(body)))]
		if isPattern(part, mask) {
			return true
		}
		skip += sectorBytes
	}
	return false
}

func isPattern(part []byte, mask uint32) bool {
	for i := 0; i+4 <= len(part); i += 4 {
		if order.Uint32(part[i:]) != mask {
			return false
		}
	}
	return true
}

// applyMask lays the mask over bytes that stand at offset at of a body, or takes it off.
func applyMask(b []byte, mask uint32, at int) {
	if mask == 0 {
		return
	}
	for i := range b {
		b[i] ^= byte(mask >> (8 * ((at + i) % 4)))
	}
}

// zeroPart reports whether some sector's part of the bytes, which start at off of their file,
// is all zero.
func zeroPart(b []byte, off int64) bool {
	for len(b) > 0 {
		n := min(sectorBytes-off%sectorBytes, int64(len(b)))
		if allZero(b[:n]) {
			return true
		}
		b, off = b[n:], off+n
	}
	return false
}

func allZero(b []byte) bool {
	for len(b) >= 8 {
		if order.Uint64(b) != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
