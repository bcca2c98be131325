package node

import (
	"cmp"
	"errors"
	"slices"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// search is how a replica that does not lead looks for one that takes what waits here. Meanwhile proposals wait, in
// their order, each until its deadline at most: without a leader, since most elections are over soon; and
// where the one that is believed to lead surely did not take what it was sent (its process is gone, its place is lost)
// or has been silent for so long that what it is sent might be lost with it.
//
// That is bounded as all that waits is, by Config.MaxPending and MaxPendingBytes, and in time: after hopeTicks, or once too few
// of the others have been heard for a leader to be possible, what waits is refused, and what comes then is refused at once, until
// there is a leader. It is no overload, and Config.MaxWait begins when it is over. Who believes in a leader that takes nothing
// tries it with one request each tick.
type search struct {
	on    bool            // something waits for a leader, and for nothing else
	ticks int             // for which nobody took anything, less those for which somebody could have since
	tried protocol.NodeID // who leads and did not take what it was sent last; Nil: nobody
	term  protocol.Term   // that it leads
	due   bool            // it may be tried again
	why   error           // it did not
}

// hopeTicks is how long a leader is hoped for: three elections, each as long as one may be.
func (r *Replica) hopeTicks() int { return 6 * r.core.Config().ElectionTicks }

// quorumTicks is how long ago a majority must have been heard, for hope: as long as a node that hears no leader may be silent.
func (r *Replica) quorumTicks() int { return 2 * r.core.Config().ElectionTicks }

// silentTicks is how long a leader may be silent and is sent proposals: two heartbeats, and as much as ticks are apart.
func (r *Replica) silentTicks() int { return 2*r.core.Config().HeartbeatTicks + 2 }

// taker returns the leader that what waits may be sent to; Nil if there is none.
func (r *Replica) taker() protocol.NodeID {
	leader := r.core.Leader()
	if leader == protocol.Nil || leader == r.cfg.Raft.ID || r.isShunned(leader) || isSilent(r.core.TicksSinceHeard(leader), r.silentTicks()) {
		return protocol.Nil
	}
	return leader
}

// isShunned reports whether the leader did not take what it was sent last.
func (r *Replica) isShunned(leader protocol.NodeID) bool {
	return leader == r.search.tried && r.core.Term() == r.search.term
}

// tickSearch lets a unit of time pass.
func (r *Replica) tickSearch() {
	s := &r.search
	switch {
	case r.core.Role() == protocol.Leader:
		*s = search{on: s.on}
	case r.taker() != protocol.Nil:
		s.ticks = max(0, s.ticks-1)
	default:
		s.ticks++
		s.due = true
	}
}

// noteTaken: somebody takes proposals.
func (r *Replica) noteTaken() { r.search = search{on: r.search.on} }

// noteUntaken: a leader surely did not take what it was sent.
func (r *Replica) noteUntaken(by protocol.NodeID, why error) {
	if by == r.core.Leader() {
		r.search.tried, r.search.term, r.search.why = by, r.core.Term(), why
		notTaken(&r.search)
	}
}

// passOn sends all that waits to the leader, or lets it wait for one. What came from another replica has made its hop.
func (r *Replica) passOn() {
	leader, taker := r.core.Leader(), r.taker()
	if r.hopped {
		r.hopped = false
		for _, q := range r.untaken() {
			q.remove((*waiter).isRemote, func(w *waiter) { r.verdict(w, r.notLeader(leader)) })
		}
	}
	if taker == protocol.Nil && r.search.due && leader != protocol.Nil && r.isShunned(leader) {
		r.try(leader)
	}
	switch {
	case taker != protocol.Nil:
		r.endSearch()
		for _, q := range r.untaken() {
			for q.len() > 0 {
				r.forwardBundle(taker, q)
			}
		}
	case r.mayHope():
		r.search.on = r.queue.len()+r.reads.waiting.len() > 0
	default:
		r.refuseAll()
	}
}

// try sends one request to a leader that did not take the last one.
func (r *Replica) try(leader protocol.NodeID) {
	for _, q := range r.untaken() {
		if q.len() > 0 {
			r.search.due = false
			r.forwardBundle(leader, q)
			return
		}
	}
}

// mayHope reports whether what waits may wait on.
func (r *Replica) mayHope() bool {
	possible := r.core.Leader() != protocol.Nil || r.core.HearsQuorum(r.quorumTicks())
	return isHopeful(possible, r.search.ticks, r.hopeTicks())
}

// refuseAll tells all that wait that nobody takes them.
func (r *Replica) refuseAll() {
	r.search.on = false
	why := r.nobodyTakes()
	for _, q := range r.untaken() {
		for p, ok := q.pop(); ok; p, ok = q.pop() {
			r.verdict(&p.waiter, why)
		}
	}
}

// nobodyTakes is the verdict on what has no hope.
func (r *Replica) nobodyTakes() error {
	leader := r.core.Leader()
	switch {
	case leader == protocol.Nil && !r.core.HearsQuorum(r.quorumTicks()):
		return ErrNoMajority
	case leader != protocol.Nil && r.isShunned(leader):
		return r.search.why
	}
	return r.notLeader(leader)
}

// endSearch: somebody takes what waits. What it waited for was a leader; from now on it waits for room in the log.
func (r *Replica) endSearch() {
	if !r.search.on {
		return
	}
	r.search.on = false
	now := r.host.Now()
	for _, q := range r.untaken() {
		q.since = now
		q.each(func(p *proposal) { p.waiter.arrived = restarted(p.waiter.arrived, now) })
	}
}

// takeBack puts what no leader took into the queue again, where it was.
func (r *Replica) takeBack() {
	if len(r.returned) == 0 {
		return
	}
	slices.SortFunc(r.returned, func(a, b proposal) int { return cmp.Compare(a.number, b.number) })
	var kept, reads []proposal
	bytes, ofReads := r.waitingBytes(), r.reads.bytes()
	for _, p := range r.returned {
		if p.waiter.reads {
			ofReads += len(p.commands)
		}
		bytes += len(p.commands)
		if bytes > r.cfg.MaxPendingBytes || p.waiter.reads && !isHalf(ofReads, r.cfg.MaxPendingBytes) {
			r.verdict(&p.waiter, ErrOverloaded)
			continue
		}
		r.earliest = min(r.earliest, p.waiter.deadline)
		if r.queueOf(&p) == &r.queue {
			kept = append(kept, p)
		} else {
			reads = append(reads, p)
		}
	}
	r.queue.putBack(kept, r.host.Now())
	r.reads.waiting.putBack(reads, r.host.Now())
	clear(r.returned)
	r.returned = r.returned[:0]
}

// isUntaken reports whether a verdict says that a leader did not take a proposal, which another one may: it could not be
// reached, leads no more, or has stopped.
func isUntaken(err error) bool {
	var elsewhere *NotLeaderError
	return errors.Is(err, ErrNotSent) || errors.As(err, &elsewhere) || errors.Is(err, ErrStopped) && errors.Is(err, ErrNotApplied)
}
