package wal

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The format's sizes in bytes; README.md draws them.
const (
	version     = 5
	sectorBytes = 512 // what a disk writes whole or not at all
	alignBytes  = 8   // records start at multiples of it
	headerBytes = 72  // of a record
	rowBytes    = 17  // of an entry, in its record's table
	baseBytes   = 48  // of a base, at the end of its record, behind what is said of members
	firstRecord = sectorBytes
)

const segmentMagic = "SEMELWAL"

var (
	order      = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func checksum(start uint32, b []byte) uint32 { return crc32.Update(start, castagnoli, b) }

// identity is whose log this is. Checksums start from it, so that no record of another log, or
// of an earlier life of this folder, is ever valid here.
type identity struct {
	cluster     [16]byte
	node        protocol.NodeID
	incarnation uint64
}

func (id identity) appendTo(b []byte) []byte {
	b = append(b, id.cluster[:]...)
	b = append(b, byte(id.node), 0, 0, 0, 0, 0, 0, 0)
	return order.AppendUint64(b, id.incarnation)
}

func (id identity) seed() uint32 { return checksum(version, id.appendTo(nil)) }

func parseIdentity(b []byte) (id identity) {
	copy(id.cluster[:], b)
	id.node = protocol.NodeID(b[16])
	id.incarnation = order.Uint64(b[24:])
	return id
}

// segmentHeader is the first sector of a segment. It is written once, before the segment gets its name.
type segmentHeader struct {
	identity
	seq   uint64 // 1, 2, 3, …
	bytes uint64 // the size of the file
	first uint64 // the length of the record that the segment was made with; 0: of none
}

// Offsets in a segment's header; those of version and checksum hold for every version to come.
const (
	atVersion  = 8
	atIdentity = 16
	atSeq      = 48
	atBytes    = 56
	atFirst    = 64
	atSum      = sectorBytes - 4
)

func (h segmentHeader) encode() []byte {
	b := make([]byte, sectorBytes)
	copy(b, segmentMagic)
	order.PutUint64(b[atVersion:], version)
	copy(b[atIdentity:], h.identity.appendTo(nil))
	order.PutUint64(b[atSeq:], h.seq)
	order.PutUint64(b[atBytes:], h.bytes)
	order.PutUint64(b[atFirst:], h.first)
	order.PutUint32(b[atSum:], checksum(0, b[:atSum]))
	return b
}

// parseSegmentHeader checks magic and checksum before the version: an unknown version is said
// only of a header that is whole.
func parseSegmentHeader(name string, b []byte) (h segmentHeader, err error) {
	switch {
	case len(b) < sectorBytes:
		return h, damaged(name, 0, "the segment is %d bytes long, its header alone is %d", len(b), sectorBytes)
	case string(b[:len(segmentMagic)]) != segmentMagic:
		return h, damaged(name, 0, "the segment does not begin with %q", segmentMagic)
	case order.Uint32(b[atSum:]) != checksum(0, b[:atSum]):
		return h, damaged(name, 0, "the checksum of the segment's header is wrong")
	case order.Uint64(b[atVersion:]) != version:
		return h, fmt.Errorf("%w: %s is of version %d, this program reads %d; use the program that wrote it",
			ErrVersion, name, order.Uint64(b[atVersion:]), version)
	}
	h.identity = parseIdentity(b[atIdentity:])
	h.seq, h.bytes, h.first = order.Uint64(b[atSeq:]), order.Uint64(b[atBytes:]), order.Uint64(b[atFirst:])
	return h, nil
}

// seed is where the checksums of a segment's records start.
func (h segmentHeader) seed() uint32 {
	return checksum(h.identity.seed(), order.AppendUint64(nil, h.seq))
}

const (
	segmentSuffix = ".wal"
	segmentTemp   = "segment.tmp"
)

func segmentName(seq uint64) string { return fmt.Sprintf("%016x%s", seq, segmentSuffix) }

// segmentSeq reads the number back from a name; ok is false for any other file.
func segmentSeq(name string) (seq uint64, ok bool) {
	digits, found := strings.CutSuffix(name, segmentSuffix)
	if !found || len(digits) != 16 {
		return 0, false
	}
	_, err := fmt.Sscanf(digits, "%016x", &seq)
	return seq, err == nil && seq > 0 && segmentName(seq) == name
}
