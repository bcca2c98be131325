package node

import (
	"encoding/binary"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// A bundle is what goes with an append: the payload of each of its entries, a little-endian length of
// four bytes in front of each.

const lengthBytes = 4

func appendToBundle(b, payload []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	return append(b, payload...)
}

// splitBundle appends the n payloads of a bundle to into; false if it is not one of n.
func splitBundle(into [][]byte, b []byte, n uint64) ([][]byte, bool) {
	for range n {
		payload, rest, ok := cutBundle(b)
		if !ok {
			return into, false
		}
		into, b = append(into, payload), rest
	}
	return into, len(b) == 0
}

// cutBundle returns the first payload of a bundle and what follows it.
func cutBundle(b []byte) (payload, rest []byte, ok bool) {
	if len(b) < lengthBytes {
		return nil, nil, false
	}
	length := uint64(binary.LittleEndian.Uint32(b))
	b = b[lengthBytes:]
	if length > uint64(len(b)) {
		return nil, nil, false
	}
	return b[:length:length], b[length:], true
}

// stretch is the payloads of entries that follow one another.
type stretch struct {
	first    protocol.Index
	payloads [][]byte
}

func (s *stretch) at(k protocol.Index) []byte {
	assert(k >= s.first && k < s.first+protocol.Index(len(s.payloads)), "an entry that is written has a payload")
	return s.payloads[k-s.first]
}

// find returns the payload of the entry at k, nil where it is not of the stretch.
func (s *stretch) find(k protocol.Index) []byte {
	if k < s.first || k >= s.first+protocol.Index(len(s.payloads)) {
		return nil
	}
	return s.payloads[k-s.first]
}

func (s *stretch) reset(first protocol.Index) {
	clear(s.payloads)
	s.first, s.payloads = first, s.payloads[:0]
}
