package transport

import (
	"sync"
	"time"
)

// news remembers what was said, so that a fault that comes again and again is logged once, and bounds how much is said at
// all: strangers can make every fault of theirs a new one.
type news struct {
	mu     sync.Mutex
	said   map[string]bool
	spent  int       // of the burst
	since  time.Time // when spent was last made less
	unsaid uint64    // since something was said
}

const (
	mostSaid  = 256             // bounds what strangers can make us remember; past it everything is news again
	newsBurst = 32              // so many texts at once, then
	newsEvery = 2 * time.Second // one each
)

// first reports whether text was not said before and may be said now, and then how many texts were not said since the
// last that was.
func (n *news) first(text string) (first bool, unsaid uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.said[text] {
		return false, 0
	}
	if !n.mayBeSaid(time.Now()) {
		n.unsaid++
		return false, 0
	}
	if n.said == nil || len(n.said) >= mostSaid {
		n.said = make(map[string]bool)
	}
	n.said[text] = true
	unsaid, n.unsaid = n.unsaid, 0
	return true, unsaid
}

// mayBeSaid takes one of the burst.
func (n *news) mayBeSaid(now time.Time) bool {
	regained := max(0, int(now.Sub(n.since)/newsEvery))
	if n.since.IsZero() || regained >= n.spent {
		n.spent, n.since = 0, now
	} else {
		n.spent, n.since = n.spent-regained, n.since.Add(time.Duration(regained)*newsEvery)
	}
	if logsAll() || n.spent < newsBurst {
		n.spent++
		return true
	}
	return false
}

// forget makes everything news again.
func (n *news) forget() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.said = nil
}
