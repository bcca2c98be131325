package node

import (
	"encoding/binary"
	"errors"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// A replica that does not lead sends proposals to the leader, one hop; the leader answers with the
// results. Those that wait together go in one request, as far as one entry has room for them:
//
//	version 1 (2; 4 where all only read, and take no entry) · for each proposal: its age in ns 8 · time left in ns 8 · length of its commands 4 · commands
//
// and come back in one response, in the same order, when all have a verdict:
//
//	kind 1 · if it is 0, for each proposal: length 4 · kind 1 · answers or the leader's id
//
// A kind is 0 for answers, 1 where the replica does not lead, 2 for answers that go on elsewhere (number 8 · bytes 4, and
// what is short of them), and that of a verdict otherwise; the first one is of the request as a whole. What is long
// stays on the leader's shelf and is fetched in pieces, so that no client fills the way between two nodes. All integers are little-endian.

const (
	requestVersion    = 2
	fetchVersion      = 3 // of a fetch; see answering.go
	readVersion       = 4 // of a request for what takes no entry
	timesBytes        = 8 + 8
	proposalHeadBytes = timesBytes + lengthBytes
)

// forwardedCalls are the proposals that were sent to the leader, by the number of the call.
type forwardedCalls struct {
	last  uint64
	open  map[uint64]*forwardedCall
	count int // waiters
}

type forwardedCall struct {
	to        protocol.NodeID
	proposals []proposal
	abandon   func()

	overtakenTicks int // for which another one has been known to lead; see overtaken.go
}

// begin opens a call and returns its number.
func (f *forwardedCalls) begin(to protocol.NodeID, proposals []proposal) uint64 {
	if f.open == nil {
		f.open = map[uint64]*forwardedCall{}
	}
	f.last++
	f.open[f.last] = &forwardedCall{to: to, proposals: proposals}
	f.count += len(proposals)
	return f.last
}

// take closes a call; one of nobody's if it is not open.
func (f *forwardedCalls) take(number uint64) *forwardedCall {
	call := f.open[number]
	if call == nil {
		return &forwardedCall{}
	}
	delete(f.open, number)
	f.count -= len(call.proposals)
	return call
}

// numbers are those of the calls that are open, in their order.
func (f *forwardedCalls) numbers() []uint64 {
	numbers := make([]uint64, 0, len(f.open))
	for number := range f.open {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	return numbers
}

// each gives all that wait, in the order of their calls.
func (f *forwardedCalls) each(do func(*waiter)) {
	for _, number := range f.numbers() {
		for k := range f.open[number].proposals {
			do(&f.open[number].proposals[k].waiter)
		}
	}
}

// forwardBundle sends as much of what waits in a queue to the leader as goes into one request.
func (r *Replica) forwardBundle(leader protocol.NodeID, q *queue) {
	q.fill(r.cfg.MaxEntryBytes, true)
	n := q.joined(0, headBytes, &r.cfg)
	now, last := r.host.Now(), int64(0)
	version := byte(requestVersion)
	if q == &r.reads.waiting {
		version = readVersion
	}
	request := append(make([]byte, 0, q.requestBytes(n)), version)
	proposals := make([]proposal, 0, n)
	for range n {
		p, _ := q.pop()
		left := p.waiter.deadline - now
		if left <= 0 {
			r.verdict(&p.waiter, ErrDeadline)
			continue
		}
		if r.search.on {
			p.waiter.arrived = restarted(p.waiter.arrived, now)
		}
		request = appendProposal(request, now-p.waiter.arrived, left, p.commands)
		proposals = append(proposals, p)
		last = max(last, p.waiter.deadline)
	}
	if len(proposals) > 0 {
		number := r.forwarded.begin(leader, proposals)
		r.forwarded.open[number].abandon = r.host.Forward(leader, number, request, last)
	}
}

func (q *queue) requestBytes(n int) int {
	bytes := 1
	for _, p := range q.live()[:n] {
		bytes += proposalHeadBytes + len(p.commands)
	}
	return bytes
}

func appendProposal(request []byte, age, left int64, commands []byte) []byte {
	request = binary.LittleEndian.AppendUint64(request, uint64(age))
	request = binary.LittleEndian.AppendUint64(request, uint64(left))
	return appendToBundle(request, commands)
}

// call takes a request of another replica's, as proposals that have made their hop. One that can't be
// read, or has a command that the machine does not take, is refused whole.
func (r *Replica) call(e *Event) {
	if len(e.bytes) == 1 && e.bytes[0] == levelVersion {
		r.probed(e.waiter)
		return
	}
	proposals, ok := r.parseRequest(e)
	if !ok {
		r.host.Respond(e.waiter, appendVerdict(nil, ErrInvalid))
		return
	}
	for _, p := range proposals {
		r.admit(p)
	}
}

func (r *Replica) parseRequest(e *Event) ([]proposal, bool) {
	if len(e.bytes) < 1 || e.bytes[0] != requestVersion && e.bytes[0] != readVersion {
		return nil, false
	}
	logged := e.bytes[0] == requestVersion
	var proposals []proposal
	joint, now := &jointResponse{caller: e.waiter}, r.host.Now()
	for rest := e.bytes[1:]; len(rest) > 0; {
		if len(rest) < timesBytes {
			return nil, false
		}
		age := int64(min(binary.LittleEndian.Uint64(rest), uint64(never)/2))
		left := int64(min(binary.LittleEndian.Uint64(rest[8:]), uint64(never)/2))
		commands, behind, ok := cutBundle(rest[timesBytes:])
		if !ok {
			return nil, false
		}
		answers, err := r.machine.Count(commands)
		if err != nil {
			return nil, false
		}
		w := waiter{to: joint, part: joint.add(), answers: answers, arrived: now - age, deadline: now + left}
		proposals = append(proposals, proposal{commands: commands, waiter: w, logged: logged})
		rest = behind
	}
	return proposals, len(proposals) > 0
}

// callEnded takes the outcome of a call. One that is not open was abandoned, or answered when the replica stopped.
func (r *Replica) callEnded(e *Event) {
	if r.endedQuestion(e) {
		return
	}
	call := r.forwarded.take(e.number)
	if e.err != nil {
		for k := range call.proposals {
			r.returnOrTell(call.to, &call.proposals[k], unanswered(e.err))
		}
		return
	}
	parts := splitResponse(e.bytes, len(call.proposals))
	for k := range call.proposals {
		answers, apart, err := r.parsePart(parts[k])
		if !isUntaken(err) {
			r.noteTaken()
		}
		if err != nil {
			r.returnOrTell(call.to, &call.proposals[k], err)
			continue
		}
		r.replyFrom(call.to, &call.proposals[k].waiter, answers, apart)
	}
}

// returnOrTell takes a verdict on what was sent to a leader. What that surely did not take waits for another one.
func (r *Replica) returnOrTell(leader protocol.NodeID, p *proposal, err error) {
	switch {
	case errors.Is(err, errNeedsEntry):
		p.logged = true
		r.giveBack(*p)
		return
	case readAgain(p, err):
		err = ErrNotSent // as far as it goes
		r.noteUntaken(leader, err)
	case isUntaken(err):
		r.noteUntaken(leader, err)
	default:
		r.verdict(&p.waiter, err)
		return
	}
	if p.waiter.to == nil {
		return
	}
	if !r.mayHope() {
		r.verdict(&p.waiter, err)
		return
	}
	p.waiter.arrived = restarted(p.waiter.arrived, r.host.Now()) // what it waited for was a leader
	r.returned = append(r.returned, *p)
}

// replyFrom gives a waiter the answers that came from the leader, and what is still there.
func (r *Replica) replyFrom(leader protocol.NodeID, w *waiter, answers []byte, apart shelved) {
	if w.to == nil {
		return
	}
	var values Values
	if apart.bytes > 0 {
		values = r.host.Fetch(leader, apart.number, apart.bytes, w.deadline)
	}
	r.reply(w, answers, values)
}
