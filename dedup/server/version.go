package server

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/node"
)

// under makes of what was appended behind dst a payload of the cluster's version.
func (m *Machine) under(dst, appended []byte) []byte {
	return dedup.Under(m.state.Version(), appended, len(dst))
}

// AppendVersion is of node.StateMachine.
func (m *Machine) AppendVersion(dst []byte, stamp uint64, to node.Version) []byte {
	return m.under(dst, dedup.AppendVersion(dst, stamp, dedup.Version(to)))
}

// Speaks is of node.StateMachine.
func (m *Machine) Speaks() node.Versions {
	return node.Versions{Oldest: node.Version(dedup.Oldest()), Newest: node.Version(dedup.Newest())}
}

// Version is of node.StateMachine.
func (m *Machine) Version() node.Version { return node.Version(m.state.Version()) }

// Needs is of node.StateMachine: all commands that there are the first version has.
func (m *Machine) Needs([]byte) node.Version { return node.Version(dedup.FirstVersion) }

// inWords says of an error that the program is to be upgraded, where that is so.
func inWords(err error) error {
	if errors.Is(err, dedup.ErrUnknownVersion) {
		return fmt.Errorf("%w: %w", node.ErrUpgrade, err)
	}
	return err
}
