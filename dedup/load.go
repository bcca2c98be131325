package dedup

import "encoding/binary"

// LoadState decodes what AppendState wrote and checks all of it. The Machine
// goes on exactly as the one that wrote it. The error wraps ErrMalformed or
// ErrUnknownVersion.
func LoadState(state []byte) (*Machine, error) {
	var l Loader
	if _, err := l.Write(state); err != nil {
		return nil, err
	}
	return l.Machine()
}

// Loader makes a Machine of a state that comes in pieces, those of a Snapshot or others: an io.Writer, for
// io.Copy. Nothing that it is given is trusted: memory follows the bytes that came, and ends at the capacity that the
// state's configuration names. Time follows the number of records as long as their keys are digests. The zero Loader is ready. It is
// not safe for concurrent use.
type Loader struct {
	Taken Taken // of the Machine, from its first record; nil: nobody is told

	machine *Machine
	headed  bool   // the head is decoded
	left    uint32 // records that the head says are to come
	rest    []byte // the beginning of a head or record whose end has not come
	err     error
}

const (
	headBytes    = 1 + 1 + 4*8 + len(ClusterID{}) + len(Secret{}) + 8 + 8 + 4 + 4
	slotBytes    = len(Key{}) + 4*8
	lengthsBytes = 1 + 1 + 4 // of fingerprint and value
)

// Write takes the next piece, of any length, and keeps none of p. The error wraps ErrMalformed or
// ErrUnknownVersion, and every later call returns it too.
func (l *Loader) Write(p []byte) (int, error) {
	given := len(p)
	for l.err == nil && len(p) > 0 {
		p = l.take(p)
	}
	if l.err != nil {
		return 0, l.err
	}
	return given, nil
}

// take takes something off the front of p. What is whole is decoded where it stands; what two pieces have parts of is put
// together first.
func (l *Loader) take(p []byte) []byte {
	if len(l.rest) == 0 {
		l.rest = append(l.rest, l.decode(p)...)
		return nil
	}
	missing := min(l.length(l.rest)-len(l.rest), len(p))
	l.rest = append(l.rest, p[:missing]...)
	if len(l.decode(l.rest)) == 0 {
		l.rest = l.rest[:0]
	}
	return p[missing:]
}

// decode decodes what is whole at the front of b and returns what follows.
func (l *Loader) decode(b []byte) []byte {
	for l.err == nil && len(b) > 0 {
		switch {
		case !l.headed && !speaks(Version(b[0])):
			l.err = errVersion(Version(b[0]))
			return nil
		case l.headed && l.left == 0:
			l.err = malformed("bytes after the last record of the state")
			return nil
		}
		n := l.length(b)
		if n > len(b) {
			return b
		}
		l.one(b[:n])
		b = b[n:]
	}
	return nil
}

// length returns how long the head or record is that b begins with, as far as b tells: more than there is if b does not.
func (l *Loader) length(b []byte) int {
	switch {
	case !l.headed:
		return headBytes
	case len(b) < slotBytes || binary.LittleEndian.Uint64(b[len(Key{}):])&blockBit == 0:
		return slotBytes
	case len(b) < slotBytes+lengthsBytes:
		return slotBytes + lengthsBytes
	}
	fingerprint, value := uint32(b[slotBytes]), binary.LittleEndian.Uint32(b[slotBytes+2:])
	if !lengthsHold(fingerprint, value) { // loadRecord refuses it
		return slotBytes + lengthsBytes
	}
	return slotBytes + lengthsBytes + int(fingerprint) + int(value)
}

// one decodes the head or a record.
func (l *Loader) one(b []byte) {
	r := reader{rest: b}
	if l.headed {
		l.machine.loadRecord(&r)
		l.left--
	} else {
		l.machine = New()
		l.machine.Taking(l.Taken)
		l.left = l.machine.loadHead(&r)
		l.headed = true
	}
	l.err = r.err
}

