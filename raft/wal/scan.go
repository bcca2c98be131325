package wal

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// image is one segment as it was read.
type image struct {
	segmentHeader
	name  string
	sum   uint32 // where its records' checksums start
	bytes []byte // nil until loaded, and again when the scan is past it
}

// scan walks the chain of records from the first and says how it ends.
type scan struct {
	images []image
	load   func(k int) ([]byte, error)
	visit  func(at place, h header, r *Record, raw []byte)

	tail          // behind the last valid record
	synced uint64 // the highest mark a valid record says was synced
	torn   bool   // a torn record stands at the end
	seed   uint32 // of the identity
}

// newScan returns a scan of the segments, of which there is at least one.
func newScan(segments []*segment, visit func(at place, h header, r *Record, raw []byte)) *scan {
	s := &scan{load: func(k int) ([]byte, error) { return segments[k].content() }, visit: visit}
	for _, seg := range segments {
		s.images = append(s.images, image{segmentHeader: seg.segmentHeader, name: segmentName(seg.seq), sum: seg.sum})
	}
	return s
}

// run walks to the end. A torn tail is no error; damage is.
func (s *scan) run() error {
	if err := s.start(); err != nil {
		return err
	}
	for {
		more, err := s.step()
		if err != nil {
			return err
		}
		if !more {
			return s.reachesBack()
		}
	}
}

// start stands in front of the first record. Where it is not the log's very first it says itself what was before it; it
// was durable before any segment could go.
func (s *scan) start() error {
	id, first := s.images[0].identity, s.firstSegment()
	s.tail, s.seed = startOf(id), id.seed()
	if first == 1 {
		return s.begin()
	}
	img, err := s.image(first)
	if err != nil {
		return err
	}
	h := parseHeader(img.bytes[firstRecord:], img.sum, firstRecord)
	switch {
	case h.invalid && allZero(img.bytes[firstRecord:]):
		return damaged(segmentName(first-1), 0, "the segment is missing, %s is there and is empty", img.name)
	case h.invalid:
		return damaged(img.name, firstRecord, "the log begins here, and its first record is not what was written")
	}
	s.tail = startIn(first, h)
	return nil
}

// reachesBack returns an error if something of the log stood in front of the first segment: what is missing there and not
// below a base is damage.
func (s *scan) reachesBack() error {
	if first := s.firstSegment(); first > 1 && !spared(s.base, s.terms.above) {
		return damaged(segmentName(first-1), 0, "the segment is missing: %s goes on behind index %d, and the log begins behind %d", segmentName(first), s.terms.above, s.base)
	}
	return nil
}

// firstSegment returns the number of the first segment, lastSegment that of the last one.
func (s *scan) firstSegment() uint64 { return s.images[0].seq }
func (s *scan) lastSegment() uint64  { return s.images[len(s.images)-1].seq }

// image returns the segment seq, loaded. seq is one of them.
func (s *scan) image(seq uint64) (*image, error) {
	img := &s.images[seq-s.firstSegment()]
	if img.bytes != nil {
		return img, nil
	}
	b, err := s.load(int(seq - s.firstSegment()))
	img.bytes = b
	return img, err
}

// step takes the record at the end of the chain, if there is one.
func (s *scan) step() (more bool, err error) {
	img, err := s.image(s.end.seq)
	if err != nil {
		return false, err
	}
	at := s.end
	rest := img.bytes[at.off:]
	h := parseHeader(rest, img.sum, at.off)
	if h.invalid {
		return s.noRecord(img, rest)
	}
	if h.length < headerBytes || h.length%alignBytes != 0 || int64(h.length) > int64(len(rest)) {
		return false, damaged(img.name, at.off, "a record of %d bytes where %d are left", h.length, len(rest))
	}
	raw := rest[:h.length:h.length]
	r, ok := parseRecord(h, raw, s.seed)
	if !ok {
		return false, s.badRecord(img, raw)
	}
	if err := s.follows(h, r); err != nil {
		return false, damaged(img.name, at.off, "%v", err)
	}
	s.synced = max(s.synced, h.synced)
	s.pass(r, h.sum, at, int64(h.length))
	s.visit(at, h, r, raw)
	return true, nil
}

