package node

import (
	"encoding/binary"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// A replica that is asked for what it has, without a leader, has to say how old that may be. From what it hears nobody can
// tell: who sends heartbeats may have been deposed, and what was sent may have lain in a socket while this process hung.
// So each replica asks the leader about twice a second, as a read asks: up to where is the log committed? The answer is
// confirmed by a quorum, after the question came. Once so much is applied here, the replica has all that anybody was told before it asked.
// The time since then is how old its state is at most; it grows where questions or answers are lost, where nobody leads, and where
// this replica applies slowly. A leader asks itself in the same way.

const (
	levelTicks    = 25 // from one question to the next
	levelPatience = int64(5 * time.Second)

	// levelVersion is of a request that asks for it; nothing follows. The response is kindAnswers and the index 8, or a verdict.
	levelVersion  = 5
	levelResponse = 1 + 8
)

// level is since when a replica has all that anybody had been told by then.
type level struct {
	known    bool
	since    int64 // Host.Now
	ticks    int   // since it asked last
	question question
}

// question is one that has no answer yet, or what it was told is not applied yet.
type question struct {
	open    bool
	asked   int64           // Host.Now
	told    protocol.Index  // up to where it is committed; 0: not told
	to      protocol.NodeID // whom, and with which call; Nil and 0: itself
	call    uint64
	abandon func()
}

// probe waits for the answer to a peer's question, or to one of this replica's own: then there is no caller.
type probe struct{ caller Caller }

// Level returns since when, of Host.Now, this replica has all that anybody had been told by then: an answer from its own state is that
// old at most. False where it does not know, since it has not been level since it started.
func (r *Replica) Level() (since int64, known bool) { return levelOf(r) }

// tickLevel asks again. What it was told and has not applied yet is waited for: who is always behind would never know otherwise.
func (r *Replica) tickLevel() {
	l := &r.level
	l.ticks++
	if q := &l.question; q.call > 0 && q.told == 0 && isOvertaken(q.to, r.core.Leader()) {
		q.abandon()
		l.question = question{}
	}
	if l.ticks >= levelTicks && !l.question.open {
		l.ticks = 0
		r.askLevel()
	}
}

func (r *Replica) askLevel() {
	now := r.host.Now()
	q := question{open: true, asked: now}
	if r.core.Role() == protocol.Leader {
		r.level.question = q
		r.probed(nil)
		return
	}
	if q.to = r.core.Leader(); q.to != protocol.Nil { // though it may not have taken what was sent last
		r.forwarded.last++
		q.call = r.forwarded.last
		q.abandon = r.host.Forward(q.to, q.call, []byte{levelVersion}, now+levelPatience)
		r.level.question = q
	}
}

// probed takes a peer's question, or this replica's own, which has no caller.
func (r *Replica) probed(c Caller) {
	now := r.host.Now()
	r.admit(proposal{waiter: waiter{to: &probe{c}, answers: 1, arrived: now, deadline: now + levelPatience}})
}

// endProbe answers a question that is confirmed, or has a verdict.
func (r *Replica) endProbe(p *probe, committed protocol.Index, err error) {
	switch {
	case p.caller == nil:
		r.learnLevel(committed, err)
	case err != nil:
		r.host.Respond(p.caller, appendVerdict(nil, err))
	default:
		r.host.Respond(p.caller, binary.LittleEndian.AppendUint64([]byte{kindAnswers}, uint64(committed)))
	}
}

// endedQuestion takes what became of a question that was sent; false if it is none, or none that is waited for.
func (r *Replica) endedQuestion(e *Event) bool {
	q := &r.level.question
	if q.call == 0 || e.number != q.call {
		return false
	}
	q.call = 0
	if e.err != nil || len(e.bytes) != levelResponse || e.bytes[0] != kindAnswers {
		r.level.question = question{}
		return true
	}
	r.learnLevel(protocol.Index(binary.LittleEndian.Uint64(e.bytes[1:])), nil)
	return true
}

// learnLevel takes the answer to the question that is open.
func (r *Replica) learnLevel(committed protocol.Index, err error) {
	if err != nil {
		r.level.question = question{}
		return
	}
	r.level.question.told = committed
}

// noteLevel looks whether what the last answer told is applied.
func (r *Replica) noteLevel() {
	q := &r.level.question
	if q.told > 0 && hasLevel(r.applied, q.told) {
		r.level.known, r.level.since = true, levelSince(r, q)
		r.level.question = question{}
	}
}
