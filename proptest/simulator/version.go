package simulator

import (
	"fmt"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// A member's program is that of the machine that Config.Machine gives it when it starts. Members say which versions it speaks with each message, and one whose
// program does not speak the version that the other one knows is refused, and stops, as where two introduce themselves.

// upgraded returns an error where a member is started with a program that does not speak what its disk says.
func (m *Member) upgraded() error {
	m.says = [protocol.MaxNodeID + 1]node.Versions{}
	if speaks := m.machine.Speaks(); speaks.Newest < m.version {
		return fmt.Errorf("%w: it speaks %v, the folder says %d", node.ErrUpgrade, speaks, m.version)
	}
	return nil
}

// hears takes in what another one says of its program; false where one of the two refuses the other.
func (m *Member) hears(from protocol.NodeID, says node.Versions) bool {
	if m.replica == nil || m.world.isCut(from, m.ID) {
		return true // and it is lost
	}
	sender := m.world.find(from)
	if sender == nil {
		return true
	}
	switch own := m.machine.Speaks(); {
	case says.Newest < m.version:
		if sender.replica != nil && sender.machine.Speaks() == says {
			sender.put(node.Failed(fmt.Errorf("%w: node %d refuses it", node.ErrUpgrade, m.ID)))
		}
		return false
	case own.Newest < sender.version:
		m.put(node.Failed(fmt.Errorf("%w: node %d refuses it", node.ErrUpgrade, from)))
		return false
	}
	m.says[from] = says
	return true
}

// Speaks is node.Host's.
func (h *host) Speaks(slot protocol.NodeID) node.Versions { return h.says[slot] }

// Raised is node.Host's.
func (h *host) Raised(v node.Version) error {
	h.version = v
	return nil
}
