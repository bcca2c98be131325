package node

import (
	"errors"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
)

// reading is a stretch of the log that is to be read for a reader.
type reading struct {
	to          Reader
	first, last protocol.Index
	bytes       int
}

// ReadAhead is Host's. There is room for one reading of each reader, so it never waits.
func (h *realHost) ReadAhead(to Reader, first, last protocol.Index, bytes int) {
	h.reads <- reading{to, first, last, bytes}
}

// readLoop reads one stretch after another, in the order asked for.
func (n *Node) readLoop() {
	for {
		select {
		case <-n.stopping:
			return
		case r := <-n.reads:
			entries, err := n.readStretch(r)
			if err != nil {
				n.inbox.put(Failed(err))
				return
			}
			n.inbox.put(WasRead(r.to, r.first, entries))
		}
	}
}

// readStretch reads entries until they have enough bytes, or the log, which may be cut meanwhile, has no more.
func (n *Node) readStretch(r reading) (entries []Entry, err error) {
	bytes := 0
	for k := r.first; k <= r.last && bytes < r.bytes; k++ {
		e, err := n.log.Read(k, nil)
		if errors.Is(err, wal.ErrNoEntry) {
			break
		}
		if err != nil {
			return nil, err
		}
		entries, bytes = append(entries, Entry(e)), bytes+len(e.Payload)
	}
	return entries, nil
}
