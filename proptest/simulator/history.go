package simulator

import (
	"fmt"
	"math"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// history is what was ever committed, for it is forgotten with those who knew.
type history struct {
	committed []committed                            // by index-1
	same      [protocol.MaxNodeID + 1]protocol.Index // by id: up to here the member's log was found to be that
}

// committed is an entry that was committed somewhere, once.
type committed struct {
	entry protocol.Entry
	term  protocol.Term // in which that was first known
}

// uncut is where a log was cut off of which nothing was.
const uncut = protocol.Index(math.MaxUint64)

// committedStays: what was committed once is committed at its place for ever, and every later leader has it, also
// when all who knew have lost their power since. It looks at what is new: behind what was found to be the same
// before, as far as the member's log was not replaced from behind cut on since.
func (h *history) committedStays(n *protocol.Node, cut protocol.Index) error {
	same := &h.same[n.ID()]
	*same = min(*same, cut)
	if err := h.stands(n); err != nil {
		return err
	}
	for k := *same + 1; k <= n.CommitIndex(); k++ {
		if int(k) > len(h.committed) {
			h.committed = append(h.committed, committed{n.At(k), n.CurrentTerm()})
		}
		if was := h.committed[k-1]; was.entry != n.At(k) {
			return fmt.Errorf("node %d committed another entry at %d than was committed in term %d", n.ID(), k, was.term)
		}
		*same = k
	}
	if n.Role() != protocol.Leader {
		return nil
	}
	for k := max(*same, n.SnapshotIndex()) + 1; int(k) <= len(h.committed); k++ {
		was := h.committed[k-1]
		has := k <= n.LastIndex() && n.At(k) == was.entry
		if !has && was.term <= n.CurrentTerm() {
			return fmt.Errorf("leader %d of term %d lacks entry %d, which was committed in term %d", n.ID(), n.CurrentTerm(), k, was.term)
		}
		if has && k == *same+1 {
			*same = k
		}
	}
	return nil
}

// stands: where a log begins a snapshot stands for what is committed, and for no other entry.
func (h *history) stands(n *protocol.Node) error {
	base := n.SnapshotIndex()
	switch {
	case int(base) > len(h.committed):
		return fmt.Errorf("the log of node %d begins behind %d, and nobody was known to have committed more than %d", n.ID(), base, len(h.committed))
	case base > 0 && h.committed[base-1].entry.Term != n.TermAt(base):
		return fmt.Errorf("the log of node %d begins behind %d of term %d, committed was %d", n.ID(), base, n.TermAt(base), h.committed[base-1].entry.Term)
	}
	h.same[n.ID()] = max(h.same[n.ID()], base)
	return nil
}