// Machine returns the Machine whose state has come, all of it, and makes the Loader ready for another one. It takes about as long as
// all pieces before it. The error wraps ErrMalformed or ErrUnknownVersion.
func (l *Loader) Machine() (*Machine, error) {
	loaded := *l
	*l = Loader{Taken: l.Taken}
	switch {
	case loaded.err != nil:
		return nil, loaded.err
	case !loaded.headed:
		return nil, malformed("a state that ends after %d bytes, in front of the records", len(loaded.rest))
	case !allCame(loaded.left):
		return nil, malformed("a state that ends with %d records to come", loaded.left)
	}
	m := loaded.machine
	var again uint32
	if again, m.touched = m.table.index(); standsTwice(again) {
		return nil, malformed("a key twice, again in record %d", again)
	}
	return m, nil
}

// loadHead takes off r what stands in front of the records, and returns how many of these there are.
func (m *Machine) loadHead(r *reader) (count uint32) {
	head := r.rest
	m.version = Version(r.uint8())
	m.ready = r.bool()
	m.applied, m.now, m.number, m.digest = r.uint64(), r.uint64(), r.uint64(), r.uint64()
	if r.err != nil {
		return 0
	}
	config, rest, err := parseConfiguration(r.rest)
	if err != nil {
		r.err = err
		return 0
	}
	r.rest = rest
	m.hand, count = r.uint32(), r.uint32()
	if !m.ready && string(head) != string(New().appendHead(nil)) {
		r.fail("a state without a configuration that is not the first")
	}
	if m.ready {
		m.configure(&config)
	}
	if m.hand > count || uint64(count) > m.config.CapacityKeys {
		r.fail("hand at %d of %d records, want at most %d", m.hand, count, m.config.CapacityKeys)
	}
	return count
}

// loadRecord takes one record off r. What Apply can't have made is malformed.
func (m *Machine) loadRecord(r *reader) {
	var key Key
	copy(key[:], r.bytes(len(key)))
	tag, expires, moment := r.uint64(), r.uint64(), r.uint64()
	b := block{owner: Owner(r.uint64())}
	if tag&blockBit != 0 {
		fingerprint, hasValue := r.length(uint64(r.uint8()), 0, MaxFingerprintBytes), r.bool()
		length := r.length(uint64(r.uint32()), 0, MaxValueBytes)
		b.fingerprint = r.bytes(fingerprint)
		if value := r.bytes(length); hasValue {
			b.value = value
		} else if length > 0 {
			r.fail("a value of %d bytes where there is none", length)
		}
	}
	if r.err == nil {
		m.checkRecord(r, tag, expires, moment, &b)
	}
	if r.err == nil {
		m.set(m.table.add(&key), tag&^blockBit, expires, moment, &b)
	}
}

func (m *Machine) checkRecord(r *reader, tag, expires, moment uint64, b *block) {
	const known = doneBit | checkpointBit | straightBit | blockBit
	checkpoint := tag&checkpointBit != 0
	switch {
	case tag&(1<<tagBits-1)&^known != 0:
		r.fail("state %08b, want bits of %08b only", tag&(1<<tagBits-1), known)
	case checkpoint && (tag&(doneBit|straightBit) != 0 || len(b.value) != 8 || len(b.fingerprint) > 0 || expires != never):
		r.fail("a checkpoint that is more or less than an offset")
	case tag&straightBit != 0 && tag&doneBit == 0:
		r.fail("a record won without a lease that is not DONE")
	case tag>>tagBits == 0 || tag>>tagBits > m.number:
		r.fail("token %d, want 1 to %d", tag>>tagBits, m.number)
	case expires > never || moment > never || expires == 0:
		r.fail("times %d and %d ms, want at most %d", expires, moment, uint64(never))
	case (tag&blockBit != 0) != (b.cells() > 0):
		r.fail("a block with nothing in it")
	case !m.fits(1, b.cells()):
		r.fail("more records than fit")
	}
}

func (r *reader) bool() bool {
	b := r.uint8()
	if b > 1 {
		r.fail("a truth value of %d, want 0 or 1", b)
	}
	return b == 1
}
