package transport

import (
	"fmt"
	"sync"
)

// outbox holds the frames that wait to be written to one connection. Those that put frames in never
// wait for the network: one goroutine takes all that there is and writes it at once, while the next
// ones queue up in the other of two buffers.
type outbox struct {
	mu      sync.Mutex
	pending frames
	writing frames // with the writer; between writes the spare buffer
	queued  uint64 // bytes ever put in: the place in the stream of the next frame
	written uint64 // bytes that the kernel took of them
	closed  bool
	wake    chan struct{} // holds a token when there is news for the writer
	most    int           // bytes of a body
	version uint8         // that is spoken
	slots   chan struct{} // of an acceptor of calls: its answerer's
}

// frames is a run of encoded frames.
type frames struct {
	buffer    []byte
	count     int
	responses int // among them
}

// bounds limit what is in an outbox; 0 is no bound.
type bounds struct {
	frames, bytes int
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1), most: MaxFrameBytes} }

// put adds a frame whose body is head and then tail, and returns its place in the stream.
// The error, ErrFull, errBroken or errTooLarge, says why it was not added.
func (o *outbox) put(t frameType, head, tail []byte, limit bounds) (place uint64, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	length := len(head) + len(tail)
	switch {
	case o.closed:
		return 0, errBroken
	case length > o.most:
		return 0, fmt.Errorf("%w: it is larger than %d bytes", errTooLarge, o.most)
	case !o.hasRoom(headerBytes+length, limit):
		return 0, ErrFull
	}
	place, before := o.queued, len(o.pending.buffer)
	o.pending.buffer = appendFrameOf(o.version, o.pending.buffer, t, head, tail)
	o.pending.count++
	if t == frameResponse {
		o.pending.responses++
	}
	o.queued += uint64(len(o.pending.buffer) - before)
	if before == 0 {
		o.signal()
	}
	return place, nil
}

// hasRoom: an empty queue takes a frame of any size, so that none waits for ever.
func (o *outbox) hasRoom(length int, limit bounds) bool {
	count := o.pending.count + o.writing.count
	bytes := len(o.pending.buffer) + len(o.writing.buffer)
	fewer := limit.frames == 0 || count < limit.frames
	smaller := limit.bytes == 0 || bytes == 0 || bytes+length <= limit.bytes
	return fewer && smaller
}

// answers says whose slots the responses hold that wait here.
func (o *outbox) answers(slots chan struct{}) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.slots = slots
}

// release gives back the slots of responses that wait no longer.
func (o *outbox) release(responses int) {
	if o.slots == nil {
		return
	}
	for range responses {
		<-o.slots
	}
}

func (o *outbox) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take hands all pending frames to the writer, which returns them with wrote. ok is false
// once the outbox is closed.
func (o *outbox) take() (b []byte, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return nil, false
	}
	o.pending, o.writing = o.writing, o.pending
	return o.writing.buffer, true
}

// wrote says how many bytes of the frames taken went out; the others never will.
func (o *outbox) wrote(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.written += uint64(n)
	spare := o.writing.buffer[:0]
	if tooLarge(cap(spare), len(o.writing.buffer)) {
		spare = nil
	}
	o.release(o.writing.responses)
	o.writing = frames{buffer: spare}
}

// close drops what is pending and returns how many frames that were. Nothing is put in any more.
func (o *outbox) close() (dropped int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	dropped = o.pending.count
	o.release(o.pending.responses)
	o.pending, o.closed = frames{}, true
	o.signal()
	return dropped
}

// sent returns how many bytes went out; final once the writer has ended.
func (o *outbox) sent() uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.written
}

// size returns what waits or is being written.
func (o *outbox) size() (count, bytes int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.pending.count + o.writing.count, len(o.pending.buffer) + len(o.writing.buffer)
}
