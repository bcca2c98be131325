package dedup

// Blocks that were released while a snapshot was being taken, which may still have to write them. They are given back one at a
// time, when cells are asked for: however many there are, no entry waits for all of them.

// hold takes block n out of use for as long as the snapshot lasts.
func (a *arena) hold(n uint32) {
	a.used -= a.cells(n)
	a.held.push(n)
}

// letGo makes what was held usable, whose snapshot has ended. Answers of the entry applied last may still point at it, so it
// is for between two entries.
func (a *arena) letGo() {
	a.idle.join(&a.held)
}

// reclaim makes cells free, if any are idle.
func (a *arena) reclaim() {
	for a.free == 0 {
		n := a.idle.pop()
		if n == 0 {
			return
		}
		giveOut(a, n)
	}
}

const (
	listedBlocks = 1 << 10
	listedBytes  = 4 * listedBlocks
)

// blockList is a stack of numbers of blocks. It grows without being copied.
type blockList struct {
	chunks [][]uint32 // none is empty
}

// isFull reports whether the next push takes another listedBytes.
func (l *blockList) isFull() bool {
	return len(l.chunks) == 0 || len(l.chunks[len(l.chunks)-1]) == listedBlocks
}

func (l *blockList) push(n uint32) {
	if l.isFull() {
		l.chunks = append(l.chunks, make([]uint32, 0, listedBlocks))
	}
	last := &l.chunks[len(l.chunks)-1]
	*last = append(*last, n)
}

// pop returns a number, or 0 when there is none.
func (l *blockList) pop() uint32 {
	if len(l.chunks) == 0 {
		return 0
	}
	at := len(l.chunks) - 1
	last := l.chunks[at]
	n := last[len(last)-1]
	if l.chunks[at] = last[:len(last)-1]; len(last) == 1 {
		l.chunks[at] = nil
		l.chunks = l.chunks[:at]
	}
	return n
}

// join takes all of other.
func (l *blockList) join(other *blockList) {
	if len(l.chunks) == 0 {
		*l, *other = *other, blockList{}
		return
	}
	l.chunks = append(l.chunks, other.chunks...)
	*other = blockList{}
}
