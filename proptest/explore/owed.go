package explore

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// owed is by node, from 0, how much was ever committed when the leader gave its newest id to reads: what they must
// see, whether it knows of it or not. 0 where there are none.
type owed [maxServers]uint8

// nextOwed is MCRaft's NextOwed, for the node that acted.
func (p *Parts) nextOwed(st State, acted nodeNumber) uint8 {
	i := p.nodes.values[acted]
	at := i.ID() - 1
	before, _ := p.nodes.values[st.nodes[at]].ReadID()
	switch now, _ := i.ReadID(); now {
	case 0:
		return 0
	case before:
		return st.owed[at]
	}
	return uint8(len(p.evers.values[st.ever]))
}

// owed is what a state of n nodes says of it.
func (r *reader) owed(v value, n int) (o owed) {
	items := r.members(v, tuple)
	if len(items) != n {
		r.fail("what each of %d nodes owes, not %v", n, v)
		return o
	}
	for k, item := range items {
		o[k] = uint8(r.number(item))
	}
	return o
}

// value is the way back.
func (o owed) value(n int) value {
	v := value{kind: tuple}
	for _, most := range o[:n] {
		v.items = append(v.items, natural(uint64(most)))
	}
	return v
}

// readSeesCommitted is MCRaft's ReadSeesCommitted: a read that may be answered sees whatever anybody knew to be committed
// when it came.
func readSeesCommitted(c protocol.Cluster, owes owed) error {
	for k, i := range c {
		if _, index := i.ReadID(); i.ConfirmRead(&protocol.Output{}) && index < protocol.Index(owes[k]) {
			return fmt.Errorf("ReadSeesCommitted: leader %d reads at %d, and %d was committed when the read came", i.ID(), index, owes[k])
		}
	}
	return nil
}
