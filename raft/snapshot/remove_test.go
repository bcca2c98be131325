package snapshot_test

// Goal: what must stay stays, and who reads what goes is not disturbed. Method: stories with damage in the newest, with
// removals that fail, and with readers over folders in memory and over real files.

import (
	"bytes"
	"errors"
	"fmt"
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
	for damagedOnes, want := range [][]protocol.Index{{40}, {40, 30}, {40, 20}} {
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
		for _, index := range []protocol.Index{10, 20, 30, 40} {
			err := s.Remove(index)
			if must := slices.Contains(want, index); must != errors.Is(err, snapshot.ErrNewest) || !must && err != nil {
				return violation("the removal of snapshot %d is %w", index, said(err))
			}
		}
		if got := listOf(s); !slices.Equal(got, want) {
			return violation("of four snapshots, the newest %d damaged, %v are kept and not %v", damagedOnes, got, want)
		}
	}
	return nil
}

func TestTheNewestStaysAndTheNewestThatIsWhole(t *testing.T) { require.NoError(t, newestStays()) }

// removalsFail lets the removal of one fail, done or not; it comes back, or does not.
func removalsFail() error {
	for seed := range uint64(4) {
		for _, back := range [][]step{nil, {take(10)}, {receiveAll(10)}} {
			r := newReplica(crashfs.New(seed))
			if err := r.openAndPlay([]step{take(10), take(20), take(30)}); err != nil {
				return err
			}
			r.fs.FailBy(r.fs.Calls()+1, syscall.EIO)
			if err := remove(r); !errors.Is(err, snapshot.ErrDisk) {
				return violation("a removal that failed is told as %w", said(err))
			}
			if err := r.play(back); err != nil {
				return err
			}
			if err := r.store.Sweep(); err != nil {
				return err
			}
			r.may = map[protocol.Index]bool{} // it is tried again: they are gone, but for what came back
			if err := r.survive(0); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestARemovalThatFailedIsTriedAgainButNotOfWhatCameBack(t *testing.T) {
	require.NoError(t, removalsFail())
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
	require.NoError(t, opened(t).store.Sweep(), "of nothing")
}

// withdraws removes the newest, and the last one, which then make place for others of their entries.
func withdraws() error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{take(10), take(20)}); err != nil {
		return err
	}
	if err := r.store.Withdraw(30); !errors.Is(err, snapshot.ErrNoSnapshot) {
		return violation("the withdrawal of a snapshot that is not there is %w", said(err))
	}
	if err := r.store.Remove(20); !errors.Is(err, snapshot.ErrNewest) {
		return violation("the removal of the newest is %w", said(err))
	}
	for _, index := range []protocol.Index{20, 10} {
		if err := r.store.Withdraw(index); err != nil {
			return violation("the withdrawal of snapshot %d is %w", index, err)
		}
		if err := r.store.Withdraw(index); !errors.Is(err, snapshot.ErrNoSnapshot) {
			return violation("it is withdrawn again: %w", said(err))
		}
	}
	if err := write(r.store, 20, bodyOf(21)); err != nil { // another one of the same entry
		return err
	}
	if got := listOf(r.store); !slices.Equal(got, []protocol.Index{20}) {
		return violation("%v are listed", got)
	}
	return r.store.Withdraw(20)
}

func TestASnapshotThatIsWithdrawnMakesPlaceForAnother(t *testing.T) { require.NoError(t, withdraws()) }

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
		require.NoError(t, s.Remove(40))
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

// mend receives a whole snapshot in place of a damaged one that somebody reads, and is cut short in each call.
func mend() error {
	rotten := slices.Clone(fileOf(40))
	rotten[900] ^= 1
	for call := 1; ; call++ {
		for seed := range uint64(6) {
			fs := crashfs.Load(with(folderOf(10), nameOf(40), rotten), seed)
			s, err := snapshot.Open(configOn(fs))
			if err != nil {
				return err
			}
			fs.DieAt(fs.Calls() + call)
			in, err := receive(s, 40, 1<<20)
			if err == nil {
				err = in.Commit()
			}
			if err == nil {
				err = s.Adopt(40)
			}
			if err == nil {
				return nil
			}
			if err := errors.Join(fs.Crash(seed), oldOrNew(fs, rotten)); err != nil {
				return fmt.Errorf("call %d, seed %d: %w", call, seed, err)
			}
		}
	}
}

// oldOrNew opens a folder whose snapshot 40 was damaged and is perhaps mended, and mends it.
func oldOrNew(fs *crashfs.FS, rotten []byte) error {
	r := newReplica(fs)
	s, err := snapshot.Open(configOn(fs))
	if err != nil {
		return err
	}
	if got := fs.Image()[nameOf(40)]; !bytes.Equal(got, rotten) && !bytes.Equal(got, fileOf(40)) {
		return violation("a crash left neither the damaged file nor the whole one")
	}
	if whole := bytes.Equal(fs.Image()[nameOf(40)], fileOf(40)); whole != (s.Verify(40) == nil) {
		return violation("the file is whole: %v, and is not told so", whole)
	}
	r.store, r.must, r.may = s, map[protocol.Index]bool{10: true}, map[protocol.Index]bool{40: true}
	if err := receiveAll(40)(r); err != nil {
		return err
	}
	return r.survive(0)
}

func TestACrashWhileADamagedSnapshotIsReplacedLeavesTheOldOrTheNew(t *testing.T) {
	require.NoError(t, mend())
}

// mendedWhileRead finds damage in a file that has been replaced.
func mendedWhileRead() error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{take(40)}); err != nil {
		return err
	}
	in, err := r.store.Load(40)
	if err != nil {
		return err
	}
	r.fs.Rot(nameOf(40), func(b []byte) { b[1600] ^= 1 })
	again, err := receive(r.store, 40, 1<<20)
	if err == nil {
		err = errors.Join(again.Commit(), r.store.Adopt(40))
	}
	if err != nil {
		return err
	}
	if _, err := io.ReadAll(in); !errors.Is(err, snapshot.ErrDamaged) {
		return violation("the file that was open is damaged, and read with %w", said(err))
	}
	if err := r.store.List()[0].Err; err != nil {
		return violation("the file that took its place is called damaged: %w", err)
	}
	return r.play([]step{verify, reopen})
}

func TestWhoFindsDamageInAFileThatWasReplacedSaysNothingOfTheNewOne(t *testing.T) {
	require.NoError(t, mendedWhileRead())
}

func TestAFileThatSomebodyRemovedIsDamage(t *testing.T) {
	r := opened(t, take(40))
	require.NoError(t, r.fs.Remove(nameOf(40)))
	_, err := r.store.Load(40)
	require.ErrorIs(t, err, snapshot.ErrDamaged)
	require.ErrorIs(t, r.store.List()[0].Err, snapshot.ErrDamaged)
}
