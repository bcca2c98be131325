package node

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// MeetsStrangers returns an error where a node takes part, or does not, by whom else it has met than those who decide by its log.
func MeetsStrangers() error {
	first := protocol.Configuration{Voters: protocol.Nodes(1, 2, 3)}
	joint := protocol.Configuration{Voters: protocol.Nodes(1, 2, 3), Next: protocol.Nodes(1, 3, 4, 5, 6)}
	for _, c := range []struct {
		what   string
		own    protocol.NodeID
		decide protocol.Configuration
		empty  bool
		met    protocol.NodeSet
		later  protocol.NodeSet // of met
		takes  bool
	}{
		{"nobody", 3, first, false, 0, 0, false},
		{"a stranger", 3, first, false, protocol.Nodes(7), protocol.Nodes(7), true},
		{"one that was removed", 3, first, false, protocol.Nodes(7), 0, false},
		{"strangers, and may have been wiped", 3, first, true, protocol.Nodes(7, 8), protocol.Nodes(7, 8), false},
		{"an old one, and may have been wiped", 3, first, true, protocol.Nodes(1), 0, true},
		{"one stranger, and has joined", 4, first, true, protocol.Nodes(7), protocol.Nodes(7), false},
		{"strangers, and has joined", 4, first, true, protocol.Nodes(7, 8), protocol.Nodes(7, 8), true},
		{"one stranger, where two sets decide", 3, joint, false, protocol.Nodes(7), protocol.Nodes(7), false},
		{"two strangers, where two sets decide", 3, joint, false, protocol.Nodes(7, 8), protocol.Nodes(7, 8), true},
	} {
		m := newMeetings(c.own, c.decide)
		for id := c.met.Next(protocol.Nil); id != protocol.Nil; id = c.met.Next(id) {
			m.meet(id, c.later.Has(id), c.empty)
		}
		if takes := m.takesPart(); takes != c.takes {
			return fmt.Errorf("%d has met %s: it takes part: %t", c.own, c.what, takes)
		}
	}
	return nil
}

// GoesByWhatItWasTold returns an error where a replica that joined takes others for those who decide than its log says, or what it was told where that is newer.
func GoesByWhatItWasTold() error {
	r, err := replicaIn(1, nil)
	if err != nil {
		return err
	}
	logged, at := r.core.InForce()
	told := protocol.Configuration{Voters: protocol.Nodes(4, 5, 6)}
	for _, c := range []struct {
		told Told
		want protocol.Configuration
	}{
		{Told{At: at, Configuration: told}, logged},
		{Told{At: at + 1, Configuration: told}, told},
	} {
		r.joinedWith = &c.told
		if by, _ := r.known(); by != c.want {
			return fmt.Errorf("it was told of entry %d, its log has %d: it goes by %v", c.told.At, at, by)
		}
	}
	return nil
}
