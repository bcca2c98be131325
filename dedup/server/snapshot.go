package server

import (
	"errors"
	"io"
	"runtime"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/internal/pages"
	"github.com/eventstreamcore/semel/raft/node"
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

// body is a snapshot that is told while entries are applied: records are copied between two of them, and told beside the next ones.
type body struct {
	machine  *Machine
	snapshot *dedup.Snapshot
}

// pieceBytes is how long a piece is, but for the rest of a record, unless it is the last of what was copied.
const pieceBytes = 256 << 10

// Next tells more, and lets whoever else has work go first: a goroutine may have a processor for 10 ms on end, and entries are not to
// wait for that.
func (b *body) Next(dst []byte) ([]byte, error) {
	defer runtime.Gosched()
	if err := b.copy(); errors.Is(err, dedup.ErrSnapshotEnd) {
		return dst, io.EOF
	} else if err != nil {
		return dst, err
	}
	return b.snapshot.Append(dst, pieceBytes), nil
}

// copy waits for the end of an entry where everything that was copied is told.
func (b *body) copy() error {
	if b.snapshot.Copied() {
		return nil
	}
	defer runtime.Gosched() // an entry that waits is applied at once
	b.machine.mu.Lock()
	defer b.machine.mu.Unlock()
	return b.snapshot.Copy()
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
func (m *Machine) Loader() node.Loader { return &loader{Loader: dedup.Loader{Taken: pages.Large}} }

func (l *loader) Write(p []byte) (int, error) {
	n, err := l.Loader.Write(p)
	return n, inWords(err)
}

func (l *loader) Finish() (err error) {
	l.loaded, err = l.Loader.Machine()
	return err
}

// Swap is of node.StateMachine. What was pinned of the state before stays with it, and so does a snapshot that is being told: they end
// as they would have. Answers to its last entry there are no more.
func (m *Machine) Swap(loaded node.Loader) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state = loaded.(*loader).loaded
	m.results, m.read = dedup.Results{}, dedup.Results{} // they hold what the state before had
}
