package transport

import (
	"errors"
	"io"
	"math/rand/v2"
	"syscall"
	"time"
)

// backOff draws the pauses between attempts to reach a peer.
type backOff struct {
	least, most time.Duration
	random      *rand.Rand
	failures    int       // since the last success that lasted
	looked      time.Time // when no pause was made last
	again       int       // how often it may look once more because of that
}

// mostLooks is how often it is looked again after a break.
const mostLooks = 8

// next returns the pause after one more failure: none, then least, doubling up to most, each
// shortened by chance by up to a half, so that nodes that fell together don't rise together.
func (b *backOff) next() time.Duration {
	b.failures++
	if b.failures == 1 {
		return 0
	}
	pause := b.least
	for n := 2; n < b.failures && pause < b.most; n++ {
		pause *= 2
	}
	return b.shortened(min(pause, b.most))
}

// after returns the pause after err.
func (b *backOff) after(err error) time.Duration {
	pause := b.next()
	if isForLong(err) {
		return b.shortened(b.most)
	}
	return pause
}

// isForLong: what does not fit now won't soon.
func isForLong(err error) bool {
	return errors.Is(err, ErrRefused) || errors.Is(err, ErrFrame) || errors.Is(err, ErrStranger)
}

// isCutOff: the other side went away before it had said who it is.
func isCutOff(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// mayLook reports whether an attempt may be made without a pause, and that it is.
func (b *backOff) mayLook(now time.Time) bool {
	if looksTooOften(now.Sub(b.looked), b.most) {
		return false
	}
	b.looked, b.again = now, mostLooks
	return true
}

// mayLookAgain reports whether an attempt may be made soon because the one after a break was cut off, and that it is.
func (b *backOff) mayLookAgain() bool {
	if !looksAgain(b.again) {
		return false
	}
	b.again--
	return true
}

func (b *backOff) succeeded() { b.failures = 0 }

func (b *backOff) shortened(pause time.Duration) time.Duration {
	return pause - time.Duration(b.random.Int64N(int64(pause)/2+1))
}
