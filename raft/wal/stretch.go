package wal

import (
	"errors"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// pieceBytes is what ReadStretch reads of a file at once.
const pieceBytes = 1 << 20

// run is a stretch of entries that one record holds.
type run struct {
	place
	first, last protocol.Index // of the record, and the last that no later record replaced
	sum         uint32         // where the checksums of the segment's records start
	durable     place          // behind what is in the files for good
}

// piece is a part of a segment in memory.
type piece struct {
	place
	bytes []byte
}

// ReadStretch returns the entries from first on, up to last or the end of the log, until their payloads have that
// many bytes; at least one. It is Read for who reads on: large reads of the files, one for many records. The
// payloads are the caller's own and share memory. Errors are those of Read; ErrNoEntry and ErrCompacted only of the first entry.
func (l *Log) ReadStretch(first, last protocol.Index, bytes int) (entries []Entry, err error) {
	var c piece
	for k := first; k <= last && (bytes > 0 || k == first); k = first + protocol.Index(len(entries)) {
		more, at, err := l.readRun(&c, k, last, bytes)
		switch {
		case err != nil && at != place{} && l.moved(k, at):
			c = piece{}
		case k > first && (errors.Is(err, ErrNoEntry) || errors.Is(err, ErrCompacted)):
			return entries, nil
		case err != nil:
			return nil, err
		}
		for _, e := range more {
			entries, bytes = append(entries, e), bytes-len(e.Payload)
		}
	}
	return entries, nil
}

// readRun returns entries of one record, from first on, until they have that many bytes; at least one. With an error there are
// none, and at is where the record stood, if there was one.
func (l *Log) readRun(c *piece, first, last protocol.Index, bytes int) (entries []Entry, at place, err error) {
	r, err := l.locateRun(first)
	if err != nil {
		return nil, place{}, err
	}
	raw, h, err := l.record(c, &r)
	if err != nil {
		return nil, r.place, err
	}
	for k := first; k <= min(last, r.last) && (bytes > 0 || k == first); k++ {
		e, err := l.entryIn(&r, &h, raw[headerBytes:], k)
		if err != nil {
			return nil, r.place, err
		}
		entries, bytes = append(entries, e), bytes-len(e.Payload)
	}
	return entries, r.place, nil
}

// locateRun returns the record that holds entry i.
func (l *Log) locateRun(i protocol.Index) (r run, err error) {
	at, first, err := l.locate(i)
	if err != nil {
		return r, err
	}
	r = run{place: at, first: first, sum: l.sumOf(at.seq)}
	l.mu.Lock()
	defer l.mu.Unlock()
	r.last, r.durable = l.index.lastOf(i, l.tail.last), l.tail.end
	for _, b := range []*batch{&l.queue, &l.flight} {
		if !b.empty() {
			r.durable = b.spans[0].place
		}
	}
	return r, nil
}

// record returns a record's bytes, without the mask, out of the piece where it is there.
func (l *Log) record(c *piece, r *run) (raw []byte, h header, err error) {
	rest := c.from(r.place)
	if len(rest) < headerBytes {
		if rest, err = l.load(c, r, pieceBytes); err != nil {
			return nil, h, err
		}
	}
	h = parseHeader(rest, r.sum, r.off)
	if h.invalid || protocol.Index(h.prev)+1 != r.first || h.length < headerBytes || uint64(h.count)*rowBytes > uint64(h.length-headerBytes) {
		return nil, h, damaged(segmentName(r.seq), r.off, "the record of entry %d is not what was written", r.first)
	}
	if n := int(h.length); len(rest) < n {
		if rest, err = l.load(c, r, max(n, pieceBytes)); err != nil {
			return nil, h, err
		}
		if len(rest) < n {
			return nil, h, damaged(segmentName(r.seq), r.off, "the record of entry %d is not what was written", r.first)
		}
	}
	raw = rest[:h.length:h.length]
	applyMask(raw[headerBytes:], h.mask, 0)
	return raw, h, nil
}

// load reads a piece that begins with the record: out of its file as far as that is durable, else the record alone.
func (l *Log) load(c *piece, r *run, most int) ([]byte, error) {
	c.place = r.place
	if r.seq > r.durable.seq || r.seq == r.durable.seq && r.off >= r.durable.off {
		head, err := l.readAt(r.place, headerBytes, nil)
		if err != nil {
			return nil, err
		}
		c.bytes, err = l.readAt(r.place, max(headerBytes, int(parseHeader(head, r.sum, r.off).length)), nil)
		return c.bytes, err
	}
	end := l.endOf(r.seq)
	if r.seq == r.durable.seq {
		end = min(end, r.durable.off)
	}
	var err error
	c.bytes, err = l.readAt(r.place, int(min(int64(most), end-r.off)), make([]byte, 0, min(int64(most), end-r.off)))
	return c.bytes, err
}

// endOf returns the size of a segment.
func (l *Log) endOf(seq uint64) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(l.headerOf(seq).bytes)
}

// from returns what the piece has from the place on.
func (c *piece) from(at place) []byte {
	if at.seq != c.seq || at.off < c.off || at.off > c.off+int64(len(c.bytes)) {
		return nil
	}
	return c.bytes[at.off-c.off:]
}

// entryIn returns entry i of a record, checked against its checksum.
func (l *Log) entryIn(r *run, h *header, body []byte, i protocol.Index) (Entry, error) {
	k := uint64(i - r.first)
	if k >= uint64(h.count) {
		return Entry{}, damaged(segmentName(r.seq), r.off, "the record of entry %d is not what was written", i)
	}
	table, from := rowBytes*uint64(h.count), uint32(0)
	if k > 0 {
		from = parseRow(body[rowBytes*(k-1):]).end
	}
	line := body[rowBytes*k:][:rowBytes]
	row := parseRow(line)
	if row.end < from || table+uint64(row.end) > uint64(len(body)) {
		return Entry{}, damaged(segmentName(r.seq), r.off, "the row of entry %d is not what was written", i)
	}
	payload := body[table+uint64(from) : table+uint64(row.end) : table+uint64(row.end)]
	if !intact(entrySum(l.seed, uint64(i), line, payload), row.sum) {
		return Entry{}, damaged(segmentName(r.seq), r.off+headerBytes+int64(table)+int64(from), "the checksum of entry %d is wrong", i)
	}
	return entryOf(row, payload), nil
}
