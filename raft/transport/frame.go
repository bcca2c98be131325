package transport

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// MaxFrameBytes bounds the body of a frame: a message with its payload, a request, a response.
const MaxFrameBytes = 64 << 20

// frameType says what a body is.
type frameType uint8

const (
	framePulse    frameType = 1 // nothing: the sender is there
	frameMessage  frameType = 2 // a protocol.Message and its payload
	frameRequest  frameType = 3 // a call's number and its request
	frameResponse frameType = 4 // a call's number and its response

	frameDigest     frameType = 5 // a Digest
	frameAccusation frameType = 6 // an Accusation
)

// The header of a frame. The length has a check of its own: one flipped bit of it would have the
// reader wait for megabytes that never come before the body's checksum could tell.
const (
	atLength    = 0 // 4 bytes
	atType      = 4
	atCheck     = 5 // 3 bytes: the low bits of the CRC-32C of the 5 before, and the mark of the version
	atBodySum   = 8 // 4 bytes: the CRC-32C of the body
	headerBytes = 12
)

var (
	order      = binary.LittleEndian
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

func checksum(b []byte) uint32 { return crc32.Checksum(b, castagnoli) }

// markOf is what the check of a header has of the version that is spoken: nothing in those that shipped without.
func markOf(version uint8) uint32 { return uint32(max(version, unmarkedVersion) - unmarkedVersion) }

// appendFrame appends a frame, as it is without a mark, whose body is head and then tail.
func appendFrame(b []byte, t frameType, head, tail []byte) []byte {
	return appendFrameOf(unmarkedVersion, b, t, head, tail)
}

// appendFrameOf appends a frame of a version whose body is head and then tail.
func appendFrameOf(version uint8, b []byte, t frameType, head, tail []byte) []byte {
	start := len(b)
	b = append(b, make([]byte, headerBytes)...)
	b = append(append(b, head...), tail...)
	header, body := b[start:start+headerBytes], b[start+headerBytes:]
	order.PutUint32(header[atLength:], uint32(len(body)))
	header[atType] = byte(t)
	putCheck(header, markOf(version))
	order.PutUint32(header[atBodySum:], checksum(body))
	return b
}

// putCheck writes the check of a header's length and type.
func putCheck(header []byte, mark uint32) {
	check := checksum(header[:atCheck]) ^ mark
	header[atCheck], header[atCheck+1], header[atCheck+2] = byte(check), byte(check>>8), byte(check>>16)
}

// parseHeader returns what the header at the start of b announces.
func parseHeader(b []byte, most int, mark uint32) (t frameType, length int, err error) {
	check := checksum(b[:atCheck]) ^ mark
	if b[atCheck] != byte(check) || b[atCheck+1] != byte(check>>8) || b[atCheck+2] != byte(check>>16) {
		return 0, 0, badFrame("the header's check does not fit: % x", b[:headerBytes])
	}
	if n := order.Uint32(b[atLength:]); int64(n) > int64(most) {
		return 0, 0, badFrame("a body of %d bytes, at most %d", n, most)
	}
	return frameType(b[atType]), int(order.Uint32(b[atLength:])), nil
}

const (
	readBytes = 64 << 10 // what a reader and a queue begin with
	keepBytes = 1 << 20  // a larger buffer is given up when less than a quarter of it was used
)

// tooLarge reports whether a buffer of size bytes, of which used were needed last, is to be given up: a
// stream of large frames keeps it, the next pulse after them does not.
func tooLarge(size, used int) bool { return size > keepBytes && used < size/4 }

// frameReader cuts a stream into frames. Its buffer grows with what has arrived, never with what
// a header announces.
type frameReader struct {
	from       io.Reader
	buffer     []byte
	start, end int // what has arrived and was not yet returned
	last       int // bytes of the last frame
	most       int // bytes of a body; 0: MaxFrameBytes
	version    uint8
}

// next returns the next frame; the body is valid until the call after. It returns a *FrameError
// where the stream holds none, and the reader's own error, io.EOF only between frames.
func (r *frameReader) next() (frameType, []byte, error) {
	if err := r.fill(headerBytes); err != nil {
		return 0, nil, err
	}
	t, length, err := parseHeader(r.buffer[r.start:], cmp.Or(r.most, MaxFrameBytes), markOf(r.version))
	if err != nil {
		return 0, nil, err
	}
	if err := r.fill(headerBytes + length); err != nil {
		return 0, nil, err
	}
	frame := r.buffer[r.start : r.start+headerBytes+length]
	if sum := checksum(frame[headerBytes:]); sum != order.Uint32(frame[atBodySum:]) {
		return 0, nil, badFrame("the checksum of a body of %d bytes is %08x, the header says %08x", length, sum, order.Uint32(frame[atBodySum:]))
	}
	r.start, r.last = r.start+len(frame), len(frame)
	return t, frame[headerBytes:], nil
}

// fill reads until n bytes are there.
func (r *frameReader) fill(n int) error {
	for r.end-r.start < n {
		r.makeRoom()
		read, err := r.from.Read(r.buffer[r.end:])
		r.end += read
		if err != nil && r.end-r.start < n {
			if err == io.EOF && r.end > r.start {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// makeRoom leaves at least a byte behind end: an empty buffer begins anew, what was returned is
// overwritten, and a buffer full of one frame doubles.
func (r *frameReader) makeRoom() {
	unread := r.buffer[r.start:r.end]
	switch {
	case len(unread) == 0 && (r.buffer == nil || tooLarge(len(r.buffer), r.last)):
		r.buffer = make([]byte, readBytes)
	case r.end < len(r.buffer) && len(unread) > 0:
		return
	case r.start == 0 && r.end == len(r.buffer):
		r.buffer = make([]byte, 2*len(r.buffer))
	}
	r.start, r.end = 0, copy(r.buffer, unread)
}
