package wal

import "github.com/eventstreamcore/semel/raft/protocol"

// Entry is one entry of the log with its bytes.
type Entry struct {
	Term    protocol.Term
	Value   protocol.Value
	Payload []byte

	Configuration protocol.Configuration // of a protocol.Configured one, of which Payload says who the members are
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

	// Base, where it is not 0, lets the log begin behind it: once the log is as Log, Prev and Entries say, the entries at
	// and below Base are gone from it, those above stay. BaseTerm is the term of the entry at Base. A base only
	// rises, and is committed. With Prev = Base it need not be in the log before: a snapshot takes its place.
	Base     protocol.Index
	BaseTerm protocol.Term

	// Under is what is in force at Base. Nil means what the log says; with Prev = Base, where a snapshot takes the place of what the log has, it is
	// the snapshot's.
	Under *Membership
}

// replaces reports whether nothing of the log before is left behind the record.
func (r *Record) replaces() bool { return r.Base != 0 && r.Log && r.Prev == r.Base }

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
	flagBase    = 2 // the log begins behind a base that is higher than before
	flagsKnown  = flagLog | flagBase
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
func flagsOf(r *Record) (flags uint8) {
	if r.Log {
		flags |= flagLog
	}
	if r.Under != nil {
		flags |= flagBase
	}
	return flags
}

// recordBytes is what a record takes on disk. Of a base it has what is in force there: see resolved.
func recordBytes(r *Record) int64 {
	n := int64(headerBytes + rowBytes*len(r.Entries))
	for i := range r.Entries {
		n += int64(r.Entries[i].storedBytes())
	}
	n = aligned(n)
	if r.Under != nil {
		n += BaseBytes(len(r.Under.Members))
	}
	return n
}

func aligned(n int64) int64 { return (n + alignBytes - 1) &^ (alignBytes - 1) }

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

// append writes a record behind the chunk, of which the header has said what is not in the record, and returns its sum. It will stand at
// off of a segment with the seed ahead.
func (h *header) append(chunk *[]byte, r *Record, seed, ahead uint32, off int64) uint32 {
	start := len(*chunk)
	var space [headerBytes]byte
	*chunk = append(*chunk, space[:]...)
	*chunk = appendBody(*chunk, r, seed)
	raw := (*chunk)[start:]
	body := raw[headerBytes:]
	h.length, h.count = uint32(len(raw)), uint32(len(r.Entries))
	h.term, h.vote, h.commit, h.flags = uint64(r.Term), uint8(r.Vote), uint64(r.Commit), flagsOf(r)
	if r.Log {
		h.prev = uint64(r.Prev)
	}
	h.rows = tableSum(seed, h.flags, len(r.Entries), body)
	h.mask = maskFor(body, off+headerBytes)
	applyMask(body, h.mask, 0)
	return h.put(raw, ahead, off)
}

// appendBody writes the table and the payloads behind buf, zeros up to a multiple of 8, and the base.
// seed is the identity's: an entry's sum does not depend on where its record stands.
func appendBody(buf []byte, r *Record, seed uint32) []byte {
	start := len(buf)
	table := rowBytes * len(r.Entries)
	buf = append(buf, make([]byte, table)...)
	for i := range r.Entries {
		e, from := &r.Entries[i], len(buf)
		if e.Value == protocol.Configured {
			buf = protocol.AppendStoredConfiguration(buf, e.Configuration)
		}
		buf = append(buf, e.Payload...)
		line := buf[start+i*rowBytes:][:rowBytes]
		order.PutUint64(line, uint64(e.Term))
		order.PutUint32(line[8:], uint32(len(buf)-start-table))
		line[12] = byte(e.Value)
		order.PutUint32(line[13:], entrySum(seed, uint64(r.Prev)+uint64(i)+1, line, buf[from:]))
	}
	var padding [alignBytes]byte
	buf = append(buf, padding[:int(aligned(int64(len(buf)-start+headerBytes)))-headerBytes-(len(buf)-start)]...)
	if r.Under != nil {
		buf = appendBase(buf, r)
	}
	return buf
}

// appendBase writes a base: what the host says of members, zeros to a multiple of 8, the configuration, how long the first is, and
// where the base is.
func appendBase(buf []byte, r *Record) []byte {
	under := writtenUnder(r.Under)
	buf = append(buf, under.Members...)
	var padding [alignBytes]byte
	buf = append(buf, padding[:aligned(int64(len(under.Members)))-int64(len(under.Members))]...)
	buf = protocol.AppendStoredConfiguration(buf, under.Configuration)
	buf = order.AppendUint64(buf, uint64(len(under.Members)))
	buf = order.AppendUint64(buf, uint64(r.Base))
	return order.AppendUint64(buf, uint64(r.BaseTerm))
}

// splitBase returns a body without the base at its end, and the base; ok is false if there is no room for one.
func splitBase(flags uint8, body []byte) (rest, base []byte, ok bool) {
	if flags&flagBase == 0 {
		return body, nil, true
	}
	n := len(body) - baseBytes
	if n < 0 {
		return nil, nil, false
	}
	members := order.Uint64(body[n+configurationBytes:])
	if members > uint64(n) || aligned(int64(members)) > int64(n) {
		return nil, nil, false
	}
	n -= int(aligned(int64(members)))
	return body[:n], body[n:], true
}

// parseBase reads a base, the bytes that splitBase returned. It returns false if it has bytes that say nothing.
func (r *Record) parseBase(b []byte) bool {
	members, fixed := b[:len(b)-baseBytes], b[len(b)-baseBytes:]
	n := order.Uint64(fixed[configurationBytes:])
	r.Under = &Membership{Configuration: protocol.ParseStoredConfiguration(fixed), Members: members[:n:n]}
	r.Base = protocol.Index(order.Uint64(fixed[configurationBytes+8:]))
	r.BaseTerm = protocol.Term(order.Uint64(fixed[configurationBytes+16:]))
	return allZero(members[n:])
}

// tableSum covers the rows of so many entries and the base.
func tableSum(seed uint32, flags uint8, count int, body []byte) uint32 {
	_, base, _ := splitBase(flags, body)
	return checksum(checksum(seed, body[:rowBytes*count]), base)
}

// parseBody reads the entries and the base of a record whose header is valid from its body, the mask taken
// off, into the record. Payloads point into body. It returns false if any byte is not what was written.
func (r *Record) parseBody(h header, body []byte, seed uint32) bool {
	rest, base, ok := splitBase(h.flags, body)
	table := uint64(h.count) * rowBytes
	if !ok || table > uint64(len(rest)) || tableSum(seed, h.flags, int(h.count), body) != h.rows {
		return false
	}
	if base != nil && !r.parseBase(base) {
		return false
	}
	rest, from := rest[table:], uint32(0)
	for k := range uint64(h.count) {
		line := body[k*rowBytes:][:rowBytes]
		row := parseRow(line)
		if row.end < from || uint64(row.end) > uint64(len(rest)) ||
			entrySum(seed, h.prev+k+1, line, rest[from:row.end]) != row.sum {
			return false
		}
		r.Entries = append(r.Entries, entryOf(row, rest[from:row.end:row.end]))
		from = row.end
	}
	return allZero(rest[from:]) && len(rest[from:]) < alignBytes
}
