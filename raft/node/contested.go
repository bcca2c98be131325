package node

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// A snapshot may come of a node that has gone astray. Nothing in the file shows that: what was written is what came. But its head says
// what the sum of digests is after its last entry, and others may have said what theirs is there: whoever has a snapshot durable says
// it at once, a leader with each offer of one, and who has another one answers. So a replica that has a snapshot here and has not
// installed it holds it to all that it has heard of that entry, and goes on doing so until it is installed: where a majority or, with none
// known, anybody has another digest there it is refused, and its file goes. As long as others differ, or the leader from a majority, none is
// fetched. What comes later may be another node's, or stand by then: who denies it has to repeat that, as who runs does.

// ErrContested is wrapped by why a snapshot is not fetched, or not taken: others had another state after its last entry.
var ErrContested = errors.New("the nodes' states differ after the last entry of the snapshot: one of them has gone astray; " +
	"none is loaded until a majority agrees, or the node whose state is wrong was stopped")

// wordOn returns the digest after entry k that others have: a majority's, or that of all who said one. An error where they differ.
func (r *Replica) wordOn(k protocol.Index) (sum uint64, known bool, err error) {
	if sum, known = r.majorityAt(k); known {
		return sum, true, nil
	}
	servers := r.cfg.Raft.Servers
	for id := servers.Next(protocol.Nil); id != protocol.Nil; id = servers.Next(id) {
		said, ok := r.saidLately(id, k)
		switch {
		case !ok:
		case known && differs(sum, said):
			return 0, false, fmt.Errorf("%w: entry %d, digests %016x and %016x, and no majority is known to have one", ErrContested, k, sum, said)
		default:
			sum, known = said, true
		}
	}
	return sum, known, nil
}

// deniedTurns is for how many tellings a word counts against a snapshot. Who is there repeats it, since the leader's offers do. Who was
// stopped, since its state is the one that was wrong, holds up nobody for long.
const deniedTurns = 10

// saidLately returns what a node said after entry k, if it did not long ago.
func (r *Replica) saidLately(id protocol.NodeID, k protocol.Index) (sum uint64, ok bool) {
	d := &r.digests
	for n, heard := range d.heard[id] {
		if heard.Index == k && !countsAgainst(d.turn-d.when[id][n]) {
			return 0, false
		}
	}
	return r.said(id, k)
}

// contested returns an error where the snapshot of entry k that a leader speaks of is not to be had from it.
func (r *Replica) contested(leader protocol.NodeID, k protocol.Index) error {
	sum, known, err := r.wordOn(k)
	if own, said := r.said(leader, k); err == nil && known && said && differs(own, sum) {
		err = fmt.Errorf("%w: entry %d, the leader's digest is %016x, a majority's is %016x", ErrContested, k, own, sum)
	}
	return err
}

// lookAtObtained holds the snapshot that is here, and not installed, to what others have said.
func (r *Replica) lookAtObtained() {
	s := r.obtained
	if s == nil {
		return
	}
	sum, known, err := r.wordOn(s.Index)
	if err == nil && known && differs(s.Sum, sum) {
		err = fmt.Errorf("%w: entry %d, its digest is %016x, the others have %016x", ErrContested, s.Index, s.Sum, sum)
	}
	if !isUncontested(err) {
		r.obtained, r.fetchErr = nil, err
		r.host.RefuseSnapshot(s.SnapshotID, err)
	}
}
