package node

import (
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// SnapshotFile is a snapshot of this node, open to be read by somebody beside the cluster. It stays what it is when the snapshot is removed, and its file
// takes room until it is closed. Several goroutines may use it at once.
type SnapshotFile struct{ source *snapshot.Source }

// OpenSnapshot opens the snapshot of an entry, one of those that TakeSnapshot returned of late. The error is that there is none, or that it can't be read.
func (n *Node) OpenSnapshot(index protocol.Index) (*SnapshotFile, error) {
	source, err := n.store.Source(index)
	if err != nil {
		return nil, err
	}
	return &SnapshotFile{source}, nil
}

// ID returns what entry it covers last.
func (f *SnapshotFile) ID() SnapshotID { return idOf(f.source.Header()) }

// Cluster returns whose it is.
func (f *SnapshotFile) Cluster() [16]byte { return f.source.Header().Cluster }

// Digest returns the SHA-256 of its body.
func (f *SnapshotFile) Digest() [32]byte { return f.source.Header().Digest }

// Bytes returns how long its body is: what Taking's Head and Body told.
func (f *SnapshotFile) Bytes() int64 { return int64(f.source.Header().BodyBytes) }

// ReadAt is io.ReaderAt's, of the body. What it gives out was checked.
func (f *SnapshotFile) ReadAt(p []byte, off int64) (int, error) { return f.source.ReadBodyAt(p, off) }

// Close ends the reading.
func (f *SnapshotFile) Close() error { return f.source.Close() }
