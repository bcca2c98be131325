package cluster

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// archive is the log from its first entry on, as replicas applied it, all of them and in all their lives, and each snapshot that
// any of them had under its name. The logs on the disks end, and snapshots go: it does not, so that a run is judged by the
// whole of its log. It is safe for concurrent use.
type archive struct {
	differs func(error) // is told of what is not the same on all

	cluster   [16]byte
	mu        sync.Mutex
	log       [][]byte // payloads; that of entry k is log[k-1]
	snapshots map[string]kept
	bytes     int64
}

func newArchive(cluster [16]byte, differs func(error)) *archive {
	return &archive{differs: differs, cluster: cluster, snapshots: map[string]kept{}}
}

// Checks of what replicas apply and keep, beside those of the ending.
const (
	CheckSameLog      = "SameLog"         // what replicas apply at an index is the same, of all nodes and in all their lives
	CheckSameSnapshot = "SameSnapshot"    // the snapshots of one index are the same file, byte for byte, on all nodes
	CheckSnapshots    = "SnapshotsAreLog" // and each is what the log up to there makes of an empty machine
)

// applied is called with each entry that a node applies.
func (a *archive) applied(node uint8, index uint64, payload []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch have := uint64(len(a.log)); {
	case index == have+1:
		a.log = append(a.log, bytes.Clone(payload))
		a.bytes += int64(len(payload))
	case index > have+1:
		a.differs(&CheckError{CheckSameLog, fmt.Sprintf("node %d applied entry %d, and nobody has applied entry %d before it", node, index, have+1)})
	case !bytes.Equal(a.log[index-1], payload):
		a.differs(&CheckError{CheckSameLog, fmt.Sprintf("node %d applied another entry %d than was applied before, by it or by another node: %d bytes, before %d",
			node, index, len(payload), len(a.log[index-1]))})
	}
}

// keep is called with each snapshot that gets its name on a node. Its fingerprint stays: a run may take hundreds, of megabytes each.
func (a *archive) keep(node uint8, name string, content []byte) {
	k, err := keptOf(a.cluster, name, content)
	a.mu.Lock()
	defer a.mu.Unlock()
	there, known := a.snapshots[name]
	switch {
	case err != nil:
		a.differs(fmt.Errorf("archive the snapshot %s of node %d: %w", name, node, err))
	case !known:
		a.snapshots[name] = k
	case k.file != there.file:
		a.differs(&CheckError{CheckSameSnapshot, fmt.Sprintf("node %d has a snapshot %s of %v that differs from one that had that name before, of %v",
			node, name, k.file, there.file)})
	}
}

// keptOf reads the content of a snapshot's file.
func keptOf(cluster [16]byte, name string, content []byte) (kept, error) {
	folder := crashfs.New(0)
	file, err := folder.Create(name)
	if err != nil {
		return kept{}, err
	}
	_, err = file.WriteAt(content, 0)
	if err := errors.Join(err, file.Close()); err != nil {
		return kept{}, err
	}
	all, err := readSnapshots(folder, cluster)
	if err != nil {
		return kept{}, err
	}
	if len(all) != 1 {
		return kept{}, fmt.Errorf("%d bytes are no snapshot", len(content))
	}
	return all[0], nil
}

// Archived is how many bytes of memory it takes to know the whole log of the cluster.
func (c *Cluster) Archived() int64 {
	c.archive.mu.Lock()
	defer c.archive.mu.Unlock()
	return c.archive.bytes
}

// ever are all snapshots that any node ever had.
func (a *archive) ever() []kept {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Values(a.snapshots))
}

// entries are the whole log.
func (a *archive) entries() [][]byte {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.log)
}

// contentOf is what a file of a folder has.
func contentOf(folder disk.FS, name string) ([]byte, error) {
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	size, err := file.Size()
	if err != nil {
		return nil, err
	}
	content := make([]byte, size)
	if _, err := file.ReadAt(content, 0); err != nil {
		return nil, err
	}
	return content, nil
}

// kept is a snapshot as it was read from a folder.
type kept struct {
	snapshot.Header
	state fingerprint // of the machine
	file  fingerprint
	err   error // why it can't be read in full
}

// fingerprint tells two pieces of bytes apart that are too large to be kept.
type fingerprint struct {
	bytes int
	sum   [sha256.Size]byte
}

func fingerprintOf(b []byte) fingerprint { return fingerprint{len(b), sha256.Sum256(b)} }

func (p fingerprint) String() string { return fmt.Sprintf("%d bytes (%x)", p.bytes, p.sum[:4]) }

// nameOfSnapshot is the name of a snapshot's file.
func nameOfSnapshot(index protocol.Index) string {
	return fmt.Sprintf("%016x%s", uint64(index), snapshotSuffix)
}

// indexOf is the index in a snapshot's name.
func indexOf(name string) (index uint64, ok bool) {
	digits, found := strings.CutSuffix(name, snapshotSuffix)
	index, err := strconv.ParseUint(digits, 16, 64)
	return index, found && err == nil
}

// readSnapshots reads all snapshots of a folder in full, newest first. The error is that the folder can't be read.
func readSnapshots(folder disk.FS, cluster [16]byte) (all []kept, err error) {
	store, err := snapshot.Open(snapshot.Config{FS: folder, Cluster: cluster})
	if err != nil {
		return nil, err
	}
	defer func() { _ = store.Close() }()
	for _, s := range store.List() {
		k := kept{Header: s.Header}
		if k.err = k.read(store, folder); k.err != nil {
			k.state, k.file = fingerprint{}, fingerprint{}
		}
		all = append(all, k)
	}
	return all, nil
}

func (k *kept) read(store *snapshot.Store, folder disk.FS) error {
	body, err := readBody(store, k.Index)
	if err != nil {
		return err
	}
	if len(body) < snapshotHead {
		return fmt.Errorf("it has %d bytes, fewer than its head", len(body))
	}
	file, err := contentOf(folder, nameOfSnapshot(k.Index))
	k.state, k.file = fingerprintOf(body[snapshotHead:]), fingerprintOf(file)
	return err
}

func readBody(store *snapshot.Store, index protocol.Index) ([]byte, error) {
	r, err := store.Load(index)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}
