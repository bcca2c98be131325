package snapshot_test

// Goal: the body is read at any place as it was written, and damage ends that. Method: a body of several blocks, read at every offset in pieces of several
// lengths.

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/snapshot"
)

func TestABodyIsReadAtAnyPlace(t *testing.T) {
	dir := t.TempDir()
	store, err := snapshot.Open(snapshot.Config{Dir: dir, BlockBytes: snapshot.MinBlockBytes})
	require.NoError(t, err)
	w, err := store.Create(7, 2, 3)
	require.NoError(t, err)
	body := make([]byte, 1700)
	for k := range body {
		body[k] = byte(k / 7)
	}
	_, err = w.Write(body)
	require.NoError(t, err)
	_, err = w.Commit()
	require.NoError(t, err)
	source, err := store.Source(7)
	require.NoError(t, err)
	for off := range len(body) + 2 {
		for _, length := range []int{1, 507, 508, 1200, len(body)} {
			p := make([]byte, length)
			n, err := source.ReadBodyAt(p, int64(off))
			want := body[min(off, len(body)):min(off+length, len(body))]
			require.True(t, bytes.Equal(want, p[:n]), "%d bytes at %d", length, off)
			require.Equal(t, n < length, err == io.EOF) //nolint:errorlint // as io.ReaderAt has it
		}
	}
	_, err = source.ReadBodyAt(make([]byte, 1), -1)
	require.ErrorIs(t, err, io.EOF)

	file := filepath.Join(dir, "0000000000000007.snapshot")
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	content[1100] ^= 1
	require.NoError(t, os.WriteFile(file, content, 0o600))
	n, err := source.ReadBodyAt(make([]byte, len(body)), 0)
	require.ErrorIs(t, err, snapshot.ErrDamaged)
	require.Equal(t, 508, n, "the block before is whole")
	require.NoError(t, source.Close())
	require.NoError(t, store.Close())
}
