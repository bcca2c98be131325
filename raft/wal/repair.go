package wal

import (
	"errors"
	"fmt"
	"os"
)

// repair makes durable what was read, in an order that a crash at any point can be recovered from:
// segments behind the end become empty ones, what may not be durable is written again with the same bytes, all
// behind the end is zeroed, and all of it is synced. What a base covers goes when that is durable. Nothing here is retried.
func (r *recovery) repair(cfg Config, p *peers) error {
	id := p.identity
	r.Incarnation, r.Torn = id.incarnation, r.torn
	if len(r.segments) == 0 {
		r.beginNew(cfg, id)
	}
	r.Mark = r.scan.mark
	if err := removeTemp(r.fs); err != nil {
		return err
	}
	if err := r.renew(cfg, id); err != nil {
		return err
	}
	if err := r.makeDurable(r.scan.end); err != nil {
		return err
	}
	if err := p.begin(r.fs, cfg.StartID); err != nil {
		return err
	}
	for _, name := range r.stale {
		if err := removeFile(r.fs, name); err != nil {
			return err
		}
	}
	return r.fs.SyncDir()
}

// removeTemp frees what a segment that was being made took: it may be all the room there is.
func removeTemp(fs FS) error { return removeFile(fs, segmentTemp) }

// removeFile removes a file that may be gone already.
func removeFile(fs FS, name string) error {
	err := fs.Remove(name)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// renew makes again every segment without a valid record but that which it was made with: without one nothing proves that its name
// is durable, it may hold what a crash left of writes that were never synced, and it may be of a size
// that was set earlier. Where there is no room for that the log ends before it, and Preallocate makes it later. None of
// them is ever removed: a removal that is seen and not durable would come back later as a gap that nothing covers.
func (r *recovery) renew(cfg Config, id identity) error {
	empty := 0
	if r.isUsed() {
		empty = int(r.ends.seq - r.segments[0].seq + 1)
	}
	if empty == len(r.segments)-1 && empty > 0 && r.segments[empty].bytes == uint64(cfg.SegmentBytes) {
		return r.renewLast()
	}
	for k := empty; k == 0 || k < len(r.segments); k++ {
		seq := r.segments.next()
		if k < len(r.segments) {
			seq = r.segments[k].seq
		}
		h, first := segmentHeader{identity: id, seq: seq, bytes: uint64(cfg.SegmentBytes)}, []byte(nil)
		if k == 0 {
			first = r.first
		}
		err := r.replace(h, first)
		if survivable(err) && k > 0 {
			return r.endBefore(k)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// renewLast empties the only segment without a record where it stands, and makes its name durable by taking it away
// and giving it back: that needs no room. A crash in between leaves the segment or nothing; there is none behind it.
func (r *recovery) renewLast() error {
	last := r.segments[len(r.segments)-1]
	if err := last.clear(); err != nil {
		return err
	}
	name := segmentName(last.seq)
	if err := r.fs.Rename(name, segmentTemp); err != nil {
		return fmt.Errorf("rename %s: %w", name, err)
	}
	if err := r.fs.Rename(segmentTemp, name); err != nil {
		return fmt.Errorf("rename %s back: %w", name, err)
	}
	return nil
}

// endBefore leaves out the segments from k on, emptied.
func (r *recovery) endBefore(k int) error {
	for _, s := range r.segments[k:] {
		if err := s.clear(); err != nil {
			return err
		}
	}
	r.segments[k:].close()
	r.segments = r.segments[:k]
	if r.scan.end.seq >= r.segments.next() {
		r.scan.end = r.ends
	}
	return nil
}

// clear zeroes a segment but for its header, durably.
func (s *segment) clear() error {
	err := writeZeros(s.file, firstRecord, int64(s.bytes))
	if err == nil {
		err = syncOnce(s.file)
	}
	if err != nil {
		return fmt.Errorf("zero %s: %w", segmentName(s.seq), err)
	}
	return nil
}

// replace makes an empty segment in the place of the one of that number, if there is one.
func (r *recovery) replace(h segmentHeader, first []byte) error {
	if int64(len(first)) > int64(h.bytes)-firstRecord {
		return fmt.Errorf("create segment %s: %w: the first record has %d bytes, at most %d fit", segmentName(h.seq), ErrTooLarge, len(first), h.bytes-firstRecord)
	}
	s, err := createSegment(r.fs, h, first)
	switch {
	case err != nil:
		return err
	case h.seq >= r.segments.next():
		r.segments = append(r.segments, s)
		return nil
	}
	k := h.seq - r.segments[0].seq
	err = r.segments[k].file.Close()
	r.segments[k] = s
	return err
}

// makeDurable writes the unsure records again, zeroes all behind the end, and syncs. The zeros are
// written even where zeros were read: those of an earlier recovery whose sync failed are in the page
// cache only, and behind them the disk still has what they were to cover.
func (r *recovery) makeDurable(end place) error {
	from := end.seq
	for _, u := range r.unsure {
		from = min(from, u.at.seq)
		if _, err := r.segments.at(u.at.seq).file.WriteAt(u.raw, u.at.off); err != nil {
			return fmt.Errorf("write again the record at offset %d of %s: %w", u.at.off, segmentName(u.at.seq), err)
		}
	}
	if r.torn || !zerosTrusted() {
		last := r.segments.at(end.seq)
		if err := writeZeros(last.file, end.off, int64(last.bytes)); err != nil {
			return fmt.Errorf("zero %s from offset %d: %w", segmentName(end.seq), end.off, err)
		}
	}
	for seq := from; seq <= end.seq; seq++ {
		if err := syncOnce(r.segments.at(seq).file); err != nil {
			return fmt.Errorf("sync %s: %w", segmentName(seq), err)
		}
	}
	return nil
}
