package dedup

import (
	"encoding/binary"
	"math/bits"
)

// slot is one record in 48 bytes without pointers, so that the garbage
// collector never looks inside. What a chain is followed by, lo and link, are
// 16 bytes that no boundary of a cache line parts.
type slot struct {
	lo     uint64 // the lower half of the key
	link   uint64 // number of the next slot of the chain << 32 | upper 32 of the 48 bits of the expiry, in ms of log time
	hi     uint64
	holder uint64 // the owner; with blockBit the number of a block, which then begins with the owner
	tag    uint64 // token << 8 | bits of state
	since  uint64 // PENDING: end of the lease; otherwise when it became so; in ms << 16 | lower 16 bits of the expiry
}

// The bits of state in slot.tag. A slot is PENDING with neither doneBit nor
// checkpointBit.
const (
	doneBit       = 1 << iota
	checkpointBit // a checkpoint: its offset is the block's value
	straightBit   // DONE by its own claim, without a lease: repeats still answer WON
	blockBit      // holder is the number of a block
	heldBit       // the block may be needed by the snapshot being taken; no part of the state
	tagBits       = 8
)

// never is the expiry of a record that has none, in ms.
const never = 1<<48 - 1

func (s *slot) next() uint32     { return uint32(s.link >> 32) }
func (s *slot) setNext(n uint32) { s.link = uint64(n)<<32 | s.link&(1<<32-1) }
func (s *slot) expires() uint64  { return s.link&(1<<32-1)<<16 | s.since&0xffff }
func (s *slot) setExpires(ms uint64) {
	s.link, s.since = s.link&^(1<<32-1)|ms>>16, s.since&^0xffff|ms&0xffff
}
func (s *slot) moment() uint64      { return s.since >> 16 }
func (s *slot) setMoment(ms uint64) { s.since = ms<<16 | s.since&0xffff }
func (s *slot) token() uint64       { return s.tag >> tagBits }
func (s *slot) has(bit uint64) bool { return s.tag&bit != 0 }

const (
	segmentSlots = 1 << 10
	segmentHeads = 1 << 12
	slotSegments = 64  // of a piece, at most: 3 MiB
	headSegments = 256 // 4 MiB
)

// table holds the records densely, numbered 1 to used, and finds them by linear
// hashing: as many buckets as slots ever were in use, one more bucket split off
// with each slot beyond. So no command pays for moving a large table.
// Claims and checkpoints are apart: the kind is part of what is compared.
type table struct {
	slots   [][]slot
	heads   [][]uint32 // number of the first slot of each bucket's chain; 0: none
	used    uint32
	buckets uint32
	span    uint32 // the least power of two above buckets
	taken   Taken
}

func (t *table) at(n uint32) *slot { return &t.slots[(n-1)/segmentSlots][(n-1)%segmentSlots] }

// lasting returns how many slots in a row, of up to most behind slot n and of one segment, have not expired.
func (t *table) lasting(n uint32, most int, nowMillis uint64) int {
	if n >= t.used {
		return 0
	}
	stretch := t.slots[n/segmentSlots][n%segmentSlots:]
	stretch = stretch[:min(len(stretch), most, int(t.used-n))]
	for i := range stretch {
		if expired(stretch[i].expires(), nowMillis) {
			return i
		}
	}
	return len(stretch)
}

func (t *table) head(bucket uint32) *uint32 {
	return &t.heads[bucket/segmentHeads][bucket%segmentHeads]
}

func (t *table) bucket(lo uint64) uint32 {
	b := uint32(lo) & (t.span - 1)
	if b >= t.buckets {
		b -= t.span / 2
	}
	return b
}

// find returns the number of key's slot, or 0. kindBit is 0 or checkpointBit.
func (t *table) find(key *Key, kindBit uint64) uint32 {
	if t.buckets == 0 {
		return 0
	}
	lo, hi := binary.LittleEndian.Uint64(key[:8]), binary.LittleEndian.Uint64(key[8:])
	n := *t.head(t.bucket(lo))
	for n != 0 {
		s := t.at(n)
		if s.lo == lo && s.hi == hi && s.tag&checkpointBit == kindBit {
			return n
		}
		n = s.next()
	}
	return 0
}

