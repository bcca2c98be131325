package node

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// A snapshot may come of a node that has gone astray. Nothing in the file shows that: what was written is what came. But its head says
// what the sum of digests is after its last entry, and others may have said what theirs is there: whoever has a snapshot durable says
// it at once, a leader with each offer of one, and who has another one answers. Who leads may have no word of that entry, or nobody else; so what
// it has said of any other entry is held to what others have said there, too.
//
// Nothing is fetched, and nothing that came is installed, while two nodes are known to differ there and no majority says who is right. That does
// not say that the file is wrong: it stays, and so does the state that was loaded of it, so that nothing has to come again. It is refused, and
// goes, where a majority has another digest after its last entry; or where the leader that speaks of it has, and nobody says otherwise: then it is not
// what was asked for.
//
// Who counts. What a node has after an entry it has for ever, so a majority is one however long ago its words were said. Against a few the word of
// one counts, and may be that of a node which was stopped since, because its state was the one that is wrong: so it has to be repeated, as who
// runs does.

// ErrContested is wrapped by why a snapshot is not fetched, or not installed: nodes had different states after the same entry.
var ErrContested = errors.New("the nodes' states differ after the last entry of the snapshot, or after another one: one of them has gone astray; " +
	"none is loaded until a majority agrees, or the node whose state is wrong was stopped")

// deniedTurns is for how many tellings the word of one node counts. Who is there repeats it, since the leader's offers do. Who was
// stopped, since its state is the one that was wrong, holds up nobody for long.
const deniedTurns = 10

// wordOn returns the digest after entry k that others have: a majority's, or that of all who said one of late. An error where they differ.
func (r *Replica) wordOn(k protocol.Index) (sum uint64, known bool, err error) {
	if sum, known = r.majorityAt(k); known {
		return sum, true, nil
	}
	first, servers := protocol.Nil, r.voters()
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		said, turns, ok := r.said(id, k)
		switch {
		case !ok || !countsAgainst(turns):
		case first != protocol.Nil && differs(sum, said):
			return 0, false, fmt.Errorf("%w: after entry %d node %d has %016x, node %d %016x, and no majority is known to have one",
				ErrContested, k, first, sum, id, said)
		default:
			sum, first = said, id
		}
	}
	return sum, first != protocol.Nil, nil
}

// differsAt returns an error where a leader is not known to have what the others have after entry k.
func (r *Replica) differsAt(leader protocol.NodeID, k protocol.Index) error {
	sum, known, err := r.wordOn(k)
	if own, _, said := r.said(leader, k); err == nil && known && said && differs(own, sum) {
		err = fmt.Errorf("%w: after entry %d node %d, which leads, has %016x, the others have %016x", ErrContested, k, leader, own, sum)
	}
	return err
}

// contested returns an error where what a leader has after entry k is not known to be the cluster's: others differ from it there or, unless a majority
// agrees with it there, have been seen to differ after any other entry.
func (r *Replica) contested(leader protocol.NodeID, k protocol.Index) error {
	if err := r.differsAt(leader, k); err != nil {
		return err
	}
	_, known := r.majorityAt(k)
	if _, _, said := r.said(leader, k); said && known {
		return nil
	}
	if s := &r.digests.strays[leader]; isStray(s.by != protocol.Nil && !r.out.has(s.by) && countsAgainst(r.digests.turn-s.turn)) {
		return fmt.Errorf("%w: after entry %d node %d, which leads, has %016x, node %d %016x, and no majority is known to have the first",
			ErrContested, s.at, leader, s.sum, s.by, s.other)
	}
	return nil
}

// stray is why a node's state may not be the cluster's: another node had another one after the same entry, and no majority is known to have the
// first. Words are heard for moments only, and this is kept for as long as the word of the other one counts.
type stray struct {
	by         protocol.NodeID // who has another one; Nil: nobody
	at         protocol.Index
	sum, other uint64
	turn       int // the telling in which that one said so last
}

// lookWhoDiffers notes whose states differ after entry k.
func (r *Replica) lookWhoDiffers(k protocol.Index) {
	right, known := r.majorityAt(k)
	servers := r.everybody()
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		sum, _, said := r.said(id, k)
		s := &r.digests.strays[id]
		switch {
		case !said:
		case !known || differs(sum, right):
			r.noteStray(id, k, sum)
		case s.at == k:
			*s = stray{}
		}
	}
}

// noteStray notes who differs, of late, from what a node has after entry k: whoever said so last.
func (r *Replica) noteStray(id protocol.NodeID, k protocol.Index, sum uint64) {
	servers, s := r.everybody(), &r.digests.strays[id]
	for by := servers.Next(protocol.Nil); by != protocol.Nil; by = servers.Next(by) {
		other, turns, said := r.said(by, k)
		turn := r.digests.turn - turns
		if said && countsAgainst(turns) && differs(sum, other) && turn >= s.turn {
			*s = stray{by, k, sum, other, turn}
		}
	}
}

// objection returns why the snapshot that is here may not be the cluster's, and whether it is known not to be.
func (r *Replica) objection(s *Snapshot, leader protocol.NodeID) (denied bool, why error) {
	sum, known, err := r.wordOn(s.Index)
	_, byMajority := r.majorityAt(s.Index)
	switch {
	case err != nil:
		return false, err
	case known && differs(s.Sum, sum):
		own, _, said := r.said(leader, s.Index)
		return byMajority || said && !differs(own, sum),
			fmt.Errorf("%w: after entry %d it has %016x, the others have %016x", ErrContested, s.Index, s.Sum, sum)
	case byMajority:
		return false, nil
	}
	return false, r.contested(leader, s.Index)
}

// lookAtObtained holds the snapshot that is here, and not installed, to what others have said, and reports whether it may be installed. Where it is
// denied it is refused.
func (r *Replica) lookAtObtained() bool {
	s := r.obtained
	if s == nil {
		return false
	}
	denied, why := r.objection(s, r.core.Leader())
	switch {
	case isRefused(denied, why):
		r.refuse(s, why)
		return false
	case !mayInstall(why):
		r.unfetched = unfetched{s.Index, why}
		return false
	}
	r.unfetched = unfetched{}
	return true
}

// refuse gives up a snapshot that came: it is not of this cluster's state.
func (r *Replica) refuse(s *Snapshot, why error) {
	r.obtained, r.unfetched = nil, unfetched{s.Index, why}
	r.host.RefuseSnapshot(s.SnapshotID, why)
}

// isHeldBack reports whether a message would have the snapshot that is here installed, and is as if it were lost: the sender is not known to lead, or
// nobody knows yet whether that snapshot is right.
func (r *Replica) isHeldBack(m *protocol.Message) bool {
	o := r.obtained
	if m.Type != protocol.InstallSnapshot || m.Term < r.core.Term() || o == nil || o.Index != m.LastIndex || o.Term != m.LastTerm {
		return false
	}
	if !isUnderSame(m.Configuration, o.Under.Configuration) {
		r.refuse(o, fmt.Errorf("the snapshot of entry %d says that %v decide behind it, who leads says %v", o.Index, o.Under.Configuration, m.Configuration))
		return true
	}
	return !isInstalledFor(r.isOfLeader(m)) || !r.lookAtObtained()
}
