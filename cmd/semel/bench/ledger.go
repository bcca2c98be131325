package bench

import (
	"math/rand/v2"
	"sync"
	"time"
)

// ledger is a book of keys that expire. A key may be won again once its ttl is over, so a repeat is drawn of keys that are
// young, and an answer that came late says nothing. Keys that nobody asks for any more are judged and forgotten: a ledger takes
// room for the claims of a few ttls, for however long it is kept. It is safe for concurrent use.
type ledger struct {
	*book
	ttl     time.Duration
	repeats float64

	mu          sync.Mutex
	marks       []mark // some each ttl, the oldest first
	judged      uint64 // keys below this number
	twice, lost uint64 // of these
	most        uint64 // keys drawn within aliveTTLs
}

// mark says that keys from a number on were drawn at a time or later.
type mark struct {
	at    time.Time
	drawn uint64
}

// In shares of a ttl: what is repeated was drawn within youth, and an answer counts that came within promptness of its claim. So all
// claims of a key that count were applied within less than a ttl.
const (
	youth      = 0.5
	promptness = 0.4

	marksInTTL = 16
	aliveTTLs  = 1.5 // a key that was drawn so long ago has expired, and the hand of the sweep has come by
)

func newLedger(ttl time.Duration, repeats float64) *ledger {
	return &ledger{book: newBook(), ttl: ttl, repeats: repeats}
}

func (l *ledger) ago(now time.Time, ttls float64) time.Time {
	return now.Add(-time.Duration(ttls * float64(l.ttl)))
}

// draw returns the number of a key to claim now: a new one, or a young one once more.
func (l *ledger) draw(random *rand.Rand, now time.Time) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.advance(now)
	drawn := l.drawn.Load()
	young := drawn
	for _, m := range l.marks {
		if m.at.After(l.ago(now, youth)) {
			young = m.drawn
			break
		}
	}
	if young < drawn && random.Float64() < l.repeats {
		return young + random.Uint64N(drawn-young)
	}
	l.drawn.Store(drawn + 1)
	return drawn
}

// advance makes a mark where it is time for one, and judges what is older than any answer. Holds mu.
func (l *ledger) advance(now time.Time) {
	if n := len(l.marks); n > 0 && now.Sub(l.marks[n-1].at) < l.ttl/marksInTTL {
		return
	}
	l.marks = append(l.marks, mark{now, l.drawn.Load()})
	l.most = max(l.most, l.alive(now))
	for len(l.marks) > 1 && l.marks[1].at.Before(l.ago(now, aliveTTLs).Add(-2*answerPatience)) {
		l.marks = l.marks[1:]
		l.judgeTo(l.marks[0].drawn / pageKeys * pageKeys)
	}
}

// judgeTo judges keys below a number, of whole pages, and forgets them. Holds mu.
func (l *ledger) judgeTo(number uint64) {
	twice, lost := l.count(l.judged, number)
	l.twice, l.lost = l.twice+twice, l.lost+lost
	for ; l.judged < number; l.judged += pageKeys {
		l.pages[l.judged/pageKeys%mostPages].Store(nil)
	}
}

// wonAt, duplicateAt note what a claim was told that was asked at a time.
func (l *ledger) wonAt(number uint64, asked, now time.Time) {
	if l.isPrompt(asked, now) {
		l.won(number)
	} else {
		l.unknown(number)
	}
}

func (l *ledger) duplicateAt(number uint64, asked, now time.Time) {
	if l.isPrompt(asked, now) {
		l.duplicate(number)
	} else {
		l.unknown(number)
	}
}

func (l *ledger) isPrompt(asked, now time.Time) bool {
	return now.Sub(asked) < time.Duration(promptness*float64(l.ttl))
}

// alive returns how many keys were drawn within aliveTTLs. Holds mu.
func (l *ledger) alive(now time.Time) (keys uint64) {
	for i := len(l.marks) - 1; i >= 0 && l.marks[i].at.After(l.ago(now, aliveTTLs)); i-- {
		keys = l.drawn.Load() - l.marks[i].drawn
	}
	return keys
}

// mostAlive is how many keys were drawn within aliveTTLs, at most of all times.
func (l *ledger) mostAlive(now time.Time) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(l.most, l.alive(now))
}

// verdict is of all keys, once every claim has ended.
func (l *ledger) verdict() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	twice, lost := l.count(l.judged, l.drawn.Load())
	return broken(l.drawn.Load(), l.twice+twice, l.lost+lost)
}
