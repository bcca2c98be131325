package node

import (
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// A leader hands over to another replica: because somebody asks for it, its owner stops it, or its disk has no room. Until
// that one leads, or the try is given up after an election timeout, what is proposed waits here as for a leader: it is not
// overload, and goes to whoever leads then, in its order.

// handover is a try that is under way, of this replica's.
type handover struct {
	to     protocol.NodeID // Nil: none
	anyone bool            // whoever leads next is right
	term   protocol.Term   // that this replica leads, or led
	ticks  int             // left for the next leader to be heard, once this replica leads no more
	waiter Waiter          // nil: nobody asked
}

// askTransfer begins to hand over, or says why not.
func (r *Replica) askTransfer(to protocol.NodeID, w Waiter) error {
	switch {
	case to != protocol.Nil && !r.voters().Has(to):
		r.host.Reply(w, Answers{}, ErrNoSuchNode)
	case to == r.cfg.Raft.ID && r.core.Role() == protocol.Leader:
		r.host.Reply(w, Answers{}, nil)
	case r.core.Role() != protocol.Leader:
		r.host.Reply(w, Answers{}, r.notLeader(r.core.Leader()))
	case r.core.Transferring() != protocol.Nil:
		r.host.Reply(w, Answers{}, ErrTransferring)
	default:
		return r.beginTransfer(to, w)
	}
	return nil
}

// beginTransfer has the core try.
func (r *Replica) beginTransfer(to protocol.NodeID, w Waiter) error {
	h := handover{to: to, anyone: to == protocol.Nil, term: r.core.Term(), ticks: 2 * r.core.Config().ElectionTicks, waiter: w}
	if h.anyone {
		h.to = r.successor()
	}
	r.handover = h
	if h.to == protocol.Nil {
		r.endTransfer(ErrUnanswered)
		return nil
	}
	if err := r.step(raft.Transfer(h.to)); err != nil {
		return err
	}
	if r.core.Transferring() == protocol.Nil && r.core.Role() == protocol.Leader {
		r.endTransfer(ErrUnanswered)
	}
	return nil
}

// successor is the replica that a leader hands over to of itself: of those that it hears and that have most room, the one
// that has most of the log; Nil where there is none.
func (r *Replica) successor() (best protocol.NodeID) {
	servers := r.voters()
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		if id == r.cfg.Raft.ID || r.out.has(id) || r.core.TicksSinceHeard(id) > r.silentTicks() {
			continue
		}
		if best == protocol.Nil || r.lacks(id) < r.lacks(best) ||
			r.lacks(id) == r.lacks(best) && r.core.Acknowledged(id) > r.core.Acknowledged(best) {
			best = id
		}
	}
	return best
}

// lacks is the smaller, the more room a peer has said to have: 0 where that is enough to lead.
func (r *Replica) lacks(id protocol.NodeID) int {
	if r.tight.Has(id) {
		return 1
	}
	return 2 * int(r.scarce[id])
}

// noteTransfer looks how a try has gone.
func (r *Replica) noteTransfer() {
	h, leader := &r.handover, r.core.Leader()
	switch {
	case h.to == protocol.Nil:
	case leader == r.cfg.Raft.ID:
		if r.core.Transferring() == protocol.Nil {
			r.endTransfer(ErrLeadsOn)
		}
	case leader == h.to || leader != protocol.Nil && h.anyone:
		r.endTransfer(nil)
	case leader != protocol.Nil:
		r.endTransfer(r.notLeader(leader))
	case h.ticks <= 0:
		r.endTransfer(ErrNoSuccessor)
	}
}

// endTransfer tells who asked how it went.
func (r *Replica) endTransfer(err error) {
	w := r.handover.waiter
	r.handover = handover{}
	if w != nil {
		r.host.Reply(w, Answers{}, err)
	}
}

// relief is a leader's that has no room for new work: it hands over to one that has some, where a majority has, and what waits goes
// there. Who tried in vain refuses what it has no room for, as before, and tries again much later.
type relief struct {
	ticks  int  // until it may try again
	due    bool // it tries at the end of this round
	wanted bool // something waited for room since the last tick
	lacks  int  // ticks for which room has been wanting: until the others have told of theirs, it is not known who has any
}

// reliefElections is how many elections long a leader without room waits before it tries again.
const reliefElections = 10

// mayRelieve reports whether this leader may leave the lead to one with room.
func (r *Replica) mayRelieve() bool {
	return r.couldRelieve() && hasNews(r.relief.lacks, r.silentTicks())
}

// awaitsNews reports whether a leader may leave, and the others may not have told yet whether they have room: where all disks
// lose theirs at once another one could not even commit its first entry.
func (r *Replica) awaitsNews() bool {
	return r.couldRelieve() && !hasNews(r.relief.lacks, r.silentTicks())
}

func (r *Replica) couldRelieve() bool {
	return r.relief.ticks == 0 && r.core.Role() == protocol.Leader && !r.loading() && leavesFull(r.othersHaveRoom())
}

// tickTransfer lets a unit of time pass. A leader leaves that has no room for new work, also where none comes.
func (r *Replica) tickTransfer() {
	if r.core.Role() != protocol.Leader {
		r.handover.ticks--
		return
	}
	r.relief.ticks = max(0, r.relief.ticks-1)
	if r.relief.wanted || r.scarcity() > Begin {
		r.relief.lacks++
	} else {
		r.relief.lacks = 0
	}
	r.relief.wanted = false
	r.relief.due = r.relief.due || r.scarcity() > Begin && r.mayRelieve()
}

// relieve has a leader without room hand over.
func (r *Replica) relieve() error {
	if !r.relief.due {
		return nil
	}
	r.relief = relief{ticks: reliefElections * r.core.Config().ElectionTicks}
	if r.core.Transferring() != protocol.Nil {
		return nil
	}
	return r.beginTransfer(protocol.Nil, nil)
}

// othersHaveRoom reports whether a majority, without this replica, has said nothing of having little room, and is heard.
func (r *Replica) othersHaveRoom() bool {
	servers, have := r.voters(), 0
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		if id != r.cfg.Raft.ID && r.lacks(id) == 0 && r.core.TicksSinceHeard(id) <= r.silentTicks() {
			have++
		}
	}
	return majorityHas(have, servers.Len())
}
