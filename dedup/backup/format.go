package backup

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"strings"

	"github.com/eventstreamcore/semel/dedup"
)

const (
	magic   = "SEMELBAK"
	version = 1

	// HeaderBytes is the length of a header, and the offset of the body.
	HeaderBytes = 512
	// SumBytes stand in the body in front of the state.
	SumBytes = 8
	// MostBodyBytes is the longest body: as that of a snapshot.
	MostBodyBytes = 1 << 40
)

// Offsets in a header.
const (
	atVersion = 8
	atCluster = 16
	atIndex   = 32
	atTerm    = 40
	atStamp   = 48
	atBytes   = 56
	atDigest  = 64
	atZeros   = 96
	atSum     = HeaderBytes - 4
)

var (
	// ErrDamaged is wrapped where bytes are not what was written.
	ErrDamaged = errors.New("the backup is damaged")
	// ErrVersion is wrapped for a backup of another version of the format.
	ErrVersion = errors.New("the backup is of a version that this program does not know")
)

var (
	order      = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

// Header says what a backup holds.
type Header struct {
	Cluster [16]byte // that it was taken from
	Index   uint64   // of the last entry that it covers
	Term    uint64   // of that entry
	Stamp   uint64   // of that entry: log time in ns

	BodyBytes uint64
	Digest    [32]byte // SHA-256 of the body
}

// FileBytes is how long the backup is.
func (h *Header) FileBytes() int64 { return HeaderBytes + int64(h.BodyBytes) }

// IsOf reports whether a body of that digest is the one that the header promises.
func (h *Header) IsOf(digest [32]byte) bool { return isDigest(digest, h.Digest) }

// Name names what the backup holds, the same whichever node tells it.
func (h *Header) Name() string { return fmt.Sprintf("%d-%x", h.Index, h.Digest) }

// Encode returns the bytes that a backup begins with.
func (h *Header) Encode() []byte {
	b := make([]byte, HeaderBytes)
	copy(b, magic)
	order.PutUint64(b[atVersion:], version)
	copy(b[atCluster:], h.Cluster[:])
	order.PutUint64(b[atIndex:], h.Index)
	order.PutUint64(b[atTerm:], h.Term)
	order.PutUint64(b[atStamp:], h.Stamp)
	order.PutUint64(b[atBytes:], h.BodyBytes)
	copy(b[atDigest:], h.Digest[:])
	order.PutUint32(b[atSum:], crc32.Checksum(b[:atSum], castagnoli))
	return b
}

// ParseHeader reads the first HeaderBytes of a backup. An error wraps ErrDamaged or ErrVersion.
func ParseHeader(b []byte) (h Header, err error) {
	switch {
	case len(b) < len(magic) || string(b[:len(magic)]) != magic:
		return h, fmt.Errorf("%w: it does not begin with %q: is it a backup?", ErrDamaged, magic)
	case len(b) != HeaderBytes:
		return h, fmt.Errorf("%w: it ends after %d bytes, in its header", ErrDamaged, len(b))
	case !isIntact(crc32.Checksum(b[:atSum], castagnoli), order.Uint32(b[atSum:])):
		return h, fmt.Errorf("%w: the checksum of its header is wrong", ErrDamaged)
	case order.Uint64(b[atVersion:]) != version:
		return h, fmt.Errorf("%w: it is of version %d, this program reads %d: use the program that wrote it, or a newer one", ErrVersion, order.Uint64(b[atVersion:]), version)
	}
	copy(h.Cluster[:], b[atCluster:])
	h.Index, h.Term, h.Stamp = order.Uint64(b[atIndex:]), order.Uint64(b[atTerm:]), order.Uint64(b[atStamp:])
	h.BodyBytes = order.Uint64(b[atBytes:])
	copy(h.Digest[:], b[atDigest:])
	switch {
	case h.Index == 0 || h.Term == 0:
		return h, fmt.Errorf("%w: it is of index %d and term %d, both begin with 1", ErrDamaged, h.Index, h.Term)
	case h.BodyBytes < SumBytes || h.BodyBytes > MostBodyBytes:
		return h, fmt.Errorf("%w: its body is %d bytes long, it has %d to %d", ErrDamaged, h.BodyBytes, SumBytes, uint64(MostBodyBytes))
	case strings.Trim(string(b[atZeros:atSum]), "\x00") != "":
		return h, fmt.Errorf("%w: bytes of its header that have no meaning are not 0", ErrDamaged)
	}
	return h, nil
}

// Reader reads the body of a backup: see the package for what may be believed when.
type Reader struct {
	Header
	from   io.Reader
	left   uint64
	digest hash.Hash
	err    error
}

// NewReader reads the header. An error wraps ErrDamaged or ErrVersion, or is of from.
func NewReader(from io.Reader) (*Reader, error) {
	b := make([]byte, HeaderBytes)
	n, err := io.ReadFull(from, b)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	header, err := ParseHeader(b[:n])
	if err != nil {
		return nil, err
	}
	return &Reader{Header: header, from: from, left: header.BodyBytes, digest: sha256.New()}, nil
}

// Read reads on in the body. Every error stays.
func (r *Reader) Read(p []byte) (n int, err error) {
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	if r.left == 0 {
		r.err = r.end()
		return 0, r.err
	}
	n, err = r.from.Read(p[:min(uint64(len(p)), r.left)])
	r.digest.Write(p[:n])
	r.left -= uint64(n)
	switch {
	case errors.Is(err, io.EOF) && r.left > 0:
		r.err = fmt.Errorf("%w: it ends after %d bytes, by its header it has %d", ErrDamaged, HeaderBytes+r.BodyBytes-r.left, r.FileBytes())
	case err != nil && !errors.Is(err, io.EOF):
		r.err = err
	}
	return n, r.err
}

// end is behind the last byte of the body.
func (r *Reader) end() error {
	if sum := [32]byte(r.digest.Sum(nil)); !r.IsOf(sum) {
		return fmt.Errorf("%w: the digest of its body is %x, by its header %x", ErrDamaged, sum, r.Digest)
	}
	switch n, err := io.ReadFull(r.from, make([]byte, 1)); {
	case n > 0:
		return fmt.Errorf("%w: it goes on behind its end, at %d bytes", ErrDamaged, r.FileBytes())
	case !errors.Is(err, io.EOF):
		return err
	}
	return io.EOF
}

// ReadHead reads what stands in front of the records of the state, of the first bytes of a body. It is to be believed as they are.
func ReadHead(body []byte) (dedup.Head, error) {
	if len(body) < SumBytes {
		return dedup.Head{}, fmt.Errorf("%w: its body has %d bytes", ErrDamaged, len(body))
	}
	head, err := dedup.ReadHead(body[SumBytes:])
	switch {
	case errors.Is(err, dedup.ErrUnknownVersion):
		return head, fmt.Errorf("%w: the state in it is of another one: use the program that wrote it, or a newer one", ErrVersion)
	case err != nil:
		return head, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return head, nil
}

// HeadBytes of a body are enough for ReadHead.
const HeadBytes = SumBytes + dedup.HeadBytes
