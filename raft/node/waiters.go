package node

import (
	"math"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// never is a deadline that does not come.
const never = math.MaxInt64

// waiter is who waits for a proposal.
type waiter struct {
	to       any // Waiter or, of a request of another replica's, *jointResponse, or *probe; nil once told
	part     int // of the joint response
	place    int // in the entry
	answers  int
	needs    Version   // the least version of the cluster that has it
	reads    bool      // what it waits for changes nothing
	again    *proposal // of a read that is in the log: to ask again; else nil
	arrived  int64     // when what it proposes came to the cluster
	deadline int64
}

// isRemote reports whether it has made its hop: it waits for this replica to lead, and for no other one.
func (w *waiter) isRemote() bool {
	switch w.to.(type) {
	case *jointResponse, *probe:
		return true
	}
	return false
}

// openEntry is an entry of the log with proposals of this replica's. Losing leadership, and losing
// the entry, is no verdict: another leader may have it and commit it.
type openEntry struct {
	index   protocol.Index
	term    protocol.Term
	waiters []waiter // ascending by place

	bytes    int   // of its payload
	inFlight int   // in the log and not applied, when it was appended; it is among them
	appended int64 // when
}

// decide gives the verdict on all that wait for index k, which was just applied.
func (r *Replica) decide(k protocol.Index) {
	committed := Entry{Term: r.core.At(k).Term}
	r.endWaiting(func(open *openEntry) bool {
		if !isDecided(open, k) {
			return false
		}
		r.pace.noted(open.inFlight, r.host.Now()-open.appended)
		if isOwn(open, committed) {
			r.close(open)
		} else {
			r.closeUnanswered(open, ErrReplaced)
		}
		return true
	})
}

// endWaiting forgets the open entries that are over. isOver has told those who waited for one before it says so.
func (r *Replica) endWaiting(isOver func(*openEntry) bool) {
	kept := r.open[:0]
	for j := range r.open {
		open := &r.open[j]
		if !isOver(open) {
			kept = append(kept, *open)
			continue
		}
		r.pace.inLog -= open.bytes
		clear(open.waiters)
		r.spare = append(r.spare, open.waiters[:0])
	}
	clear(r.open[len(kept):])
	r.open = kept
}

// close answers the waiters of an entry that was applied.
func (r *Replica) close(open *openEntry) {
	for j := range open.waiters {
		r.answer(&open.waiters[j])
	}
}

// closeUnanswered tells the waiters of an entry that it has no answers for them, and why; what only reads is asked again.
func (r *Replica) closeUnanswered(open *openEntry, why error) {
	for j := range open.waiters {
		if w := &open.waiters[j]; asksAgain(w) {
			r.askAgain(w)
		} else {
			r.verdict(w, why)
		}
	}
}

// answer tells a waiter what the entry applied last gave it.
func (r *Replica) answer(w *waiter) {
	if w.to == nil {
		return
	}
	var apart Values
	r.payload, apart = r.machine.AppendAnswers(r.payload[:0], w.place, w.answers)
	r.tell(w, apart)
}

// tell gives a waiter the answers in r.payload, and what is apart of them.
func (r *Replica) tell(w *waiter, apart Values) {
	switch to := w.to.(type) {
	case *jointResponse:
		to.tell(r.host, w.part, r.answersPart(apart))
		r.told(w)
	case *probe:
		r.endProbe(to, r.applied, nil)
		r.told(w)
	default:
		r.reply(w, r.payload, apart)
	}
}

// answersPart is the part of a response that has the answers in r.payload.
func (r *Replica) answersPart(apart Values) []byte {
	if apart == nil {
		r.part = append(append(r.part[:0], kindAnswers), r.payload...)
	} else {
		bytes := apart.Bytes()
		r.part = appendShelved(r.part[:0], r.host.Shelve(apart), bytes, r.payload)
	}
	return r.part
}

// reply gives a local waiter its answers.
func (r *Replica) reply(w *waiter, answers []byte, apart Values) {
	if w.to != nil {
		r.host.Reply(w.to, Answers{answers, apart, w.deadline, w.reads}, nil)
		r.told(w)
	}
}

// verdict tells a waiter why it has no answers.
func (r *Replica) verdict(w *waiter, err error) {
	if w.reads {
		err = ofRead(err)
	}
	switch to := w.to.(type) {
	case nil:
		return
	case *jointResponse:
		r.payload = appendVerdict(r.payload[:0], err)
		to.tell(r.host, w.part, r.payload)
	case *probe:
		r.endProbe(to, 0, err)
	default:
		r.host.Reply(w.to, Answers{}, err)
	}
	r.told(w)
}

func (r *Replica) told(w *waiter) {
	w.to, w.again = nil, nil
	r.pending--
	if w.reads {
		r.reads.pending--
	}
}

// expire gives a verdict to those whose deadline has passed. Until the earliest there is nothing to do.
func (r *Replica) expire() {
	r.refuseOverdue()
	now := r.host.Now()
	if now < r.earliest {
		return
	}
	r.earliest = never
	isOver := func(w *waiter) bool { return w.deadline <= now }
	for _, q := range r.queues() {
		q.remove(isOver, func(w *waiter) { r.verdict(w, ErrDeadline) })
	}
	r.eachAsked(func(w *waiter) {
		if isOver(w) {
			r.verdict(w, ErrUnread)
		}
	})
	for k := range r.open {
		for j := range r.open[k].waiters {
			w := &r.open[k].waiters[j]
			if err := overdue(r, w); err != nil {
				r.verdict(w, err)
			}
		}
	}
	r.endWaiting(func(open *openEntry) bool { return !open.isWaitedFor() }) // what nobody waits for any more is not counted any more
	r.forwarded.each(func(w *waiter) {
		if isOver(w) {
			r.verdict(w, ErrBroken)
		}
	})
	r.findEarliest()
}

func (o *openEntry) isWaitedFor() bool {
	return slices.ContainsFunc(o.waiters, func(w waiter) bool { return w.to != nil })
}

func (r *Replica) findEarliest() {
	note := func(w *waiter) {
		if w.to != nil {
			r.earliest = min(r.earliest, w.deadline)
		}
	}
	for _, q := range r.queues() {
		q.each(func(p *proposal) { note(&p.waiter) })
	}
	r.eachAsked(note)
	for k := range r.open {
		for j := range r.open[k].waiters {
			note(&r.open[k].waiters[j])
		}
	}
	r.forwarded.each(note)
}
