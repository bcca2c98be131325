package dedup

import "encoding/binary"

// CellBytes is the size of the cells that values and fingerprints are kept in:
// a record with a fingerprint of f and a value of v bytes takes
// (12 + f + v) / 28 cells, rounded up; a record with neither takes none, a
// checkpoint takes one.
const CellBytes = cellData + 4

const (
	cellData     = 28
	blockHeader  = 8 + 4 // owner; length of the fingerprint and, over it, of the value plus one
	segmentCells = 1 << 11
	cellSegments = 64 // of a piece, at most: 4 MiB
)

// cell is one link of a block's chain. Cells all have one size, so nothing is
// lost to fragmentation, and how full the arena is depends on the records alone.
type cell struct {
	data [cellData]byte
	next uint32 // number of the next cell of the block or of the free list; 0: none
}

// arena holds blocks (owner, fingerprint, value) as chains of cells, numbered
// from 1. Cells that expired and overwritten blocks leave are taken first, so it never has more cells than were in use at
// once at the worst: capacity, what one entry stores, what is pinned and what a snapshot holds. A cell takes 32 bytes for each 28 of a
// block.
type arena struct {
	segments [][]cell
	used     uint32 // cells in blocks
	fresh    uint32 // cells ever used
	free     uint32 // the first free one of these
	capacity uint32
	taken    Taken

	dropped []uint32       // blocks that the present entry released: its answers may still point at them
	pins    map[uint32]pin // of blocks that are read outside of Apply
	holding bool           // a snapshot is being taken
	held    blockList      // blocks released since it began that it may need
	idle    blockList      // what an earlier one has held: taken when no cell is free
}

// block is the content of one chain.
type block struct {
	owner       Owner
	fingerprint []byte
	value       []byte // nil: none
}

// cells returns how many cells a block takes; none if there is nothing in it
// that a slot can't hold.
func (b *block) cells() uint32 {
	if len(b.fingerprint) == 0 && b.value == nil {
		return 0
	}
	return uint32(blockHeader+len(b.fingerprint)+len(b.value)+cellData-1) / cellData
}

func (a *arena) at(n uint32) *cell {
	return &a.segments[(n-1)/segmentCells][(n-1)%segmentCells]
}

func (a *arena) take() uint32 {
	a.used++
	if a.free == 0 {
		a.reclaim()
	}
	if n := a.free; n != 0 {
		c := a.at(n)
		a.free, c.next = c.next, 0
		return n
	}
	a.fresh++
	if a.fresh > uint32(len(a.segments))*segmentCells {
		a.segments = grow(a.segments, segmentCells, cellSegments, a.taken)
	}
	return a.fresh
}

// store writes a block and returns its number. The caller has made sure of room.
func (a *arena) store(b *block) uint32 {
	first := a.take()
	at := cursor{arena: a, cell: first}
	var header [blockHeader]byte
	binary.LittleEndian.PutUint64(header[:], uint64(b.owner))
	lengths := uint32(len(b.fingerprint))
	if b.value != nil {
		lengths |= uint32(len(b.value)+1) << 8
	}
	binary.LittleEndian.PutUint32(header[8:], lengths)
	at.put(header[:])
	at.put(b.fingerprint)
	at.put(b.value)
	return first
}

// owner reads the owner of a block alone.
func (a *arena) owner(n uint32) Owner {
	return Owner(binary.LittleEndian.Uint64(a.at(n).data[:]))
}

// lengths returns the length of the fingerprint, that of the value, and whether
// there is a value.
func (a *arena) lengths(n uint32) (fingerprint, value int, hasValue bool) {
	l := binary.LittleEndian.Uint32(a.at(n).data[8:])
	return int(l & 0xff), max(0, int(l>>8)-1), l>>8 > 0
}

// cells returns how many cells block n takes.
func (a *arena) cells(n uint32) uint32 {
	fingerprint, value, _ := a.lengths(n)
	return uint32(blockHeader+fingerprint+value+cellData-1) / cellData
}

// appendFingerprint appends the fingerprint of block n to dst.
func (a *arena) appendFingerprint(dst []byte, n uint32) []byte {
	fingerprint, _, _ := a.lengths(n)
	at := cursor{arena: a, cell: n, offset: blockHeader}
	return at.get(dst, fingerprint)
}

// appendValue appends the value of block n to dst.
func (a *arena) appendValue(dst []byte, n uint32) []byte {
	fingerprint, value, _ := a.lengths(n)
	at := cursor{arena: a, cell: n, offset: blockHeader}
	at.skip(fingerprint)
	return at.get(dst, value)
}

// release takes block n out of use. Its cells stay as they are until reuse.
func (a *arena) release(n uint32) {
	a.used -= a.cells(n)
	a.dropped = append(a.dropped, n)
}

// reuse puts the cells of what was released on the free list, but for what is pinned or held.
func (a *arena) reuse() {
	for _, n := range a.dropped {
		a.retire(n)
	}
	a.dropped = a.dropped[:0]
	if !a.holding {
		a.letGo()
	}
	if a.used == 0 && len(a.pins) == 0 && len(a.segments) > 1 && mayGiveBack(a.holding) {
		a.giveBack()
	}
}

// retire puts the cells of block n on the free list, or has Unpin do so.
func (a *arena) retire(n uint32) {
	if p, pinned := a.pins[n]; pinned {
		p.released = true
		a.pins[n] = p
		return
	}
	a.recycle(n)
}

// giveBack frees the memory of an arena that holds nothing, but for one segment. Numbers of cells are no part of the
// state: replicas may differ in them.
func (a *arena) giveBack() {
	clear(a.segments[1:])
	a.segments, a.fresh, a.free = a.segments[:1], 0, 0
	a.idle = blockList{}
	clear(a.segments[0])
}

// recycle puts the cells of block n on the free list.
func (a *arena) recycle(n uint32) {
	last := a.at(n)
	for last.next != 0 {
		last = a.at(last.next)
	}
	last.next = a.free
	a.free = n
}

// cursor is a place in a block.
type cursor struct {
	arena  *arena
	cell   uint32
	offset int
}

func (c *cursor) put(p []byte) {
	for len(p) > 0 {
		if c.offset == cellData {
			added := c.arena.take()
			c.arena.at(c.cell).next = added
			c.cell, c.offset = added, 0
		}
		n := copy(c.arena.at(c.cell).data[c.offset:], p)
		c.offset += n
		p = p[n:]
	}
}

func (c *cursor) get(dst []byte, length int) []byte {
	for length > 0 {
		c.turn()
		n := min(length, cellData-c.offset)
		dst = append(dst, c.arena.at(c.cell).data[c.offset:c.offset+n]...)
		c.offset += n
		length -= n
	}
	return dst
}

func (c *cursor) skip(length int) {
	for c.offset += length; c.offset > cellData; c.offset -= cellData {
		c.cell = c.arena.at(c.cell).next
	}
}

// turn goes on to the next cell at the end of one.
func (c *cursor) turn() {
	if c.offset == cellData {
		c.cell, c.offset = c.arena.at(c.cell).next, 0
	}
}
