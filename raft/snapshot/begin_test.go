package snapshot_test

// Goal: the disk begins to write a snapshot long before it is synced, one's own and one that comes. Method: files that note what
// they are asked to begin with; of what is written no more than 1 MiB and a block is ever left to a sync.

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// begun is a folder that notes where the part of a file ends that it was asked to begin to write.
type begun struct {
	disk.FS
	end      int64 // of that part
	written  int64
	most     int64 // bytes that were written, neither synced nor begun
	followed bool  // each part began where the one before ended
}

func (b *begun) Create(name string) (disk.File, error) {
	f, err := b.FS.Create(name)
	b.end, b.written = snapshot.HeaderBytes, 0
	return begunFile{f, b}, err
}

type begunFile struct {
	disk.File
	of *begun
}

func (f begunFile) WriteAt(p []byte, off int64) (int, error) {
	f.of.written = max(f.of.written, off+int64(len(p)))
	f.of.most = max(f.of.most, f.of.written-f.of.end)
	return f.File.WriteAt(p, off)
}

func (f begunFile) BeginWrite(off, n int64) {
	f.of.followed = f.of.followed && off == f.of.end
	f.of.end = off + n
}

func (f begunFile) Sync() error {
	f.of.end = max(f.of.end, f.of.written)
	return f.File.Sync()
}

func writesAreBegun() error {
	const most = 1<<20 + snapshot.DefaultBlockBytes
	body := bytes.Repeat([]byte{7}, 9<<20+1)
	taken, came := &begun{FS: crashfs.New(0), followed: true}, &begun{FS: crashfs.New(0), followed: true}
	from, err := snapshot.Open(snapshot.Config{FS: taken, Cluster: testCluster})
	if err != nil {
		return err
	}
	to, err := snapshot.Open(snapshot.Config{FS: came, Cluster: testCluster})
	if err != nil {
		return err
	}
	if err := write(from, 10, body); err != nil {
		return err
	}
	if err := send(from, to); err != nil {
		return err
	}
	for name, b := range map[string]*begun{"one's own": taken, "one that came": came} {
		if b.most > most || !b.followed {
			return violation("%s: %d bytes at once are left to a sync, at most %d may be; in order: %v", name, b.most, most, b.followed)
		}
	}
	return nil
}

// send has the snapshot of index 10 received in pieces of a megabyte.
func send(from, to *snapshot.Store) error {
	source, err := from.Source(10)
	if err != nil {
		return err
	}
	defer source.Close()
	in, err := to.Receive(context.Background(), source.Header().Encode())
	for piece := make([]byte, 1<<20); err == nil && in.Offset() < source.Header().FileBytes(); {
		var n int
		if n, err = source.ReadBlocks(piece, in.Offset()); err == nil {
			err = in.Append(piece[:n], in.Offset())
		}
	}
	if err != nil {
		return err
	}
	return in.Commit()
}

func TestTheDiskBeginsLongBeforeASync(t *testing.T) { require.NoError(t, writesAreBegun()) }
