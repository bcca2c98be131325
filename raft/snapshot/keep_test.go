package snapshot_test

// Goal: what must stay stays, and who reads what goes is not disturbed. Method: stories with damage in the newest, with
// removals that fail, and with readers over folders in memory and over real files.

import (
	"errors"
	"io"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func listOf(s *snapshot.Store) (indices []protocol.Index) {
	for _, there := range s.List() {
		indices = append(indices, there.Index)
	}
	return indices
}

// newestStays asks for the removal of all there is, with the newest whole and with the two newest damaged.
func newestStays() error {
	for damagedOnes, want := range [][]protocol.Index{{40}, {40, 30}, {40, 30, 20}} {
		image := folderOf(10, 20, 30, 40)
		for _, index := range []protocol.Index{40, 30}[:damagedOnes] {
			file := slices.Clone(fileOf(index))
			file[100] ^= 1
			image = with(image, nameOf(index), file)
		}
		s, err := snapshot.Open(configOn(crashfs.Load(image, 0)))
		if err != nil {
			return err
		}
		sound := want[len(want)-1]
		for _, index := range []protocol.Index{40, sound} {
			if err := s.Remove(index); !errors.Is(err, snapshot.ErrNewest) {
				return violation("the removal of snapshot %d is %w", index, said(err))
			}
		}
		if err := s.Keep(0); err != nil {
			return err
		}
		if got := listOf(s); !slices.Equal(got, want) {
			return violation("of four snapshots, the newest %d damaged, %v are kept and not %v", damagedOnes, got, want)
		}
	}
	return nil
}

func TestTheNewestStaysAndTheNewestThatIsWhole(t *testing.T) { require.NoError(t, newestStays()) }

func TestARemovalThatFailedIsTriedAgainButNotOfWhatCameBack(t *testing.T) {
	for seed := range uint64(4) { // a removal that fails is done or not
		for _, back := range []bool{false, true} {
			r := newReplica(crashfs.New(seed))
			require.NoError(t, r.openAndPlay([]step{take(10), take(20), take(30)}))
			r.fs.FailBy(r.fs.Calls()+1, syscall.EIO)
			require.ErrorIs(t, keep(1)(r), snapshot.ErrDisk)
			if back {
				require.NoError(t, take(10)(r))
				require.NoError(t, keep(3)(r))
			} else {
				require.NoError(t, r.store.Keep(3))
				require.NotContains(t, r.fs.Image(), nameOf(10), "tried again")
				r.may = map[protocol.Index]bool{}
			}
			require.NoError(t, r.survive(0))
		}
	}
}

func TestRemoveKnowsWhatIsThere(t *testing.T) {
	r := opened(t, take(10), take(20))
	require.ErrorIs(t, r.store.Remove(30), snapshot.ErrNoSnapshot)
	require.NoError(t, r.store.Remove(10))
	require.ErrorIs(t, r.store.Remove(10), snapshot.ErrNoSnapshot)
	_, err := r.store.Load(10)
	require.ErrorIs(t, err, snapshot.ErrNoSnapshot)
	_, err = r.store.Source(10)
	require.ErrorIs(t, err, snapshot.ErrNoSnapshot)
	require.NoError(t, opened(t).store.Keep(1), "of nothing")
}

func TestWhoReadsASnapshotThatGoesReadsOn(t *testing.T) {
	folder, err := disk.OpenFolder(t.TempDir())
	require.NoError(t, err)
	for _, fs := range []disk.FS{crashfs.New(0), folder} {
		s, err := snapshot.Open(snapshot.Config{FS: fs, Cluster: testCluster, BlockBytes: testBlock})
		require.NoError(t, err)
		require.NoError(t, write(s, 40, bodyOf(40)))
		in, err := s.Load(40)
		require.NoError(t, err)
		src, err := s.Source(40)
		require.NoError(t, err)
		first := make([]byte, 100)
		_, err = io.ReadFull(in, first)
		require.NoError(t, err)

		require.NoError(t, write(s, 50, bodyOf(50)))
		require.NoError(t, s.Keep(1))
		names, err := fs.List()
		require.NoError(t, err)
		require.NotContains(t, names, nameOf(40))

		rest, err := io.ReadAll(in)
		require.NoError(t, err)
		require.Equal(t, bodyOf(40), slices.Concat(first, rest))
		blocks := make([]byte, 1<<20)
		n, err := src.ReadBlocks(blocks, snapshot.HeaderBytes)
		require.NoError(t, err)
		require.Equal(t, fileOf(40)[snapshot.HeaderBytes:], blocks[:n])
		require.NoError(t, errors.Join(in.Close(), src.Close(), s.Close()))
	}
}

func TestAFileThatSomebodyRemovedIsDamage(t *testing.T) {
	r := opened(t, take(40))
	require.NoError(t, r.fs.Remove(nameOf(40)))
	_, err := r.store.Load(40)
	require.ErrorIs(t, err, snapshot.ErrDamaged)
	require.ErrorIs(t, r.store.List()[0].Err, snapshot.ErrDamaged)
}
