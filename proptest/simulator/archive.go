package simulator

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// archive is what was ever committed, with its payloads, as the disk of whoever knew it first had it: logs forget, the judge does not. What
// a member claims later is held to it, and so is each snapshot to the first one of its index.
type archive struct {
	entries   []node.Entry                           // by index-1
	same      [protocol.MaxNodeID + 1]protocol.Index // by id: up to here the member's disk was found to hold that
	snapshots map[protocol.Index][]byte              // header and body
	bodies    map[protocol.Index][]byte
}

// note takes in what a member that is up has committed and not forgotten.
func (a *archive) note(m *Member, n *protocol.Node) error {
	same := &a.same[m.ID]
	*same = max(min(*same, m.cut), n.SnapshotIndex())
	if int(*same) > len(a.entries) {
		return fmt.Errorf("the log of node %d begins behind %d, and nobody was known to have committed more than %d", m.ID, *same, len(a.entries))
	}
	for k := *same + 1; k <= n.CommitIndex(); k++ {
		e, err := m.disk.read(k)
		if errors.Is(err, ErrDisk) {
			return nil // its replica will hear of that
		}
		if err != nil {
			return fmt.Errorf("node %d has committed entry %d: %w", m.ID, k, err)
		}
		if int(k) > len(a.entries) {
			a.entries = append(a.entries, e)
			if err := m.world.noteMembers(k, &e); err != nil {
				return err
			}
		}
		if was := &a.entries[k-1]; was.Term != e.Term || was.Value != e.Value || was.Configuration != e.Configuration || !bytes.Equal(was.Payload, e.Payload) {
			return fmt.Errorf("node %d has another entry %d than was committed, of term %d and %d bytes", m.ID, k, e.Term, len(e.Payload))
		}
		*same = k
	}
	return nil
}

// snapshot takes in one that is durable somewhere.
func (a *archive) snapshot(index protocol.Index, term protocol.Term, header, body []byte) error {
	if int(index) > len(a.entries) || a.entries[index-1].Term != term {
		return fmt.Errorf("a snapshot of entry %d of term %d, which nobody was known to have committed", index, term)
	}
	file := append(bytes.Clone(header), body...)
	if was, ok := a.snapshots[index]; ok {
		if !bytes.Equal(was, file) {
			return fmt.Errorf("two snapshots of entry %d, of %d and %d bytes, differ from byte %d on", index, len(was), len(file), firstDifference(was, file))
		}
		return nil
	}
	a.snapshots[index], a.bodies[index] = file, body
	return nil
}

func firstDifference(a, b []byte) int {
	for k := range min(len(a), len(b)) {
		if a[k] != b[k] {
			return k
		}
	}
	return min(len(a), len(b))
}

// Archive returns every entry that was ever committed, by index-1: also what no log holds any more.
func (w *World) Archive() []node.Entry { return w.archive.entries }

// Snapshot returns the body of the snapshot of an entry, which is the same on all members, if there ever was one.
func (w *World) Snapshot(k protocol.Index) (body []byte, ok bool) {
	body, ok = w.archive.bodies[k]
	return body, ok
}