// insert takes a new slot for key, which has none of that kind, and returns its
// number. Of the record only the key is set.
func (t *table) insert(key *Key) uint32 {
	s := t.add(key)
	if t.used > t.buckets {
		t.split()
	}
	t.link(t.used, t.bucket(s.lo))
	return t.used
}

// add takes a new slot for key, which nothing finds yet.
func (t *table) add(key *Key) *slot {
	t.used++
	if t.used > uint32(len(t.slots))*segmentSlots {
		t.slots = grow(t.slots, segmentSlots, slotSegments, t.taken)
	}
	s := t.at(t.used)
	*s = slot{lo: binary.LittleEndian.Uint64(key[:8]), hi: binary.LittleEndian.Uint64(key[8:])}
	return s
}

// indexed is how many slots index loads ahead of their turn.
const indexed = 32

// index makes slots found that add alone has taken, all that there are. It returns the number of one whose key stood before, or 0.
func (t *table) index() (again uint32, mixed uint64) {
	t.buckets = t.used
	t.span = 1 << bits.Len32(t.buckets)
	for uint32(len(t.heads))*segmentHeads < t.buckets {
		t.heads = grow(t.heads, segmentHeads, headSegments, t.taken)
	}
	for from := uint32(1); from <= t.used; from += indexed {
		to := min(from+indexed-1, t.used)
		mixed ^= t.touchHeads(from, to)
		for n := from; n <= to; n++ {
			if s := t.at(n); t.chained(s) {
				return n, mixed
			}
			t.link(n, t.bucket(t.at(n).lo))
		}
	}
	return 0, mixed
}

// touchHeads loads what the chains of some slots begin with; see touch.
func (t *table) touchHeads(from, to uint32) (mixed uint64) {
	var firsts [indexed]uint32
	for n := from; n <= to; n++ {
		firsts[n-from] = *t.head(t.bucket(t.at(n).lo))
	}
	for _, n := range firsts[:to-from+1] {
		if n != 0 {
			mixed ^= t.at(n).lo
		}
	}
	return mixed
}

// chained reports whether the key of s is found, of that kind.
func (t *table) chained(s *slot) bool {
	for n := *t.head(t.bucket(s.lo)); n != 0; {
		other := t.at(n)
		if other.lo == s.lo && other.hi == s.hi && (other.tag^s.tag)&checkpointBit == 0 {
			return true
		}
		n = other.next()
	}
	return false
}

func (t *table) link(n, bucket uint32) {
	head := t.head(bucket)
	t.at(n).setNext(*head)
	*head = n
}

// split adds one bucket and moves into it its share of the bucket it halves.
func (t *table) split() {
	if t.buckets == uint32(len(t.heads))*segmentHeads {
		t.heads = grow(t.heads, segmentHeads, headSegments, t.taken)
	}
	added := t.buckets
	t.buckets++
	if t.buckets == 1 {
		t.span = 2
		return
	}
	old := t.head(added - t.span/2)
	n := *old
	*old = 0
	for n != 0 {
		s := t.at(n)
		after := s.next()
		t.link(n, uint32(s.lo)&(t.span-1))
		n = after
	}
	if t.buckets == t.span {
		t.span *= 2
	}
}

// remove frees slot n. The last slot moves into its place, so that the used
// ones stay dense. Pieces left over are dropped, but for one segment and an eighth more
// than are in use: how many are fluctuates with the rounds of the sweep.
func (t *table) remove(n uint32) {
	s := t.at(n)
	t.relink(s, n, s.next())
	if last := t.at(t.used); t.used != n {
		t.relink(last, t.used, n)
		*s = *last
	}
	t.used--
	if kept := whole(int(t.used/segmentSlots*9/8)+2, slotSegments); len(t.slots) > kept {
		clear(t.slots[kept:])
		t.slots = t.slots[:kept]
	}
}

// relink makes what points at s, numbered n, point at to.
func (t *table) relink(s *slot, n, to uint32) {
	head := t.head(t.bucket(s.lo))
	if *head == n {
		*head = to
		return
	}
	before := t.at(*head)
	for before.next() != n {
		before = t.at(before.next())
	}
	before.setNext(to)
}
