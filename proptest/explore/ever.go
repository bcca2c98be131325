package explore

import (
	"encoding/binary"
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// everNumber is what was ever committed; 0 is nothing. Nodes forget what they know of it when
// they crash, so no view of them, however whole, tells whether it is still there.
type everNumber uint32

// committed is an entry of MCRaft's `ever`, whose index is its place there.
type committed struct {
	entry protocol.Entry
	at    protocol.Term // of who knew it first
}

// ever numbers what was ever committed.
func (p *Parts) ever(list []committed) everNumber {
	var encoding []byte
	for _, c := range list {
		said := c.entry.Configuration
		for _, n := range []uint64{uint64(c.entry.Term), uint64(c.entry.Value), uint64(c.at),
			uint64(said.Voters), uint64(said.Next), uint64(said.Learners)} {
			encoding = binary.AppendUvarint(encoding, n)
		}
	}
	n, _ := p.evers.number(encoding, func() ([]committed, error) { return list, nil })
	return everNumber(n)
}

// nextEver is MCRaft's NextEver, for the node that acted; the others know what they knew.
func (p *Parts) nextEver(before everNumber, i *protocol.Node) everNumber {
	list := p.evers.values[before]
	if i.CommitIndex() <= protocol.Index(len(list)) {
		return before
	}
	list = list[:len(list):len(list)]
	for k := protocol.Index(len(list)) + 1; k <= known(i); k++ {
		list = append(list, committed{i.At(k), i.CurrentTerm()})
	}
	return p.ever(list)
}

// known is up to where node i knows its log to be committed. A fault may say so of more than there is.
func known(i *protocol.Node) protocol.Index { return min(i.CommitIndex(), i.LastIndex()) }

// invariant is one of MCRaft's, which speak of what only models have.
type invariant struct {
	name  string
	holds func(protocol.Cluster, []committed) error
}

// invariants are those of MCRaft but for BoundsHold, which is about the actions that bounds.go gives.
var invariants = []invariant{
	{"EverAgrees", everAgrees},
	{"CommittedStays", committedStays},
	{"OneChangePending", oneChangePending},
}

// everAgrees: whatever anybody knows to be committed is what was committed there first.
func everAgrees(c protocol.Cluster, ever []committed) error {
	for _, i := range c {
		base := i.SnapshotIndex()
		if int(base) > len(ever) || base > 0 && i.TermAt(base) != ever[base-1].entry.Term {
			return fmt.Errorf("node %d has a snapshot up to %d of what was never committed", i.ID(), base)
		}
		for k := base + 1; k <= known(i); k++ {
			if int(k) > len(ever) || i.At(k) != ever[k-1].entry {
				return fmt.Errorf("node %d knows another entry at %d to be committed than once was", i.ID(), k)
			}
		}
	}
	return nil
}

// committedStays: what was ever committed every later leader has, also when all who knew have crashed.
func committedStays(c protocol.Cluster, ever []committed) error {
	for _, i := range c {
		for n, was := range ever {
			k := protocol.Index(n + 1)
			bound := i.Role() == protocol.Leader && was.at <= i.CurrentTerm()
			if bound && (k > i.LastIndex() || k > i.SnapshotIndex() && i.At(k) != was.entry) {
				return fmt.Errorf("leader %d of term %d lacks entry %d, committed when term %d was", i.ID(), i.CurrentTerm(), k, was.at)
			}
		}
	}
	return nil
}

// oneChangePending: in any log at most one configuration stands behind what was ever committed.
func oneChangePending(c protocol.Cluster, ever []committed) error {
	for _, i := range c {
		pending := 0
		for k := max(protocol.Index(len(ever)), i.SnapshotIndex()) + 1; k <= i.LastIndex(); k++ {
			if i.At(k).Value == protocol.Configured {
				pending++
			}
		}
		if pending > 1 {
			return fmt.Errorf("node %d has %d configurations behind the %d entries that were ever committed", i.ID(), pending, len(ever))
		}
	}
	return nil
}
