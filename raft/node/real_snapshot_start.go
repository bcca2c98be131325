package node

import (
	"errors"
	"fmt"
	"strings"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// ErrLostSnapshot is wrapped by what Start returns where the log begins behind a base and no snapshot can be read that reaches it.
// The error is a *LostSnapshotError.
var ErrLostSnapshot = errors.New("no snapshot can be read that the log goes on from")

// LostSnapshotError says what a node that was not started lacks. It wraps ErrLostSnapshot, and why each of the snapshots that are there
// can't be used.
type LostSnapshotError struct {
	Base, Last protocol.Index // behind what the log begins, and where it ends
	Why        []error
}

// Error says what is wrong with each, and the ways out.
func (e *LostSnapshotError) Error() string {
	why := []string{"there is none"}
	if len(e.Why) > 0 {
		why = why[:0]
		for _, err := range e.Why {
			why = append(why, err.Error())
		}
	}
	return fmt.Sprintf("%v: it begins behind entry %d, and what was before is not kept: %s. Where a disk refused to be read, mend that and start again. "+
		"Otherwise copy a file from another node's folder of snapshots into this node's, one from %016x.snapshot to %016x.snapshot, entries %d to %d: of an entry they are the "+
		"same on each node, and there only until newer ones come. Without one this node can't come back; the others go on without it",
		ErrLostSnapshot, e.Base, strings.Join(why, "; "), e.Base, e.Last, e.Base, e.Last)
}

// Unwrap returns ErrLostSnapshot, and why the snapshots that are there can't be used.
func (e *LostSnapshotError) Unwrap() []error { return append([]error{ErrLostSnapshot}, e.Why...) }

// adoptFound has what was received, by a process that came no further, be one of this node's snapshots, where the log begins behind it: only then
// it was chosen. Where that fails it is loaded all the same, and tried again.
func (n *Node) adoptFound(base protocol.Index) {
	part, ok := n.store.Partial()
	if !ok || !isNamed(part.Index, base) {
		return
	}
	if err := n.store.Adopt(part.Index); err != nil {
		n.options.Logger.Warn("the snapshot that the log begins behind was received, and could not be given its name; it is tried again", "index", part.Index, "reason", err)
	}
}

// standing are the snapshots that a start may load, newest first.
func (n *Node) standing(base protocol.Index) []snapshot.Snapshot {
	all := n.store.List()
	if received, ok := n.store.Received(); ok && isNamed(received.Index, base) {
		all = append(all, received)
	}
	return all
}

// loadNewest loads the newest snapshot that fits the log and can be read to its end; nil where there is none and the log needs none.
func (n *Node) loadNewest(log *protocol.Log) (*Snapshot, error) {
	var why []error
	base, _ := log.Base()
	n.adoptFound(base)
	for _, there := range n.standing(base) {
		loaded, err := n.loadFitting(there, log)
		switch {
		case loaded != nil:
			return loaded, nil
		case errors.Is(err, snapshot.ErrNoRoom):
			return nil, err // of descriptors: the file is as it was
		case err != nil:
			n.options.Logger.Error("a snapshot can't be read: an older one is tried, if there is one, and the log behind it", "index", there.Index, "reason", err)
			why = append(why, err)
		}
	}
	if base > 0 {
		return nil, &LostSnapshotError{Base: base, Last: log.LastIndex(), Why: why}
	}
	return nil, nil
}

// loadFitting loads a snapshot; nil, and no error, where it does not fit: it is from before the base, or a crash left it beside a log
// that does not reach it.
func (n *Node) loadFitting(there snapshot.Snapshot, log *protocol.Log) (*Snapshot, error) {
	id := idOf(there.Header)
	switch {
	case there.Err != nil:
		return nil, there.Err
	case !fits(id, log):
		return nil, nil
	}
	return n.load(n.ending, id)
}

// digestOfBase is of the snapshot that the log begins behind, where a start has loaded a newer one. Where it can't be read nobody can get it of
// this node either.
func (n *Node) digestOfBase(newest *Snapshot, log *protocol.Log) Digest {
	base, _ := log.Base()
	if base == 0 || newest.Index == base {
		return Digest{}
	}
	digest, err := n.readDigest(base)
	if err != nil {
		n.options.Logger.Warn("the snapshot that the log begins behind can't be read, and others who need it can't be told what to hold it to", "index", base, "reason", err)
	}
	return digest
}

func (n *Node) readDigest(index protocol.Index) (Digest, error) {
	body, err := n.store.Load(index)
	if err != nil {
		return Digest{}, err
	}
	defer body.Close()
	return SnapshotDigest(index, body)
}

func idOf(h snapshot.Header) SnapshotID {
	return SnapshotID{Index: h.Index, Term: h.Term, Stamp: h.Stamp}
}
