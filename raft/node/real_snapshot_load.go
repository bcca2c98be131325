package node

import (
	"context"
	"io"
	"time"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// load reads a snapshot that is durable here into a state beside the machine's, until ctx ends.
func (n *Node) load(ctx context.Context, id SnapshotID) (*Snapshot, error) {
	body, err := n.store.Load(id.Index)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	loaded, err := LoadSnapshot(n.options.Machine, idOf(body.Header()), body.Header().FileBytes(), awaited{ctx, body})
	if err != nil {
		return nil, err
	}
	under, err := body.Membership()
	loaded.Under = Membership(under)
	return loaded, err
}

// awaited reads as long as somebody waits for it.
type awaited struct {
	ctx context.Context //nolint:containedctx // it is one reading
	of  io.Reader
}

// Read is io.Reader's.
func (r awaited) Read(p []byte) (int, error) {
	if err := givenUp(r.ctx); err != nil {
		return 0, err
	}
	return r.of.Read(p)
}

// tellRecovered says what a start found on the disk, and how much of that is applied before anything else comes.
func (n *Node) tellRecovered(newest *Snapshot, found *protocol.HardState, took time.Duration) {
	base, _ := found.Log.Base()
	told := []any{"applied", n.replica.applied, "log_begins_behind", base, "log_ends_at", found.Log.LastIndex(), "committed", n.recovered}
	switch {
	case newest != nil:
		told = append(told, "snapshot", newest.Index, "bytes", newest.Bytes, "loaded_in", rounded(int64(took)))
		n.options.Logger.Info("came up with a snapshot, and the log behind it", told...)
	case found.Log.LastIndex() > 0:
		n.options.Logger.Info("came up with the log alone: there is no snapshot yet", told...)
	}
}
