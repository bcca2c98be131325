package snapshot

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// The format's sizes in bytes; README.md draws them.
const (
	version     = 2
	sectorBytes = 512
	sumBytes    = 4 // of a block's checksum, which ends it

	// HeaderBytes is the length of a file's header, and the offset of its first block.
	HeaderBytes = sectorBytes
	// MaxBodyBytes is the longest body of a snapshot.
	MaxBodyBytes = 1 << 40
)

// Bounds of Header.BlockBytes.
const (
	DefaultBlockBytes = 64 << 10
	MinBlockBytes     = 512
	MaxBlockBytes     = 1 << 20
)

const fileMagic = "SEMELSNP"

var (
	order      = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func checksum(start uint32, b []byte) uint32 { return crc32.Update(start, castagnoli, b) }

// Header says whose snapshot a file holds, and of what. Nothing in it is a node's own, so that the same snapshot is the
// same file everywhere.
type Header struct {
	Cluster [16]byte
	Index   protocol.Index // of the last entry that the snapshot covers
	Term    protocol.Term  // of that entry
	Stamp   uint64         // of that entry: log time in nanoseconds

	BodyBytes  uint64   // length of the body
	BlockBytes uint64   // length of each block but the last, its checksum with it
	Digest     [32]byte // SHA-256 of the body

	Configuration    protocol.Configuration // who decides at Index; the zero one: nothing is said of it
	MembersBytes     uint64                 // what the host says of members, in front of the body
	MembershipDigest [32]byte               // SHA-256 of the configuration and of that; 0 where nothing is said
}

// Offsets in a header; those of version and checksum hold for every version to come.
const (
	atVersion    = 8
	atCluster    = 16
	atIndex      = 32
	atTerm       = 40
	atStamp      = 48
	atBodyBytes  = 56
	atBlockBytes = 64
	atDigest     = 72
	atVoters     = 104 // 24 bytes: voters, next, learners
	atMembers    = 128
	atMembership = 136
	atZeros      = 168
	atSum        = HeaderBytes - 4
)

// Encode returns the HeaderBytes bytes that a file begins with.
func (h Header) Encode() []byte {
	b := make([]byte, HeaderBytes)
	copy(b, fileMagic)
	order.PutUint64(b[atVersion:], version)
	copy(b[atCluster:], h.Cluster[:])
	order.PutUint64(b[atIndex:], uint64(h.Index))
	order.PutUint64(b[atTerm:], uint64(h.Term))
	order.PutUint64(b[atStamp:], h.Stamp)
	order.PutUint64(b[atBodyBytes:], h.BodyBytes)
	order.PutUint64(b[atBlockBytes:], h.BlockBytes)
	copy(b[atDigest:], h.Digest[:])
	copy(b[atVoters:], protocol.AppendStoredConfiguration(nil, h.Configuration))
	order.PutUint64(b[atMembers:], h.MembersBytes)
	copy(b[atMembership:], h.MembershipDigest[:])
	order.PutUint32(b[atSum:], checksum(0, b[:atSum]))
	return b
}

// ParseHeader reads a header that came from elsewhere. It returns an error that wraps ErrRejected, or ErrVersion for one
// that is whole and of another version. It does not check the cluster.
func ParseHeader(b []byte) (Header, error) {
	h, flaw, err := parseHeader(b)
	if flaw != nil {
		return Header{}, fmt.Errorf("%w: its header at offset %d: %s", ErrRejected, flaw.offset, flaw.reason)
	}
	return h, err
}

// flaw is what is wrong with bytes that should be a header.
type flaw struct {
	offset int64
	reason string
}

// parseHeader checks magic and checksum before the version: an unknown version is said only of a header that is whole.
// Nothing is allocated by what a header says before it was found to be within bounds here.
func parseHeader(b []byte) (h Header, _ *flaw, err error) {
	wrong := func(offset int64, format string, args ...any) (Header, *flaw, error) {
		return Header{}, &flaw{offset, fmt.Sprintf(format, args...)}, nil
	}
	switch {
	case len(b) != HeaderBytes:
		return wrong(0, "there are %d bytes of it, it has %d", len(b), HeaderBytes)
	case string(b[:len(fileMagic)]) != fileMagic:
		return wrong(0, "it does not begin with %q", fileMagic)
	case !intactHeader(checksum(0, b[:atSum]), order.Uint32(b[atSum:])):
		return wrong(atSum, "its checksum is wrong")
	case order.Uint64(b[atVersion:]) != version:
		return h, nil, fmt.Errorf("%w: it is of version %d, this program reads %d; use the program that wrote it",
			ErrVersion, order.Uint64(b[atVersion:]), version)
	}
	h = decodeHeader(b)
	switch {
	case strings.Trim(string(b[atZeros:atSum]), "\x00") != "":
		return wrong(atZeros, "bytes that have no meaning are not 0")
	case h.Index == 0 || h.Term == 0:
		return wrong(atIndex, "it is of index %d and term %d, both begin with 1", h.Index, h.Term)
	case h.BodyBytes > MaxBodyBytes:
		return wrong(atBodyBytes, "the body is %d bytes long, at most %d", h.BodyBytes, uint64(MaxBodyBytes))
	case !validMembership(h.Configuration, h.MembersBytes):
		return wrong(atVoters, "nobody decides as by %v, of which %d bytes are said", h.Configuration, h.MembersBytes)
	case !validBlockBytes(h.BlockBytes):
		return wrong(atBlockBytes, "blocks are %d bytes long, they are multiples of %d from %d to %d",
			h.BlockBytes, sectorBytes, MinBlockBytes, MaxBlockBytes)
	}
	return h, nil, nil
}

func decodeHeader(b []byte) (h Header) {
	copy(h.Cluster[:], b[atCluster:])
	h.Index = protocol.Index(order.Uint64(b[atIndex:]))
	h.Term = protocol.Term(order.Uint64(b[atTerm:]))
	h.Stamp = order.Uint64(b[atStamp:])
	h.BodyBytes = order.Uint64(b[atBodyBytes:])
	h.BlockBytes = order.Uint64(b[atBlockBytes:])
	copy(h.Digest[:], b[atDigest:])
	h.Configuration, h.MembersBytes = protocol.ParseStoredConfiguration(b[atVoters:]), order.Uint64(b[atMembers:])
	copy(h.MembershipDigest[:], b[atMembership:])
	return h
}

func validBlockBytes(n uint64) bool {
	return n%sectorBytes == 0 && n >= MinBlockBytes && n <= MaxBlockBytes
}

// same reports whether two headers are of the same snapshot, in blocks of whatever size.
func (h Header) same(other Header) bool {
	other.BlockBytes = h.BlockBytes
	return h == other
}

// contentBytes is how much the blocks hold: members and body.
func (h Header) contentBytes() uint64 { return h.MembersBytes + h.BodyBytes }

// dataBytes is how much of that a block holds, but for the last.
func (h Header) dataBytes() uint64 { return h.BlockBytes - sumBytes }

// blocks is how many blocks there are.
func (h Header) blocks() uint64 { return (h.contentBytes() + h.dataBytes() - 1) / h.dataBytes() }

// FileBytes is the length of the file.
func (h Header) FileBytes() int64 {
	return int64(HeaderBytes + h.contentBytes() + sumBytes*h.blocks())
}

// offset is where block k begins, from 0.
func (h Header) offset(k uint64) int64 { return int64(HeaderBytes + k*h.BlockBytes) }

// length is how long block k is, its checksum with it.
func (h Header) length(k uint64) int {
	return int(min(h.BlockBytes, uint64(h.FileBytes()-h.offset(k))))
}

// seed is where the checksums of blocks start. It is made of what is known before the first of them is written.
func (h Header) seed() uint32 {
	b := append([]byte(nil), h.Cluster[:]...)
	b = order.AppendUint64(b, uint64(h.Index))
	b = order.AppendUint64(b, uint64(h.Term))
	b = order.AppendUint64(b, h.Stamp)
	b = order.AppendUint64(protocol.AppendStoredConfiguration(b, h.Configuration), h.MembersBytes)
	return checksum(version, order.AppendUint64(b, h.BlockBytes))
}

// blockSum is the checksum of block k, which holds data. It is of this block, at this place, of this snapshot.
func blockSum(seed uint32, k uint64, data []byte) uint32 {
	var at [8]byte
	order.PutUint64(at[:], k)
	return checksum(blockSeed(seed, at[:]), data)
}

// sealBlock ends block k with its checksum, for which raw has room.
func sealBlock(seed uint32, k uint64, raw []byte) {
	data := raw[:len(raw)-sumBytes]
	order.PutUint32(raw[len(data):], blockSum(seed, k, data))
}

// soundBlock reports whether raw is block k, and not bytes that were torn, rotted, or stand elsewhere.
func soundBlock(seed uint32, k uint64, raw []byte) bool {
	data := raw[:len(raw)-sumBytes]
	return intact(blockSum(seed, k, data), order.Uint32(raw[len(data):]))
}

// Names of files in the folder.
const (
	fileSuffix   = ".snapshot"
	ownTemp      = "own.tmp"
	receivedTemp = "received.tmp"
)

func fileName(index protocol.Index) string { return fmt.Sprintf("%016x%s", uint64(index), fileSuffix) }

// fileIndex reads the index back from a name; ok is false for any other file.
func fileIndex(name string) (index protocol.Index, ok bool) {
	digits, found := strings.CutSuffix(name, fileSuffix)
	if !found || len(digits) != 16 {
		return 0, false
	}
	var n uint64
	_, err := fmt.Sscanf(digits, "%016x", &n)
	index = protocol.Index(n)
	return index, err == nil && n > 0 && fileName(index) == name
}
