package node

import (
	"math/rand/v2"
	"sync"
	"time"
)

const (
	// shelfTime is how long values wait to be fetched: longer than any call's deadline here.
	shelfTime = 10 * time.Second
	// pieceBytes is how many bytes a fetch brings, and one value more at most.
	pieceBytes = 128 << 10
)

// shelf is what a leader has answered other nodes and they have not fetched yet, by number. It copies nothing
// before it is asked. It is safe for concurrent use.
type shelf struct {
	mu    sync.Mutex
	last  uint64
	items map[uint64]*shelfItem
	order []uint64 // numbers, as they expire; what was fetched is among them
}

type shelfItem struct {
	mu     sync.Mutex
	values Values // nil: closed
	read   uint64 // bytes
	until  int64
}

// newShelf counts from anywhere: what was on the shelf of an earlier process is not taken for what is on this one.
func newShelf() *shelf { return &shelf{last: rand.Uint64(), items: map[uint64]*shelfItem{}} }

func (s *shelf) put(values Values, until int64) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	s.items[s.last] = &shelfItem{values: values, until: until}
	s.order = append(s.order, s.last)
	return s.last
}

// next appends the next piece of what has a number, behind so many bytes; false where there is none.
func (s *shelf) next(dst []byte, number, before uint64) (piece []byte, ok bool) {
	s.mu.Lock()
	item := s.items[number]
	s.mu.Unlock()
	if item == nil {
		return nil, false
	}
	piece, ok = item.next(dst, before)
	if ok && item.isClosed() {
		s.mu.Lock()
		delete(s.items, number)
		s.mu.Unlock()
	}
	return piece, ok
}

func (i *shelfItem) next(dst []byte, before uint64) ([]byte, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.values == nil || i.read != before {
		return nil, false
	}
	all, head := uint64(i.values.Bytes()), len(dst)
	for len(dst) < pieceBytes && i.read+uint64(len(dst)-head) < all {
		var err error
		if dst, err = i.values.Next(dst); err != nil {
			return nil, false
		}
	}
	if i.read += uint64(len(dst) - head); i.read >= all {
		i.values.Close()
		i.values = nil
	}
	return dst, true
}

func (i *shelfItem) isClosed() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.values == nil
}

func (i *shelfItem) close() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.values != nil {
		i.values.Close()
		i.values = nil
	}
}

// expire gives up what nobody has fetched in time.
func (s *shelf) expire(now int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.order) > 0 {
		item := s.items[s.order[0]]
		if item != nil && item.until > now {
			return
		}
		if item != nil {
			item.close()
			delete(s.items, s.order[0])
		}
		s.order = s.order[1:]
	}
}
