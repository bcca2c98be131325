package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/backup"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// MostBackups is how many backups of one node may be open at once: each may hold a snapshot's file that is removed meanwhile.
const MostBackups = 2

var (
	// ErrBackupBusy says that as many backups are being read of this node as may be.
	ErrBackupBusy = fmt.Errorf("not applied: %d backups are being taken of this node already: try another node, or later", MostBackups)
	// ErrBackupGone says that the node does not have that backup any more: newer snapshots have taken its place.
	ErrBackupGone = errors.New("not applied: the node has no such backup any more: take another one")
)

// Backup is a state of the cluster as a file, open to be read. Close it: until then the node may keep a file for it.
type Backup struct {
	backup.Header
	head  []byte
	body  io.ReaderAt
	close func()
}

// NewBackup returns the backup of a body that is read at body, until done is called, once.
func NewBackup(h backup.Header, body io.ReaderAt, done func()) *Backup {
	return &Backup{Header: h, head: h.Encode(), body: body, close: sync.OnceFunc(done)}
}

// ReadAt is io.ReaderAt's, of the file.
func (b *Backup) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("offset %d", off)
	}
	if off < int64(len(b.head)) {
		if n = copy(p, b.head[off:]); n == len(p) {
			return n, nil
		}
	}
	more, err := b.body.ReadAt(p[n:], off+int64(n)-int64(len(b.head)))
	return n + more, err
}

// Close ends the reading. Again it does nothing.
func (b *Backup) Close() { b.close() }

// TakeBackup is of Service. A read is confirmed first, as of a client, and this node then waits until it has applied all that the read has seen: so
// all that anybody was answered before is in the snapshot that is taken then.
func (r *Replica) TakeBackup(ctx context.Context) (*Backup, error) {
	release, err := r.backups.acquire()
	if err != nil {
		return nil, err
	}
	index, err := r.backedUp(ctx)
	if err != nil {
		release()
		return nil, err
	}
	return r.openBackup(index, release)
}

func (r *Replica) backedUp(ctx context.Context) (index uint64, err error) {
	number, err := confirm(ctx, r)
	if err != nil {
		return 0, err
	}
	if err := r.reach(ctx, number); err != nil {
		return 0, err
	}
	return r.TakeSnapshot(ctx)
}

// ReopenBackup is of Service.
func (r *Replica) ReopenBackup(index uint64) (*Backup, error) {
	release, err := r.backups.acquire()
	if err != nil {
		return nil, err
	}
	return r.openBackup(index, release)
}

func (r *Replica) openBackup(index uint64, release func()) (*Backup, error) {
	file, err := r.node.OpenSnapshot(protocol.Index(index))
	if err != nil {
		release()
		return nil, fmt.Errorf("%w: %w", ErrBackupGone, err)
	}
	id := file.ID()
	h := backup.Header{Cluster: file.Cluster(), Index: uint64(id.Index), Term: uint64(id.Term), Stamp: id.Stamp, BodyBytes: uint64(file.Bytes()), Digest: file.Digest()}
	return NewBackup(h, file, func() {
		_ = file.Close() // it was only read
		release()
	}), nil
}

// lastNumber is the number of the last command that was applied when a read was confirmed, which came after this call.
func (r *Replica) lastNumber(ctx context.Context) (number uint64, err error) {
	deadline := time.Now().Add(DefaultTimeout)
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(deadline) {
		deadline = earlier
	}
	answered := make(chan error, 1)
	query := dedup.AppendQuery(nil, dedup.Query{})
	r.Do(query, 1, When{Arrived: time.Now(), Deadline: deadline}, func(answers []Answer, err error) {
		if err == nil {
			number = answers[0].Number
		}
		answered <- err
	})
	return number, <-answered
}

// reachedEvery is how often a node that waits to apply looks.
const reachedEvery = 2 * time.Millisecond

// reach waits until the command of a number, and so all before it, is applied here.
func (r *Replica) reach(ctx context.Context, number uint64) error {
	for {
		var applied uint64
		r.machine.View(func(m *dedup.Machine) { applied = m.Number() })
		if applied >= number {
			return nil
		}
		select {
		case <-ctx.Done():
			return &SnapshotError{"this node has not applied yet what the others have: ask another one"}
		case <-r.Done():
			return ErrStopped
		case <-time.After(reachedEvery):
		}
	}
}

// places are those of the backups that are open.
type places chan struct{}

// acquire takes one, until release is called.
func (p places) acquire() (release func(), err error) {
	select {
	case p <- struct{}{}:
		return func() { <-p }, nil
	default:
		return nil, ErrBackupBusy
	}
}
