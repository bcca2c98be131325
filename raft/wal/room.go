package wal

import "fmt"

// Room is what a log can still take. Bytes are of records: see RecordBytes.
type Room struct {
	Sure    int64 // records of so many bytes in all can be appended, in any order and however they are cut
	Made    int64 // bytes in the segments that are made
	Used    int64 // bytes of the log up to its end, what segments have unused behind their last record included
	Covered int64 // bytes of Used in segments that only hold what is below the durable base: Reclaim gives them back
	Free    int64 // bytes that the file system had free when Measure or Preallocate asked last; -1: not known

	// Lacking is why Preallocate could not make the next segment when it was called last, and wraps ErrNoRoom; nil
	// where it could, or where it was not called or has not ended yet.
	Lacking error
}

// Room returns what the log can still take; nothing where it has failed or was closed.
func (l *Log) Room() Room {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return Room{Free: l.free}
	}
	end := l.tail.end
	here := int64(l.segments.at(end.seq).bytes) - end.off
	r := Room{Sure: here, Made: here, Used: end.off, Free: l.free, Lacking: l.lacking}
	for _, s := range l.segments {
		switch n := int64(s.bytes) - firstRecord; {
		case s.seq < end.seq:
			r.Used += int64(s.bytes)
			if s.seq < l.needed {
				r.Covered += int64(s.bytes)
			}
		case s.seq == end.seq+1:
			r.Sure = max(here, n) // a record that does not fit here goes there, and then so do all behind it
			r.Made += n
		case s.seq > end.seq:
			r.Made += n
		}
	}
	return r
}

// RecordBytes is the most that a record of so many entries, with payloads of so many bytes in all, takes; ConfiguredBytes more for each entry
// that says who decides, and BaseBytes more with a base.
func RecordBytes(entries, payloads int) int64 {
	return int64(headerBytes+alignBytes-1) + rowBytes*int64(entries) + int64(payloads)
}

// ConfiguredBytes is what a configuration takes in an entry, beside its payload.
const ConfiguredBytes = configurationBytes

// BaseBytes is what a base takes, under a configuration of which the host says so many bytes.
func BaseBytes(members int) int64 { return baseBytes + aligned(int64(members)) }

// Preallocate makes the segment behind the one that is appended to, if it is missing: Append has no other room.
// To be called in the background, after each sync and again, less and less often, after an error. Appends, reads and
// syncs go on beside it, however long it takes. A segment that only holds what is below the durable base becomes the next
// one: that takes no room. An error wraps ErrNoRoom, and then nothing has changed, or ErrFailed,
// and stays.
func (l *Log) Preallocate() error {
	l.changing.Lock()
	defer l.changing.Unlock()
	h, missing, err := l.nextMissing()
	if err != nil || !missing {
		return err
	}
	l.Measure()
	l.fs.trim(mostRead)
	s, err := l.make(h)
	if survivable(err) {
		l.fs.trim(0) // it may be descriptors that are lacking: the next attempt has ours
	}
	return l.grown(s, err)
}

// Measure asks the file system how much is free, for Room.
func (l *Log) Measure() {
	free := l.askFree()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = free
}

// askFree returns the bytes that are free, -1 if nobody knows.
func (l *Log) askFree() int64 {
	free, err := l.fs.Free()
	if err != nil {
		return -1
	}
	return free
}

// nextMissing returns the header of the segment that is to be made, if one is.
func (l *Log) nextMissing() (h segmentHeader, missing bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return h, false, l.failure()
	}
	seq := l.tail.end.seq + 1
	return l.headerOf(seq), seq >= l.segments.next(), nil
}

// make creates a segment, out of one that is not needed any more where there is one. It does not try where it is known that
// it can't: who tries all the same leaves others no room either.
func (l *Log) make(h segmentHeader) (*segment, error) {
	if s, err := l.recycle(h); s != nil || err != nil {
		return s, err
	}
	if free := l.Room().Free; free >= 0 && free < int64(h.bytes) {
		return nil, fmt.Errorf("create segment %s: %w: it takes %d bytes, the file system has %d free", segmentName(h.seq), ErrNoRoom, h.bytes, free)
	}
	return createSegment(l.fs, h, nil)
}

// grown ends a Preallocate.
func (l *Log) grown(s *segment, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.failed != nil:
		if s != nil {
			s.file.Close()
		}
		return l.failure()
	case survivable(err):
		l.lacking = err
		return err
	case err != nil:
		l.fail(err)
		return l.failure()
	}
	l.segments, l.lacking = append(l.segments, s), nil
	return nil
}
