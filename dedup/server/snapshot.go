package server

import (
	"errors"
	"io"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// snapshotLimit is what a snapshot may hold above the table while it is being taken.
const snapshotLimit = 256 << 20

// Snapshot is of node.StateMachine.
func (m *Machine) Snapshot() (node.Body, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, err := m.state.Snapshot(snapshotLimit)
	if err != nil {
		return nil, err
	}
	return &body{machine: m, snapshot: s}, nil
}

// body is a snapshot that is told while entries are applied: a piece between two of them.
type body struct {
	machine  *Machine
	snapshot *dedup.Snapshot
}

// toldAtOnce is how much of it is told between two entries at least. That holds up the next one for less than a millisecond; where entries are
// large and follow one another, less takes as many of them, and the snapshot so long that what it has to hold outgrows its limit.
const toldAtOnce = 512 << 10

// Next tells more. With what comes behind the last piece it tells nothing, and the error.
func (b *body) Next(dst []byte) (_ []byte, err error) {
	b.machine.mu.Lock()
	defer b.machine.mu.Unlock()
	from := len(dst)
	for err == nil && len(dst)-from < toldAtOnce {
		dst, err = b.snapshot.Next(dst)
	}
	switch {
	case len(dst) > from && errors.Is(err, dedup.ErrSnapshotEnd):
		return dst, nil // and it is told again
	case errors.Is(err, dedup.ErrSnapshotEnd):
		err = io.EOF
	}
	return dst, err
}

func (b *body) Close() {
	b.machine.mu.Lock()
	defer b.machine.mu.Unlock()
	b.snapshot.Close()
}

// loader is a state beside the machine's own.
type loader struct {
	dedup.Loader
	loaded *dedup.Machine
}

// Loader is of node.StateMachine.
func (m *Machine) Loader() node.Loader { return &loader{} }

func (l *loader) Finish() (err error) {
	l.loaded, err = l.Loader.Machine()
	return err
}

func (l *loader) Members() protocol.NodeSet { return membersOf(l.loaded) }

// Swap is of node.StateMachine. What was pinned of the state before stays with it, and so does a snapshot that is being told: they end
// as they would have. Answers to its last entry there are no more.
func (m *Machine) Swap(loaded node.Loader) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = loaded.(*loader).loaded
	m.results, m.read = dedup.Results{}, dedup.Results{} // they hold what the state before had
}
