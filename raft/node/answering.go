package node

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"runtime"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// What is long in answers is read here, outside of the loop, on a goroutine for each call. They take turns with
// every piece, so that a short answer waits for one piece of each other call, and not for all of them.

const (
	// largeBytes is what makes a call's answers large: few such are made at a time.
	largeBytes = 256 << 10
	// largeAtOnce bounds the memory of large answers that are being made, and what of the machine is spent on them: more
	// than one, so that a leader that hangs does not hold up those that a new one answers.
	largeAtOnce = 2
	// restFactor is how much longer than it took to make large answers nobody's are made in their place.
	restFactor = 2
	mostRest   = 100 * time.Millisecond
	// fetchesAtOnce bounds the pieces on their way from the leader to this node.
	fetchesAtOnce = 2
)

// answering is what a node has for answers that are long. Those who wait for a channel's room get it in turn.
type answering struct {
	shelf   *shelf
	large   chan []byte   // buffers for calls with large answers
	reading chan struct{} // for a piece that is being read
	fetches chan struct{} // for a piece that is being fetched
}

func newAnswering() answering {
	a := answering{
		shelf: newShelf(), large: make(chan []byte, largeAtOnce),
		reading: make(chan struct{}, 1), fetches: make(chan struct{}, fetchesAtOnce),
	}
	for range largeAtOnce {
		a.large <- nil
	}
	return a
}

// Reply is Host's.
func (h *realHost) Reply(w Waiter, answers Answers, err error) {
	done := w.(func([]byte, error))
	if err != nil || answers.Apart == nil {
		done(answers.Bytes, err)
		return
	}
	head := bytes.Clone(answers.Bytes)
	tell := done
	if answers.Reads {
		tell = func(answers []byte, err error) {
			if err != nil {
				err = ofRead(err)
			}
			done(answers, err)
		}
	}
	(*Node)(h).work(func() { h.finish(tell, head, answers.Apart, answers.Deadline) })
}

// finish reads what is apart and tells who waits.
func (h *realHost) finish(done func([]byte, error), answers []byte, apart Values, deadline int64) {
	defer apart.Close()
	late := time.NewTimer(time.Duration(deadline - h.Now()))
	defer late.Stop()
	if apart.Bytes() <= largeBytes {
		answers, err := h.readApart(answers, apart, late.C)
		done(answers, err)
		return
	}
	select {
	case buffer := <-h.large:
		began := time.Now()
		answers, err := h.readApart(append(buffer[:0], answers...), apart, late.C)
		done(answers, err)
		h.rest(restFactor * time.Since(began))
		h.large <- kept(answers)
	case <-late.C:
		done(nil, ErrLate)
	}
}

// rest leaves the machine to others for a while. Large answers cost much behind this node too: sockets, and clients.
func (h *realHost) rest(d time.Duration) {
	select {
	case <-time.After(min(d, mostRest)):
	case <-h.stopping:
	}
}

// mostKept bounds the buffer that stays for the next call with large answers.
const mostKept = 20 << 20

func kept(buffer []byte) []byte {
	if cap(buffer) > mostKept {
		return nil
	}
	return buffer
}

// readApart appends what is apart to answers, a piece at a time.
func (h *realHost) readApart(answers []byte, apart Values, late <-chan time.Time) ([]byte, error) {
	turn := h.reading
	if _, remote := apart.(*fetching); remote {
		turn = h.fetches
	}
	for all := len(answers) + apart.Bytes(); len(answers) < all; {
		select {
		case turn <- struct{}{}:
		case <-late:
			return nil, ErrLate
		}
		var err error
		answers, err = apart.Next(grown(answers, all))
		<-turn
		if err != nil {
			return nil, err
		}
		runtime.Gosched()
	}
	return answers, nil
}

// grown makes room in b for all that it will hold; for no more than four times what is there, of which a peer told.
func grown(b []byte, all int) []byte {
	if cap(b)-len(b) >= min(all-len(b), pieceBytes) {
		return b
	}
	return append(make([]byte, 0, min(all, 4*len(b)+4*pieceBytes)), b...)
}

// Shelve is Host's.
func (h *realHost) Shelve(values Values) uint64 { return h.shelf.put(values, h.Now()+int64(shelfTime)) }

// Fetch is Host's.
func (h *realHost) Fetch(at protocol.NodeID, number uint64, bytes int, deadline int64) Values {
	return &fetching{host: h, leads: h.tenure.of(at), at: at, number: number, bytes: bytes, deadline: deadline}
}

// fetching is Values that lie on the shelf of the leader.
type fetching struct {
	host        *realHost
	leads       context.Context // done once another node leads
	at          protocol.NodeID
	number      uint64
	read, bytes int
	deadline    int64
}

// Bytes is of Values.
func (f *fetching) Bytes() int { return f.bytes }

// Close is of Values.
func (f *fetching) Close() {}

// Next is of Values.
func (f *fetching) Next(dst []byte) ([]byte, error) {
	left := time.Duration(f.deadline - f.host.Now())
	ctx, giveUp := patientWith(f.leads)
	defer giveUp()
	response, err := f.host.transport.Call(ctx, f.at, appendFetch(nil, f.number, f.read), time.Now().Add(left))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if len(response) < 2 || response[0] != kindAnswers || len(response)-1 > f.bytes-f.read {
		return nil, fmt.Errorf("%w: what was asked of its shelf is not there", ErrBroken)
	}
	f.read += len(response) - 1
	return append(dst, response[1:]...), nil
}

// A fetch is a request for a piece of what is on the shelf:
//
//	version 1 · number 8 · bytes that came before 8
//
// Its response is kindAnswers and the piece, or ErrUnknown.
const fetchBytes = 1 + 8 + 8

func appendFetch(b []byte, number uint64, before int) []byte {
	b = binary.LittleEndian.AppendUint64(append(b, fetchVersion), number)
	return binary.LittleEndian.AppendUint64(b, uint64(before))
}

func isFetch(request []byte) bool { return len(request) == fetchBytes && request[0] == fetchVersion }

// fetched answers a fetch.
func (h *realHost) fetched(request []byte) []byte {
	number, before := binary.LittleEndian.Uint64(request[1:]), binary.LittleEndian.Uint64(request[9:])
	piece, ok := h.shelf.next([]byte{kindAnswers}, number, before)
	if !ok {
		return appendVerdict(nil, ErrUnknown)
	}
	return piece
}
