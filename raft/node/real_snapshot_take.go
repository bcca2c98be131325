package node

import (
	"errors"
	"io"
	"runtime"

	"github.com/eventstreamcore/semel/raft/snapshot"
)

// TakeSnapshot is Host's. The pieces of the body are asked for one by one, with the disk's work between two of them: whoever applies
// entries has the machine meanwhile.
func (h *realHost) TakeSnapshot(t Taking) {
	n := (*Node)(h)
	under, _, failed := n.log.InForce(t.Index)
	n.work(func() {
		bytes, err := n.take(&t, snapshot.Membership(under), failed)
		if err != nil {
			n.inbox.put(SnapshotFailed(n.sayNotTaken(&t, err)))
			return
		}
		n.tellTaken(takenSnapshot{t.Index, bytes})
	})
}

// take writes a snapshot, with who decides behind it, or why that is not known, and returns the length of its file, once it is durable.
func (n *Node) take(t *Taking, under snapshot.Membership, failed error) (bytes int64, err error) {
	defer t.Body.Close()
	if failed != nil {
		return 0, failed
	}
	if err := n.leavesRoom(n.newestBytes()); err != nil {
		return 0, err
	}
	w, err := n.store.CreateUnder(t.Index, t.Term, t.Stamp, under)
	if err != nil {
		return 0, err
	}
	defer w.Abort()
	if _, err := w.Write(t.Head); err != nil {
		return 0, err
	}
	if err := n.writeBody(w, t.Body); err != nil {
		return 0, err
	}
	header, err := w.Commit()
	return header.FileBytes(), err
}

// writeBody writes piece after piece, until the node stops.
func (n *Node) writeBody(w io.Writer, body Body) error {
	var piece []byte
	for written := 0; ; {
		select {
		case <-n.stopping:
			return ErrStopped
		default:
		}
		var err error
		if piece, err = body.Next(piece[:0]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if _, err := w.Write(piece); err != nil {
			return err
		}
		if written += len(piece); written >= roomLookedAt {
			if err := n.leavesRoom(roomLookedAt); err != nil {
				return err
			}
			written = 0
		}
		runtime.Gosched()
	}
}

// sayNotTaken logs why there is no snapshot, and puts that into the replica's words.
func (n *Node) sayNotTaken(t *Taking, err error) error {
	switch {
	case errors.Is(err, ErrStopped):
	case errors.Is(err, snapshot.ErrDiffers):
		n.sayDiffers(t.Index, err)
	default:
		n.options.Logger.Warn("no snapshot was taken; it is tried again later, and the log grows until then", "index", t.Index, "reason", err)
	}
	if isFull(err) {
		return roomlessError{err}
	}
	return err
}

// roomlessError is ErrNoRoom to the replica, and says no word of it: that speaks of a proposal, and of the leader's disk.
type roomlessError struct{ error }

// Is says that there was no room.
func (e roomlessError) Is(target error) bool { return target == ErrNoRoom }

// Unwrap returns what the disk said.
func (e roomlessError) Unwrap() error { return e.error }
