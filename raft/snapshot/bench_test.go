package snapshot_test

// Goal: what taking, loading, sending and receiving a snapshot cost. Method: Go benchmarks of a body of 64 MiB on the folder of
// temporary files; "discarded" keeps nothing, so that what is left is this package's own work.

import (
	"context"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

const (
	benchBody  = 64 << 20
	benchPiece = 256 << 10
)

// discarded is a folder whose files keep nothing.
type discarded struct{ disk.FS }

type discardedFile struct{ disk.File }

func (d discarded) Create(name string) (disk.File, error) {
	f, err := d.FS.Create(name)
	return discardedFile{f}, err
}
func (discardedFile) WriteAt(p []byte, _ int64) (int, error) { return len(p), nil }
func (discardedFile) Sync() error                            { return nil }

func openForBench(b *testing.B, discard bool) *snapshot.Store {
	folder, err := disk.OpenFolder(b.TempDir())
	require.NoError(b, err)
	if discard {
		folder = discarded{folder}
	}
	s, err := snapshot.Open(snapshot.Config{FS: folder, Cluster: testCluster})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	return s
}

func writeBody(tb testing.TB, s *snapshot.Store, bytes int) {
	w, err := s.Create(1, 1, 1)
	require.NoError(tb, err)
	piece := make([]byte, benchPiece)
	for k := range piece {
		piece[k] = byte(k * k)
	}
	for range bytes / benchPiece {
		if _, err := w.Write(piece); err != nil {
			tb.Fatal(err)
		}
	}
	_, err = w.Commit()
	require.NoError(tb, err)
}

func BenchmarkWrite(b *testing.B) {
	for name, discard := range map[string]bool{"disk": false, "discarded": true} {
		b.Run(name, func(b *testing.B) {
			s := openForBench(b, discard)
			b.SetBytes(benchBody)
			b.ReportAllocs()
			for b.Loop() {
				writeBody(b, s, benchBody)
			}
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	s := openForBench(b, false)
	writeBody(b, s, benchBody)
	b.SetBytes(benchBody)
	b.ReportAllocs()
	for b.Loop() {
		r, err := s.Load(1)
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, r)
		require.NoError(b, err)
		require.NoError(b, r.Close())
	}
}

// BenchmarkTransfer sends a snapshot in chunks of 1 MiB and receives it, on the same disk.
func BenchmarkTransfer(b *testing.B) {
	from, to := openForBench(b, false), openForBench(b, false)
	writeBody(b, from, benchBody)
	src, err := from.Source(1)
	require.NoError(b, err)
	chunk := make([]byte, 1<<20)
	b.SetBytes(benchBody)
	b.ReportAllocs()
	for b.Loop() {
		in, err := to.Receive(context.Background(), src.Header().Encode())
		require.NoError(b, err)
		for in.Offset() < src.Header().FileBytes() {
			n, err := src.ReadBlocks(chunk, in.Offset())
			require.NoError(b, err)
			if err := in.Append(chunk[:n], in.Offset()); err != nil {
				b.Fatal(err)
			}
		}
		require.NoError(b, in.Commit())
		require.NoError(b, to.Adopt(1))
	}
}
