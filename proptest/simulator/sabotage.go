package simulator

import (
	"bytes"
	"io"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// Sabotage is what a host does wrong with snapshots, or members. A check that then finds nothing looks at nothing.
type Sabotage string

// What hosts may do wrong.
const (
	ToldTooSoon     Sabotage = "told-too-soon"    // a snapshot is said to be durable while it is still being written
	AnotherSnapshot Sabotage = "another-snapshot" // the newest that is here is loaded in place of the one that was fetched
	FitsUnasked     Sabotage = "fits-unasked"     // a replica comes up with the newest, whether its log has that entry or not
	RotUnseen       Sabotage = "rot-unseen"       // what is loaded at a start is not held to its checksums
	OnlyTheNewest   Sabotage = "only-the-newest"  // all but the newest is forgotten, and the log may lack what that is of
	NothingStays    Sabotage = "nothing-stays"    // what was fetched is loaded, and then not kept
	PieceTwice      Sabotage = "piece-twice"      // a piece of the state is written twice
)

// What hosts may do wrong with who the members are.
const (
	SaysNothing    Sabotage = "says-nothing"     // a snapshot says of no members: who comes by it goes by the first ones
	NotInstalled   Sabotage = "not-installed"    // where a snapshot takes the place of a log it stays under who decided at its base before
	ComesBackEmpty Sabotage = "comes-back-empty" // a folder that was lost is replaced by an empty one in the same slot
)

// MemberSabotages are all of them.
func MemberSabotages() []Sabotage { return []Sabotage{SaysNothing, NotInstalled, ComesBackEmpty} }

// Sabotages are all of them.
func Sabotages() []Sabotage {
	return []Sabotage{ToldTooSoon, AnotherSnapshot, FitsUnasked, RotUnseen, OnlyTheNewest, NothingStays, PieceTwice}
}

// does reports whether the member's host does that wrong.
func (m *Member) does(wrong Sabotage) bool { return m.world.cfg.Sabotage == wrong }

// sumBytes ends each block of a snapshot's file.
const sumBytes = 4

// instead returns the snapshot that is loaded in the place of the one of an index: that one.
func (m *Member) instead(index protocol.Index) protocol.Index {
	if !m.does(AnotherSnapshot) {
		return index
	}
	for _, there := range m.snapshots.store.List() {
		if there.Err == nil && there.Index != index {
			return there.Index
		}
	}
	return index
}

// unchecked reads a snapshot as it stands on the disk.
func (m *Member) unchecked(there *snapshot.Snapshot) (*node.Snapshot, error) {
	file := m.snapshots.folder.Image()[fileOf(there.Index)]
	if len(file) < snapshot.HeaderBytes {
		return nil, io.ErrUnexpectedEOF
	}
	body := file[snapshot.HeaderBytes:]
	var data []byte
	for ; len(body) > 0; body = body[min(len(body), blockBytes):] {
		data = append(data, body[:min(len(body), blockBytes)-sumBytes]...)
	}
	return node.LoadSnapshot(m.machine, idOf(there.Header), int64(len(file)), bytes.NewReader(data))
}
