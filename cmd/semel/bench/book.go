package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
)

const (
	keyBytes     = 16
	pageKeys     = 1 << 16
	mostPages    = 1 << 14
	numberDigits = 8 // of 32: more than pageKeys * mostPages
	digits       = "0123456789abcdefghijklmnopqrstuv"
)

// book holds the keys of one run and what was said of each. It is safe for concurrent use.
type book struct {
	run   [keyBytes - numberDigits]byte // in front of every key: runs have nothing in common
	drawn atomic.Uint64

	misread atomic.Uint64 // reads that told anything but what was claimed
	pages   [mostPages]atomic.Pointer[[pageKeys]atomic.Uint32]
}

// What was said of a key: the number of wins in the low bits, and whether ever.
const (
	winsMask        = 1<<8 - 1
	saidDuplicate   = 1 << 8
	outcomeNotKnown = 1 << 9
)

func newBook() *book {
	b := &book{}
	for i := range b.run {
		b.run[i] = digits[rand.IntN(len(digits))]
	}
	return b
}

// draw returns the number of a new key, or of an old one where repeat is true and there is one.
func (b *book) draw(random *rand.Rand, repeat bool) uint64 {
	if n := b.drawn.Load(); repeat && n > 0 {
		return random.Uint64N(n)
	}
	return b.drawn.Add(1) - 1
}

// appendKey appends the key of a number.
func (b *book) appendKey(dst []byte, number uint64) []byte {
	dst = append(dst, b.run[:]...)
	for shift := 5 * (numberDigits - 1); shift >= 0; shift -= 5 {
		dst = append(dst, digits[number>>shift&31])
	}
	return dst
}

func (b *book) state(number uint64) *atomic.Uint32 {
	slot := &b.pages[number/pageKeys%mostPages]
	page := slot.Load()
	if page == nil {
		slot.CompareAndSwap(nil, new([pageKeys]atomic.Uint32))
		page = slot.Load()
	}
	return &page[number%pageKeys]
}

func (b *book) won(number uint64)       { b.state(number).Add(1) }
func (b *book) duplicate(number uint64) { b.state(number).Or(saidDuplicate) }
func (b *book) unknown(number uint64)   { b.state(number).Or(outcomeNotKnown) }

// ErrBroken is wrapped by the error of a run in which a key was won twice or lost by all.
var ErrBroken = errors.New("the service broke its promise")

// judge returns an error for the keys that were won twice or lost by all. Called when every claim has ended.
func (b *book) judge() error {
	if n := b.misread.Load(); n > 0 {
		return fmt.Errorf("%w: %d reads did not tell what was claimed", ErrBroken, n)
	}
	twice, lost := b.count(0, b.drawn.Load())
	return broken(b.drawn.Load(), twice, lost)
}

// count counts of some keys those that were won more than once, and those called duplicate that nobody won.
func (b *book) count(from, to uint64) (twice, lost uint64) {
	for number := from; number < to; number++ {
		said := b.state(number).Load()
		if said&winsMask > 1 {
			twice++
		}
		if said&winsMask == 0 && said&saidDuplicate != 0 && said&outcomeNotKnown == 0 {
			lost++
		}
	}
	return twice, lost
}

// broken is the error for so many of the keys, nil for none.
func broken(keys, twice, lost uint64) error {
	if twice+lost == 0 {
		return nil
	}
	return fmt.Errorf("%w: of %d keys %d were won more than once, and %d called duplicate that nobody won", ErrBroken, keys, twice, lost)
}
