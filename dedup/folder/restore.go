package folder

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/backup"
	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

// ErrNotEmpty is wrapped where something stands in the folder that a state is to be restored into.
var ErrNotEmpty = errors.New("the folder is not empty")

// Restoration says which node's folder is made of a backup.
type Restoration struct {
	Dir     string  // is made where missing
	Cluster string  // the name of the new cluster
	Node    uint8   // one of Nodes
	Nodes   []uint8 // of the new cluster, ascending
}

// Restored is what was made.
type Restored struct {
	backup.Header
	Cluster      [16]byte // of the new cluster
	Keys, Number uint64   // Number is the last of those that the old cluster may have given
}

// clusterOf is the id of the cluster that a state is restored to: the same for each of its nodes, and no other's.
func clusterOf(r *Restoration, digest [32]byte) (id [16]byte) {
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "semel restored cluster 1\n%x\n%v\n%s", digest, r.Nodes, r.Cluster)
	copy(id[:], sum.Sum(nil))
	return id
}

// Restore makes the folder of a node of a new cluster. The backup is read to its end, and found whole, before anything is written. The folder is one of a
// node when Restore has returned nil; before, and after any other end, a node refuses it, and Restore into it begins anew. Errors wrap ErrNotEmpty,
// ErrInUse, backup.ErrDamaged or backup.ErrVersion, or are of the file system or of from.
func Restore(from io.Reader, r Restoration) (*Restored, error) {
	state, header, err := loadBackup(from)
	if err != nil {
		return nil, err
	}
	made := &Restored{Header: header, Cluster: clusterOf(&r, header.Digest), Keys: state.machine.Usage().Keys}
	if err := state.machine.Restore(made.Cluster); err != nil {
		return nil, err
	}
	made.Number = state.machine.Number()
	mark, err := begin(r.Dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = mark.Close() }() // what was to be durable is
	if err := fill(&r, made, state); err != nil {
		return nil, err
	}
	whole := node.RestoredFolder{Name: r.Cluster, Cluster: made.Cluster, Index: state.at.Index, Digest: header.Digest}
	return made, finish(r.Dir, mark, &whole)
}

// loadBackup reads a backup to its end.
func loadBackup(from io.Reader) (*replayed, backup.Header, error) {
	reader, err := backup.NewReader(from)
	if err != nil {
		return nil, backup.Header{}, err
	}
	h := reader.Header
	state := &replayed{from: protocol.Index(h.Index), term: protocol.Term(h.Term), stamp: stampOfBackup(&h)}
	if state.at, err = node.SnapshotDigest(state.from, reader); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, h, fmt.Errorf("%w: it has no state", backup.ErrDamaged)
	} else if err != nil {
		return nil, h, err
	}
	var loader dedup.Loader
	_, wrong := io.Copy(&loader, reader)
	if _, err := io.Copy(io.Discard, reader); err != nil {
		return nil, h, err // it is damaged, whatever is wrong with the state because of that
	}
	switch {
	case errors.Is(wrong, dedup.ErrUnknownVersion):
		return nil, h, fmt.Errorf("%w: the state in it is of another one: use the program that wrote it, or a newer one", backup.ErrVersion)
	case wrong != nil:
		return nil, h, fmt.Errorf("%w: %w", backup.ErrDamaged, wrong)
	}
	if state.machine, err = loader.Machine(); err != nil {
		return nil, h, fmt.Errorf("%w: %w", backup.ErrDamaged, err)
	}
	if applied := state.machine.AppliedIndex(); applied != h.Index {
		return nil, h, fmt.Errorf("%w: it is of entry %d, and the state in it of entry %d", backup.ErrDamaged, h.Index, applied)
	}
	return state, h, nil
}

// begin takes the folder, which has to be empty, or to be what an earlier restore left. Who holds the mark alone writes into it.
func begin(dir string) (mark *os.File, err error) {
	if _, err := disk.OpenFolder(dir); err != nil {
		return nil, err
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, node.RestoringName)
	again := slices.ContainsFunc(left, func(e os.DirEntry) bool { return e.Name() == node.RestoringName })
	for _, entry := range left {
		if !again && entry.Name() != "lost+found" {
			return nil, fmt.Errorf("%w: %s has %s: name a new one", ErrNotEmpty, dir, entry.Name())
		}
	}
	if mark, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600); err != nil {
		return nil, err
	}
	if err = syscall.Flock(int(mark.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		err = fmt.Errorf("%w: another restore goes on in %s", ErrInUse, dir)
	}
	if err == nil {
		err = errors.Join(mark.Truncate(0), mark.Sync(), syncFolder(dir))
	}
	if err == nil {
		err = clean(dir)
	}
	if err != nil {
		_ = mark.Close()
		return nil, err
	}
	return mark, nil
}

// clean removes what a restore that did not end has left: no node ever ran there.
func clean(dir string) error {
	left, err := os.ReadDir(dir)
	for _, entry := range left {
		name := entry.Name()
		if name == snapshotsName || name == peersName || name == lockName || strings.HasSuffix(name, ".wal") || strings.HasSuffix(name, ".tmp") {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, name)))
		}
	}
	return err
}

// fill writes the snapshot, and the log that begins behind it.
func fill(r *Restoration, made *Restored, state *replayed) error {
	store, err := snapshot.Open(snapshot.Config{Dir: filepath.Join(r.Dir, snapshotsName), Cluster: made.Cluster})
	if err != nil {
		return err
	}
	under := r.membership()
	if err := errors.Join(writeSnapshot(store, state, under), store.Close()); err != nil {
		return err
	}
	log, _, err := wal.Open(wal.Config{Dir: r.Dir, Cluster: made.Cluster, Node: protocol.NodeID(r.Node)})
	if err != nil {
		return err
	}
	k := state.at.Index
	err = log.Append(&wal.Record{Mark: 1, Term: state.term, Log: true, Prev: k, Commit: k, Base: k, BaseTerm: state.term, Under: &under})
	if err == nil {
		_, err = log.Sync()
	}
	return errors.Join(err, log.Close())
}

// membership is who the first members of the new cluster are.
func (r *Restoration) membership() wal.Membership {
	var servers protocol.NodeSet
	for _, id := range r.Nodes {
		servers = servers.With(protocol.NodeID(id))
	}
	return wal.Membership{
		Configuration: protocol.Configuration{Voters: servers}, Members: dedup.AppendFirstMembers(nil, node.FirstMembers(r.Cluster, servers)),
	}
}

func writeSnapshot(store *snapshot.Store, state *replayed, under wal.Membership) error {
	w, err := store.CreateUnder(state.at.Index, state.term, state.stamp, snapshot.Membership(under))
	if err != nil {
		return err
	}
	defer w.Abort()
	if err := state.writeBody(w); err != nil {
		return err
	}
	_, err = w.Commit()
	return err
}

// finish says, durably, that the folder is one of a node.
func finish(dir string, mark *os.File, whole *node.RestoredFolder) error {
	_, err := mark.WriteAt(whole.Encode(), 0)
	if err = errors.Join(err, mark.Sync()); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(dir, node.RestoringName), filepath.Join(dir, node.RestoredName)); err != nil {
		return err
	}
	return syncFolder(dir)
}

func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
