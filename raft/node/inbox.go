package node

import (
	"math"
	"sync"
)

// inbox holds the events that wait for the loop. Putting never blocks: what has no room is lost, which
// only events that may be lost, or that can be refused, ask for.
type inbox struct {
	mu     sync.Mutex
	events []Event
	bytes  int // of messages' payloads
	closed bool

	proposals     int // and requests with proposals
	proposalBytes int
	wake          chan struct{} // holds a token while there are events
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1)} }

// put adds an event; false once the inbox is closed.
func (b *inbox) put(e Event) bool {
	return b.putIf(e, func() bool { return true })
}

// putMessage adds a message unless the payloads of those that wait have mostBytes.
func (b *inbox) putMessage(e Event, mostBytes int) bool {
	return b.putIf(e, func() bool {
		if b.bytes > 0 && b.bytes+len(e.bytes) > mostBytes || len(b.events) >= mostEvents {
			return false
		}
		b.bytes += len(e.bytes)
		return true
	})
}

// putWord adds what may be lost and has no payload.
func (b *inbox) putWord(e Event) bool {
	return b.putIf(e, func() bool { return len(b.events) < mostEvents })
}

// putProposal adds a proposal, or a request with some, unless as many or as many bytes of them wait.
func (b *inbox) putProposal(e Event, most, mostBytes int) (put, closed bool) {
	put = b.putIf(e, func() bool {
		if b.proposals >= most || b.proposalBytes+len(e.bytes) > mostBytes {
			return false
		}
		b.proposals++
		b.proposalBytes += len(e.bytes)
		return true
	})
	return put, !put && b.isClosed()
}

// mostEvents bounds the events that wait when messages come.
const mostEvents = 1 << 18

func (b *inbox) putIf(e Event, room func() bool) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || !room() {
		return false
	}
	b.events = append(b.events, e)
	b.wakeUp()
	return true
}

func (b *inbox) wakeUp() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take returns what waits, the oldest first, up to the event with which payloads of messages have mostBytes; into is room
// for it. What is left keeps the loop awake.
func (b *inbox) take(into []Event, mostBytes int) []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, bytes := 0, 0
	for ; n < len(b.events) && withinRound(bytes, mostBytes); n++ {
		bytes += b.taken(&b.events[n])
	}
	if n == len(b.events) { // nearly always: the two slices change places
		taken := b.events
		b.events = into[:0]
		return taken
	}
	into = append(into[:0], b.events[:n]...)
	left := copy(b.events, b.events[n:])
	clear(b.events[left:])
	b.events = b.events[:left]
	b.wakeUp()
	return into
}

// taken takes an event out of the counts and returns the bytes of its payload if it is a message.
func (b *inbox) taken(e *Event) (bytes int) {
	switch e.kind {
	case arrived:
		b.bytes -= len(e.bytes)
		return len(e.bytes)
	case proposed, called:
		b.proposals--
		b.proposalBytes -= len(e.bytes)
	}
	return 0
}

// close takes no more events and returns what waits.
func (b *inbox) close() []Event {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	return b.take(nil, math.MaxInt)
}

func (b *inbox) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}
