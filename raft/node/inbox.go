package node

import "sync"

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
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return true
}

// take returns all that waits and goes on with empty, the room of an earlier batch.
func (b *inbox) take(empty []Event) []Event {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := b.events
	b.events, b.bytes, b.proposals, b.proposalBytes = empty[:0], 0, 0, 0
	return taken
}

// close takes no more events and returns what waits.
func (b *inbox) close() []Event {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	return b.take(nil)
}

func (b *inbox) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}
