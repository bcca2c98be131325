package node

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// Body is what a state machine tells of a snapshot, in order, in pieces. One goroutine at a time calls it, not always the
// loop's, while entries are applied.
type Body interface {
	// Next appends the next piece; io.EOF, and nothing appended, behind the last. Any other error ends the snapshot.
	Next(dst []byte) ([]byte, error)
	// Close gives back what is held; once, at the end too.
	Close()
}

// Loader makes the state of a snapshot beside the machine's own. One goroutine at a time calls it, not always the loop's.
type Loader interface {
	// Write takes the next piece of what a Body told; of any length, and it keeps nothing of p.
	io.Writer
	// Finish ends it: the state is whole, or the error says what is wrong.
	Finish() error
}

// SnapshotID names a snapshot: by the entry that it covers last.
type SnapshotID struct {
	Index protocol.Index
	Term  protocol.Term
	Stamp uint64 // of that entry
}

// Taking is a snapshot to be taken: what its file holds is Head, and all that Body tells.
type Taking struct {
	SnapshotID
	Head []byte
	Body Body
}

// Snapshot is one that is durable here, and loaded.
type Snapshot struct {
	SnapshotID
	Bytes int64      // of its file
	Sum   uint64     // see Digest
	State Loader     // finished
	Under Membership // who decides behind it, as its file says
}

// takingHeadBytes is how long Taking.Head is: the sum of Digest.
const takingHeadBytes = 8

// LoadSnapshot reads what a snapshot's file holds into a machine's loader. The error is of body, or says that this is no
// snapshot of this machine's.
func LoadSnapshot(machine StateMachine, id SnapshotID, bytes int64, body io.Reader) (*Snapshot, error) {
	digest, err := SnapshotDigest(id.Index, body)
	if err != nil {
		return nil, fmt.Errorf("load the snapshot of entry %d: %w", id.Index, err)
	}
	state := machine.Loader()
	if _, err := io.CopyBuffer(struct{ io.Writer }{state}, body, make([]byte, loadedAtOnce)); err != nil {
		return nil, fmt.Errorf("load the snapshot of entry %d: %w", id.Index, err)
	}
	if err := state.Finish(); err != nil {
		return nil, fmt.Errorf("load the snapshot of entry %d: %w", id.Index, err)
	}
	return &Snapshot{SnapshotID: id, Bytes: bytes, Sum: digest.Sum, State: state}, nil
}

// SnapshotDigest reads the head of what the file of the snapshot of an entry holds: the digest of whoever took it after that entry.
func SnapshotDigest(index protocol.Index, body io.Reader) (Digest, error) {
	var head [takingHeadBytes]byte
	if _, err := io.ReadFull(body, head[:]); err != nil {
		return Digest{}, err
	}
	return Digest{index, binary.LittleEndian.Uint64(head[:])}, nil
}

const loadedAtOnce = 256 << 10

// Fits reports whether a replica with this log on its disk may come up with a snapshot: the log has the snapshot's last entry, or
// begins behind it. One that a crash left beside a log without that entry fits again when the log has caught up.
func (id SnapshotID) Fits(log *protocol.Log) bool {
	base, _ := log.Base()
	return id.Index >= base && id.Index <= log.LastIndex() && log.TermAt(id.Index) == id.Term
}
