//go:build !mutants

package gate

import (
	"errors"
	"net"
	"time"
)

// The decisions on which the limits rest, each a function of its own. guards_mutants.go holds a wrong one for
// each; the tests show that it is caught.

// acceptsAgain: only a listener that was closed ends a door.
func acceptsAgain(err error) bool { return !errors.Is(err, net.ErrClosed) }

// deadline: what has begun ends in time.
func deadline(since time.Time, span time.Duration) time.Time { return since.Add(span) }

// fits: requests hold no more than that.
func fits(bytes, most int64) bool { return bytes <= most }

// unreadFits: answers that nobody reads hold no more than that.
func unreadFits(bytes, most int64) bool { return bytes <= most }

// evicts: who does nothing makes room.
func evicts() bool { return true }

// mayTakeFrom: nobody takes a place from a source that has fewer connections.
func mayTakeFrom(count, own int) bool { return count >= own }