// parseRecord reads a record whose header is valid; ok is false if its body is not what was written.
func parseRecord(h header, raw []byte, seed uint32) (r *Record, ok bool) {
	body := raw[headerBytes:]
	if h.mask != 0 {
		body = append([]byte(nil), body...)
		applyMask(body, h.mask, 0)
	}
	r = &Record{
		Mark: h.mark, Term: protocol.Term(h.term), Vote: protocol.NodeID(h.vote), Log: h.flags&flagLog != 0, Commit: protocol.Index(h.commit),
	}
	if r.Log {
		r.Prev = protocol.Index(h.prev)
	}
	return r, r.parseBody(h, body, seed)
}

// follows checks the chain. A whole record that breaks it was not left by a crash.
func (s *scan) follows(h header, r *Record) error {
	if h.before != s.sum {
		return fmt.Errorf("the record is whole, but the one before it is not the one it was written behind")
	}
	if h.synced > s.mark {
		return fmt.Errorf("the record says that mark %d was synced, the last before it is %d", h.synced, s.mark)
	}
	if h.flags&^flagsKnown != 0 {
		return fmt.Errorf("the record has flags %d, which this version does not know", h.flags)
	}
	if !r.Log && protocol.Index(h.prev) != s.last {
		return fmt.Errorf("the record leaves a log alone that ends at index %d, the log ends at %d", h.prev, s.last)
	}
	return s.admit(r)
}

// noRecord is called where no header stands: the chain goes on in the next segment, or ends.
func (s *scan) noRecord(img *image, rest []byte) (more bool, err error) {
	linked, err := s.goesOn()
	switch {
	case err != nil:
		return false, err
	case linked && !allZero(rest):
		return false, damaged(img.name, s.end.off, "the next segment goes on behind the last record, yet this one has more bytes")
	case linked:
		img.bytes = nil
		s.end = place{s.end.seq + 1, firstRecord}
		return true, nil
	}
	empty, err := s.nothingBehind(rest)
	if err != nil || empty {
		return false, err
	}
	return false, s.badRecord(img, rest[:min(headerBytes, len(rest))])
}

// goesOn reports whether the first record of the next segment was written behind the last one.
// A first record that is there and no record is damage: a header in one sector can't be torn.
func (s *scan) goesOn() (bool, error) {
	if s.end.seq == s.lastSegment() {
		return false, nil
	}
	next, err := s.image(s.end.seq + 1)
	if err != nil {
		return false, err
	}
	first := next.bytes[firstRecord:]
	h := parseHeader(first, next.sum, firstRecord)
	if h.invalid && !allZero(first[:headerBytes]) {
		return false, damaged(next.name, firstRecord, "the header of the segment's first record is not what was written")
	}
	return !h.invalid && h.before == s.sum, nil
}

// nothingBehind reports whether all behind the last record is zero.
func (s *scan) nothingBehind(rest []byte) (bool, error) {
	if !allZero(rest) {
		return false, nil
	}
	for seq := s.end.seq + 1; seq <= s.lastSegment(); seq++ {
		img, err := s.image(seq)
		if err != nil || !allZero(img.bytes[firstRecord:]) {
			return false, err
		}
	}
	return true, nil
}

// badRecord decides about the record at the end of the chain, of which part is what is known to
// be its own: all of it if its header is whole, otherwise the header.
func (s *scan) badRecord(img *image, part []byte) error {
	claimed, err := s.claimed()
	if err != nil {
		return err
	}
	unwritten := len(part) == 0 || zeroPart(part, s.end.off)
	if tornTail(claimed, unwritten) {
		s.torn = true
		return nil
	}
	if claimed {
		return damaged(img.name, s.end.off, "a later record says that the one here was synced, and it is not what was written")
	}
	return damaged(img.name, s.end.off, "the record is not what was written, and no sector of it is missing as after a crash")
}

// claimed looks for a valid header behind the chain that says a mark above the last was synced.
func (s *scan) claimed() (bool, error) {
	from := s.end.off + alignBytes
	for seq := s.end.seq; seq <= s.lastSegment(); seq++ {
		img, err := s.image(seq)
		if err != nil {
			return false, err
		}
		for off := from; off+headerBytes <= int64(len(img.bytes)); off += alignBytes {
			h := parseHeader(img.bytes[off:], img.sum, off)
			if !h.invalid && h.synced > s.mark {
				return true, nil
			}
		}
		from = firstRecord
	}
	return false, nil
}
