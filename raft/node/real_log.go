package node

import (
	"time"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// Append is Host's.
func (h *realHost) Append(r *Record) error {
	w := &h.records
	base, _ := h.log.Base()
	*w = wal.Record{Mark: uint64(r.Mark), Term: r.Term, Vote: r.Vote, Commit: r.Commit, Entries: w.Entries[:0]}
	if r.Base != base {
		w.Base, w.BaseTerm = r.Base, r.BaseTerm
		if r.Installed != nil {
			w.Under = (*wal.Membership)(r.Installed)
		}
	}
	if w.Log = len(r.Entries) > 0 || r.Prev != h.log.LastIndex() || takesPlace(w.Base, r.Prev); w.Log {
		w.Prev = r.Prev
	}
	for _, e := range r.Entries {
		w.Entries = append(w.Entries, wal.Entry(e))
	}
	err := h.log.Append(w)
	clear(w.Entries)
	return err
}

// Sync is Host's.
func (h *realHost) Sync() { h.syncs <- struct{}{} }

// ReadEntry is Host's.
func (h *realHost) ReadEntry(k protocol.Index) (Entry, error) {
	e, err := h.log.Read(k, nil)
	return Entry(e), err
}

// syncLoop syncs when it is asked to, until the node stops or the log fails.
func (n *Node) syncLoop() {
	for {
		select {
		case <-n.stopping:
			return
		case <-n.syncs:
		}
		if !n.sync() {
			return
		}
	}
}

// sync makes durable what was appended. A sync that failed is never tried again: it ends the replica.
func (n *Node) sync() bool {
	n.syncTimes.begin(time.Now())
	mark, err := n.log.Sync()
	n.syncTimes.end(time.Now())
	if err != nil {
		n.inbox.put(Failed(err))
		return false
	}
	n.inbox.put(Synced(raft.Mark(mark)))
	select {
	case n.files <- struct{}{}:
	default:
	}
	return true
}
