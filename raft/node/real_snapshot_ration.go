package node

import (
	"sync"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// ration bounds how many bytes of snapshots are sent in a second, and has those who ask take turns: one that asks again and again gets
// no more than one that waits as long as it is told.
type ration struct {
	rate int64 // bytes in a second

	mu     sync.Mutex
	free   time.Time                         // when what was sent is paid for
	served [protocol.MaxNodeID + 1]uint64    // numbers of turns: when each was served last
	asked  [protocol.MaxNodeID + 1]time.Time // when each was put off last; zero: it was served since
	turns  uint64
}

// patience is for how long a place is kept for who was put off and has not come again.
const patience = 500 * time.Millisecond

// wait returns after what time a node is to ask again; 0: its piece may be read now.
func (p *ration) wait(from protocol.NodeID, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch left := owed(p.free, now); {
	case left > 0:
		p.asked[from] = now
		return left
	case waitsForTurn(p.isAnothersTurn(from, now)):
		p.asked[from] = now
		return busyPause
	}
	p.asked[from] = time.Time{}
	p.turns++
	p.served[from] = p.turns
	return 0
}

// isAnothersTurn reports whether another one waits that was served before this one. Holds mu.
func (p *ration) isAnothersTurn(from protocol.NodeID, now time.Time) bool {
	for id, asked := range p.asked {
		if protocol.NodeID(id) != from && !asked.IsZero() && now.Sub(asked) < patience && p.served[id] < p.served[from] {
			return true
		}
	}
	return false
}

// pieceBytes is how much is given at once: what takes longest is paid for within pieceTime, with others that wait.
func (p *ration) pieceBytes() int { return int(min(pieceOfSnapshot, p.rate/2)) }

// spend notes that so many bytes are sent.
func (p *ration) spend(bytes int, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free.Before(now) {
		p.free = now
	}
	p.free = p.free.Add(time.Duration(float64(bytes) / float64(p.rate) * float64(time.Second)))
}
