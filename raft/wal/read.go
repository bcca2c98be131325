package wal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Read returns entry i with its bytes, checked against their checksum. into is scratch: the payload
// stands in it if it has room, so it must not be used again before the payload is done with.
//
// Errors wrap ErrNoEntry, ErrCompacted, ErrFailed, ErrDamaged (a *DamageError), or come from the file system. After
// the last two the replica has to stop: an entry that can't be read is not an entry that is not there.
func (l *Log) Read(i protocol.Index, into []byte) (Entry, error) {
	for {
		at, first, err := l.locate(i)
		if err != nil {
			return Entry{}, fmt.Errorf("read entry %d: %w", i, err)
		}
		e, err := l.readEntry(i, first, at, into)
		switch {
		case err == nil:
			return e, nil
		case !l.moved(i, at):
			return Entry{}, fmt.Errorf("read entry %d: %w", i, err)
		}
	}
}

// moved reports whether entry i stands elsewhere by now than it did, or nowhere. Then its segment may be gone, or be another
// one, and whatever was found there means nothing.
func (l *Log) moved(i protocol.Index, was place) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.failed != nil:
		return false
	case i <= l.tail.base || i > l.tail.last:
		return elsewhere(was, place{})
	}
	return elsewhere(was, l.index.find(i).place())
}

func (t *tail) compacted() error {
	return fmt.Errorf("%w: the log begins behind %d and ends at %d", ErrCompacted, t.base, t.last)
}

// locate returns the place of the record that holds entry i and the index of its first entry.
func (l *Log) locate(i protocol.Index) (place, protocol.Index, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.failed != nil:
		return place{}, 0, l.failure()
	case i < 1 || i > l.tail.last:
		return place{}, 0, fmt.Errorf("%w: the log holds %d to %d", ErrNoEntry, l.tail.base+1, l.tail.last)
	case i <= l.tail.base:
		return place{}, 0, l.tail.compacted()
	}
	x := l.index.find(i)
	return x.place(), x.first, nil
}

// readEntry reads the record's header, the entry's row with the one before, and the payload.
func (l *Log) readEntry(i, first protocol.Index, at place, into []byte) (Entry, error) {
	b, err := l.readAt(at, headerBytes, into)
	if err != nil {
		return Entry{}, err
	}
	h := parseHeader(b, l.sumOf(at.seq), at.off)
	k := int64(i - first)
	if h.invalid || protocol.Index(h.prev)+1 != first || k >= int64(h.count) {
		return Entry{}, damaged(segmentName(at.seq), at.off, "the record of entry %d is not what was written", i)
	}
	from, line, err := l.readRow(h, k, at, into)
	if err != nil {
		return Entry{}, err
	}
	r := parseRow(line[:])
	body := rowBytes*int64(h.count) + int64(from)
	if r.end < from || headerBytes+rowBytes*int64(h.count)+int64(r.end) > int64(h.length) {
		return Entry{}, damaged(segmentName(at.seq), at.off, "the row of entry %d is not what was written", i)
	}
	payload, err := l.readAt(place{at.seq, at.off + headerBytes + body}, int(r.end-from), into)
	if err != nil {
		return Entry{}, err
	}
	applyMask(payload, h.mask, int(body))
	if !intact(entrySum(l.seed, uint64(i), line[:], payload), r.sum) {
		return Entry{}, damaged(segmentName(at.seq), at.off+headerBytes+body, "the checksum of entry %d is wrong", i)
	}
	return entryOf(r, payload), nil
}

// readRow returns row k of a record's table and where the payload of its entry begins.
func (l *Log) readRow(h header, k int64, at place, into []byte) (from uint32, line [rowBytes]byte, err error) {
	off, n := rowBytes*k, rowBytes
	if k > 0 {
		off, n = off-rowBytes, n+rowBytes
	}
	b, err := l.readAt(place{at.seq, at.off + headerBytes + off}, n, into)
	if err != nil {
		return 0, line, err
	}
	applyMask(b, h.mask, int(off))
	if k > 0 {
		from, b = parseRow(b).end, b[rowBytes:]
	}
	copy(line[:], b)
	return from, line, nil
}

func (l *Log) sumOf(seq uint64) uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.segments.at(seq); s != nil {
		return s.sum
	}
	return l.headerOf(seq).seed()
}

// readAt returns n bytes from the place, out of a batch that is not durable yet or out of the file.
func (l *Log) readAt(at place, n int, into []byte) ([]byte, error) {
	into = slices.Grow(into[:0], n)[:n]
	if n == 0 {
		return into, nil
	}
	l.mu.Lock()
	if l.failed != nil {
		defer l.mu.Unlock()
		return nil, l.failure()
	}
	if l.queue.copyAt(into, at) || l.flight.copyAt(into, at) {
		l.mu.Unlock()
		return into, nil
	}
	segment := l.segments.at(at.seq)
	l.mu.Unlock()
	if segment == nil {
		return nil, fmt.Errorf("%s: %w", segmentName(at.seq), os.ErrNotExist)
	}
	if got, err := segment.file.ReadAt(into, at.off); got < n {
		if errors.Is(err, io.EOF) {
			return nil, damaged(segmentName(at.seq), at.off, "the file ends at offset %d", at.off+int64(got))
		}
		return nil, fmt.Errorf("%s at offset %d: %w", segmentName(at.seq), at.off, err)
	}
	return into, nil
}
