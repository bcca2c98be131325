package node

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"sync/atomic"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// snapshotFiles is what a node has for its snapshots: the files, one that is taken, one that is got, and those that others get
// here.
type snapshotFiles struct {
	store     *snapshot.Store
	receiving receiving
	fetched   fetchReport
	giving    *giving
	held      atomic.Pointer[takenSnapshot]
	forgotten atomic.Uint64 // up to where the replica said that nothing is needed
	committed atomic.Uint64 // up to where the log is, as the replica knows
	unremoved int64         // Host.Now when what was received in part could not be removed last. The tending loop's
	forgets   chan struct{} // holds a token when it did
	givenBack chan struct{} // holds a token when there is more room than before
}

// snapshotsFolder is where snapshots are in Options.Dir.
const snapshotsFolder = "snapshots"

// openSnapshots opens the folder of the snapshots, in which a crash may have left anything that README.md there names.
func (n *Node) openSnapshots() error {
	o := &n.options
	config := snapshot.Config{FS: o.Snapshots, Cluster: n.cluster, BlockBytes: o.SnapshotBlockBytes}
	if o.Snapshots == nil {
		config.Dir = filepath.Join(o.Dir, snapshotsFolder)
	}
	store, err := snapshot.Open(config)
	if err != nil {
		return err
	}
	n.store, n.forgets, n.givenBack = store, make(chan struct{}, 1), make(chan struct{}, 1)
	n.giving = newGiving(o.SnapshotRate, o.Clock)
	return nil
}

// closeSnapshots frees the folder, when nobody uses it any more.
func (n *Node) closeSnapshots() error {
	if n.store == nil {
		return nil
	}
	n.giving.closeAll()
	return n.store.Close()
}

// TakeSnapshot has this node keep a snapshot of what it has applied, and returns the index that it covers once it is
// durable, or later, where it is held: see HeldSnapshot. An error wraps ErrNotApplied, or, where ctx has ended before, ErrUnknown.
func (n *Node) TakeSnapshot(ctx context.Context) (protocol.Index, error) {
	type outcome struct {
		index protocol.Index
		err   error
	}
	ended := make(chan outcome, 1)
	told := func(answers []byte, err error) {
		if err != nil {
			ended <- outcome{err: err}
			return
		}
		ended <- outcome{index: protocol.Index(binary.LittleEndian.Uint64(answers))}
	}
	if !n.inbox.put(TakeSnapshot(told)) {
		return 0, errStoppedBefore
	}
	select {
	case o := <-ended:
		return o.index, o.err
	case <-ctx.Done():
		return 0, fmt.Errorf("%w: the snapshot: %w", ErrUnknown, context.Cause(ctx))
	}
}
