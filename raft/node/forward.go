package node

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// A replica that does not lead sends a proposal to the leader, one hop; the leader answers with the
// result. A request is
//
//	version 1 · time left in ns 8 · commands
//
// and a response
//
//	kind 1 · answers, if it is 0; the leader's id, if it is 1
//
// All integers are little-endian.

const (
	requestVersion   = 1
	requestHeadBytes = 1 + 8
)

const (
	responseAnswers   = 0
	responseNotLeader = 1
	firstVerdict      = 2
)

// verdicts are those that travel, by their number in a response; a new one goes at the end.
var verdicts = []error{
	ErrUnknown, ErrOverloaded, ErrLoading, ErrReplaced, ErrDeadline, ErrInvalid, ErrUndecided,
	errStoppedBefore, errStoppedSince,
}

func appendVerdict(b []byte, err error) []byte {
	if refused := (*NotLeaderError)(nil); errors.As(err, &refused) {
		return append(b, responseNotLeader, byte(refused.Leader))
	}
	for k := len(verdicts) - 1; k > 0; k-- {
		if errors.Is(err, verdicts[k]) {
			return append(b, firstVerdict+byte(k))
		}
	}
	return append(b, firstVerdict)
}

// parseResponse returns the answers or the verdict of a response. What it does not know is unknown.
func (r *Replica) parseResponse(b []byte) (answers []byte, err error) {
	switch {
	case len(b) > 0 && b[0] == responseAnswers:
		return b[1:], nil
	case len(b) == 2 && b[0] == responseNotLeader:
		return nil, r.notLeader(protocol.NodeID(b[1]))
	case len(b) == 1 && b[0] >= firstVerdict && int(b[0]) < firstVerdict+len(verdicts):
		return nil, verdicts[b[0]-firstVerdict]
	}
	return nil, fmt.Errorf("%w: a response of %d bytes that is none of ours", ErrUnknown, len(b))
}

func (r *Replica) notLeader(leader protocol.NodeID) error {
	return &NotLeaderError{Leader: leader, Address: r.cfg.Addresses[leader]}
}

// forwardedCalls are the proposals that were sent to the leader, by the number of the call.
type forwardedCalls struct {
	last uint64
	open map[uint64]waiter
}

// begin opens a call and returns its number.
func (f *forwardedCalls) begin(w waiter) uint64 {
	if f.open == nil {
		f.open = map[uint64]waiter{}
	}
	f.last++
	f.open[f.last] = w
	return f.last
}

// end gives all open calls, in order, to tell.
func (f *forwardedCalls) end(tell func(*waiter)) {
	var numbers []uint64
	for number := range f.open {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	for _, number := range numbers {
		w := f.open[number]
		tell(&w)
	}
	clear(f.open)
}

// passOn sends all that waits to the leader. What came from another replica has made its hop.
func (r *Replica) passOn(leader protocol.NodeID) {
	for p, ok := r.queue.pop(); ok; p, ok = r.queue.pop() {
		if p.waiter.remote || leader == protocol.Nil {
			r.verdict(&p.waiter, r.notLeader(leader))
			continue
		}
		r.forward(leader, p)
	}
}

func (r *Replica) forward(leader protocol.NodeID, p proposal) {
	left := p.waiter.deadline - r.host.Now()
	if left <= 0 {
		r.verdict(&p.waiter, ErrDeadline)
		return
	}
	request := append(requestHead(left, len(p.commands)), p.commands...)
	r.host.Forward(leader, r.forwarded.begin(p.waiter), request, p.waiter.deadline)
}

// requestHead returns the head of a request, with room for its commands.
func requestHead(left int64, room int) []byte {
	head := append(make([]byte, 0, requestHeadBytes+room), requestVersion)
	return binary.LittleEndian.AppendUint64(head, uint64(left))
}

// call takes a request of another replica's, as a proposal that has made its hop.
func (r *Replica) call(e *Event) {
	w := waiter{to: e.waiter, remote: true}
	if len(e.bytes) < requestHeadBytes || e.bytes[0] != requestVersion {
		r.pending++
		r.verdict(&w, ErrInvalid)
		return
	}
	left := binary.LittleEndian.Uint64(e.bytes[1:])
	commands := e.bytes[requestHeadBytes:]
	answers, err := r.machine.Count(commands)
	if err != nil {
		r.pending++
		r.verdict(&w, ErrInvalid)
		return
	}
	w.answers, w.deadline = answers, r.host.Now()+int64(min(left, uint64(never)>>1))
	r.admit(proposal{commands, w})
}

// callEnded takes the outcome of a call. One that is not open was answered when the replica stopped.
func (r *Replica) callEnded(e *Event) {
	w, open := r.forwarded.open[e.number]
	if !open {
		return
	}
	delete(r.forwarded.open, e.number)
	answers, err := e.bytes, e.err
	if err == nil {
		answers, err = r.parseResponse(e.bytes)
	} else {
		err = unanswered(err)
	}
	if err != nil {
		r.verdict(&w, err)
		return
	}
	r.host.Reply(w.to, answers, nil)
	r.told(&w)
}
