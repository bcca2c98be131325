package wal

import (
	"errors"
	"fmt"
	"io"
	"slices"
)

// segment is an open file of the log. Its header never changes.
type segment struct {
	segmentHeader
	sum  uint32 // where its records' checksums start
	file *segmentFile
}

var zeros [1 << 20]byte

// createSegment makes a segment that is zeroed and durable before it has its name: a segment
// that can be seen is whole, with the record that it is made with, if there is one. A crash or an error leaves nothing, the
// temporary file, or the segment.
// fallocate would not do: the first write to each block would still change the file's map, which
// makes every sync a journal commit.
func createSegment(fs *files, h segmentHeader, first []byte) (*segment, error) {
	f, err := fs.create(segmentTemp)
	if err != nil {
		return nil, fmt.Errorf("create segment %s: %w", segmentName(h.seq), err)
	}
	return finishSegment(fs, f, h, first)
}

// finishSegment makes a segment of the temporary file.
func finishSegment(fs *files, f *segmentFile, h segmentHeader, first []byte) (*segment, error) {
	name := segmentName(h.seq)
	h.first = uint64(len(first))
	err := fillSegment(f, h, first)
	if err == nil {
		err = fs.rename(f, name)
	}
	if err != nil {
		f.Close()
		_ = fs.Remove(segmentTemp) // gives its room back; the next one begins anew anyway
		return nil, fmt.Errorf("create segment %s: %w", name, err)
	}
	if err := fs.SyncDir(); err != nil {
		f.Close()
		return nil, fmt.Errorf("create segment %s: sync the folder: %w", name, err)
	}
	return &segment{h, h.seed(), f}, nil
}

func fillSegment(f File, h segmentHeader, first []byte) error {
	if _, err := f.WriteAt(append(h.encode(), first...), 0); err != nil {
		return err
	}
	if err := writeZeros(f, firstRecord+int64(len(first)), int64(h.bytes)); err != nil {
		return err
	}
	return syncOnce(f)
}

// writeZeros zeroes the file from off up to end.
func writeZeros(f File, off, end int64) error {
	for off < end {
		n := min(end-off, int64(len(zeros)))
		if _, err := f.WriteAt(zeros[:n], off); err != nil {
			return err
		}
		off += n
	}
	return nil
}

// readSegment returns a segment and checks what can be said without its records.
func readSegment(fs *files, seq uint64) (*segment, error) {
	name := segmentName(seq)
	f := &segmentFile{files: fs, name: name}
	h, err := readSegmentHeader(f, name, seq)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &segment{h, h.seed(), f}, nil
}

func readSegmentHeader(f File, name string, seq uint64) (h segmentHeader, err error) {
	size, err := f.Size()
	if err != nil {
		return h, fmt.Errorf("size of segment %s: %w", name, err)
	}
	first := make([]byte, min(size, sectorBytes))
	if _, err := f.ReadAt(first, 0); err != nil && !errors.Is(err, io.EOF) {
		return h, fmt.Errorf("read header of segment %s: %w", name, err)
	}
	h, err = parseSegmentHeader(name, first)
	switch {
	case err != nil:
		return h, err
	case h.seq != seq:
		return h, damaged(name, atSeq, "the file holds segment %d", h.seq)
	case h.bytes != uint64(size) || size%sectorBytes != 0 || size < MinSegmentBytes || size > MaxSegmentBytes:
		return h, damaged(name, atBytes, "the segment has %d bytes, its header says %d", size, h.bytes)
	case h.first > uint64(size-firstRecord) || h.first > 0 && h.seq > 1:
		return h, damaged(name, atFirst, "segment %d of %d bytes was made with a record of %d", h.seq, size, h.first)
	}
	return h, nil
}

// content reads a whole segment.
func (s *segment) content() ([]byte, error) {
	b := make([]byte, s.bytes)
	if n, err := s.file.ReadAt(b, 0); n < len(b) {
		return nil, fmt.Errorf("read segment %s: %w", segmentName(s.seq), err)
	}
	return b, nil
}

// segments are those of a log, numbered without a gap.
type segments []*segment

// at returns a segment by its number; nil if it is not there.
func (s segments) at(seq uint64) *segment {
	if len(s) == 0 || seq < s[0].seq || seq >= s.next() {
		return nil
	}
	return s[seq-s[0].seq]
}

// next is the number behind the last one.
func (s segments) next() uint64 {
	if len(s) == 0 {
		return 1
	}
	return s[len(s)-1].seq + 1
}

func (s segments) close() {
	for _, seg := range s {
		seg.file.Close()
	}
}

// openSegments opens the segments of a folder: the last ones, which are numbered without a gap. Of those in front of a
// gap it returns the names: they are damage, or stand where a crash undid the removal of some and not of others. What is
// in the last ones tells.
func openSegments(fs *files, names []string) (found segments, stale []string, err error) {
	defer func() {
		if err != nil {
			found.close()
		}
	}()
	names, stale = behindGap(names)
	if len(stale) > 0 && !mayFollowGap() {
		return nil, nil, damaged(names[0], 0, "a segment in front of it is missing")
	}
	for _, name := range names {
		seq, _ := segmentSeq(name)
		s, err := readSegment(fs, seq)
		if err != nil {
			return found, nil, err
		}
		found = append(found, s)
		if s.identity != found[0].identity {
			return found, nil, damaged(name, atIdentity, "the segment is of another log than the first")
		}
	}
	return found, stale, nil
}

// behindGap returns, of the names in a folder, those of the last segments that are numbered without a gap, and of those
// in front of them.
func behindGap(names []string) (last, stale []string) {
	var next uint64
	for _, name := range slices.Sorted(slices.Values(names)) {
		seq, ok := segmentSeq(name)
		if !ok {
			continue
		}
		if seq != next {
			last, stale = nil, append(stale, last...)
		}
		last, next = append(last, name), seq+1
	}
	return last, stale
}
