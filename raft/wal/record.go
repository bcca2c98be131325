package wal

import "github.com/eventstreamcore/semel/raft/protocol"

// Entry is one entry of the log with its bytes.
type Entry struct {
	Term    protocol.Term
	Value   protocol.Value
	Payload []byte
}

// Record is one atomic write: after a crash all of it is there or nothing.
type Record struct {
	Mark uint64 // numbers the record; higher than that of every record before
	Term protocol.Term
	Vote protocol.NodeID

	// Log says that the record changes the log: entries up to Prev are kept, those above are
	// gone, Entries follow. Without it Prev is 0 and Entries is empty.
	Log     bool
	Prev    protocol.Index
	Entries []Entry

	// Commit is what was known to be committed when the record was appended: at least that of
	// the record before, and at most the last index behind this one.
	Commit protocol.Index
}

// header is the fixed part of a record. Its first and its last word are never 0.
type header struct {
	length  uint32 // of the record, with header and padding
	mark    uint64
	synced  uint64 // the highest mark that was durable when this record was written
	term    uint64
	prev    uint64
	commit  uint64
	mask    uint32 // laid over the body, 4 bytes at a time; see maskFor
	count   uint32 // entries
	before  uint32 // sum of the record before
	rows    uint32 // checksum of the table of entries
	vote    uint8
	flags   uint8
	sum     uint32 // of this header, at its place
	invalid bool   // the bytes are no header
}

const (
	recordMagic = 0x44524F43 // "CORD"
	recordEnd   = 0x5EED
	flagLog     = 1 // the record changes the log
)

// Offsets in a record's header.
const (
	atLength = 4
	atMark   = 8
	atSynced = 16
	atTerm   = 24
	atPrev   = 32
	atCommit = 40
	atMask   = 48
	atCount  = 52
	atBefore = 56
	atRows   = 60
	atVote   = 64
	atFlags  = 65
	atEnd    = 66
	atHead   = 68
)

// flagsOf returns what the header says of the record.
func flagsOf(r *Record) uint8 {
	if r.Log {
		return flagLog
	}
	return 0
}

// recordBytes is what a record takes on disk.
func recordBytes(r *Record) int64 {
	n := int64(headerBytes + rowBytes*len(r.Entries))
	for i := range r.Entries {
		n += int64(len(r.Entries[i].Payload))
	}
	return (n + alignBytes - 1) &^ (alignBytes - 1)
}

// put writes the header at its place off of a segment with the given seed and returns its sum.
// The place is in the sum: a record that turns up elsewhere is not valid.
func (h *header) put(b []byte, seed uint32, off int64) uint32 {
	order.PutUint32(b, recordMagic)
	order.PutUint32(b[atLength:], h.length)
	order.PutUint64(b[atMark:], h.mark)
	order.PutUint64(b[atSynced:], h.synced)
	order.PutUint64(b[atTerm:], h.term)
	order.PutUint64(b[atPrev:], h.prev)
	order.PutUint64(b[atCommit:], h.commit)
	order.PutUint32(b[atMask:], h.mask)
	order.PutUint32(b[atCount:], h.count)
	order.PutUint32(b[atBefore:], h.before)
	order.PutUint32(b[atRows:], h.rows)
	b[atVote], b[atFlags] = h.vote, h.flags
	order.PutUint16(b[atEnd:], recordEnd)
	sum := checksum(seed^uint32(off), b[:atHead])
	order.PutUint32(b[atHead:], sum)
	return sum
}

// parseHeader reads a header back; invalid is set if the bytes at off are none.
func parseHeader(b []byte, seed uint32, off int64) header {
	if len(b) < headerBytes || order.Uint32(b) != recordMagic ||
		order.Uint32(b[atHead:]) != checksum(seed^uint32(off), b[:atHead]) {
		return header{invalid: true}
	}
	return header{
		length: order.Uint32(b[atLength:]),
		mark:   order.Uint64(b[atMark:]),
		synced: order.Uint64(b[atSynced:]),
		term:   order.Uint64(b[atTerm:]),
		prev:   order.Uint64(b[atPrev:]),
		commit: order.Uint64(b[atCommit:]),
		mask:   order.Uint32(b[atMask:]),
		count:  order.Uint32(b[atCount:]),
		before: order.Uint32(b[atBefore:]),
		rows:   order.Uint32(b[atRows:]),
		vote:   b[atVote],
		flags:  b[atFlags],
		sum:    order.Uint32(b[atHead:]),
	}
}

// row is an entry's line in the table of its record.
type row struct {
	term  uint64
	end   uint32 // of its payload, counted from the end of the table
	value uint8
	sum   uint32
}

func parseRow(b []byte) row {
	return row{order.Uint64(b), order.Uint32(b[8:]), b[12], order.Uint32(b[13:])}
}

// entrySum covers the entry, its row and its index.
func entrySum(seed uint32, index uint64, row, payload []byte) uint32 {
	return checksum(checksum(seed^uint32(index)^uint32(index>>32), row[:13]), payload)
}

// appendBody writes the table and the payloads behind buf, and zeros up to the record's length.
// seed is the identity's: an entry's sum does not depend on where its record stands.
func appendBody(buf []byte, r *Record, seed uint32, length int64) []byte {
	start := len(buf)
	table := rowBytes * len(r.Entries)
	buf = append(buf, make([]byte, table)...)
	for i := range r.Entries {
		e := &r.Entries[i]
		buf = append(buf, e.Payload...)
		line := buf[start+i*rowBytes:][:rowBytes]
		order.PutUint64(line, uint64(e.Term))
		order.PutUint32(line[8:], uint32(len(buf)-start-table))
		line[12] = byte(e.Value)
		order.PutUint32(line[13:], entrySum(seed, uint64(r.Prev)+uint64(i)+1, line, e.Payload))
	}
	return append(buf, make([]byte, start+int(length)-headerBytes-len(buf))...)
}

// parseBody reads the entries of a record whose header is valid from its body, the mask taken
// off. Payloads point into body. ok is false if any byte is not what was written.
func parseBody(h header, body []byte, seed uint32) (entries []Entry, ok bool) {
	table := uint64(h.count) * rowBytes
	if table > uint64(len(body)) || checksum(seed, body[:table]) != h.rows {
		return nil, false
	}
	rest, from := body[table:], uint32(0)
	for k := range uint64(h.count) {
		line := body[k*rowBytes:][:rowBytes]
		r := parseRow(line)
		if r.end < from || uint64(r.end) > uint64(len(rest)) ||
			entrySum(seed, h.prev+k+1, line, rest[from:r.end]) != r.sum {
			return nil, false
		}
		entries = append(entries, Entry{protocol.Term(r.term), protocol.Value(r.value), rest[from:r.end:r.end]})
		from = r.end
	}
	return entries, allZero(rest[from:]) && len(rest[from:]) < alignBytes
}
