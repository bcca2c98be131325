package snapshot_test

// Goal: what was received counts for nothing before it is adopted, whatever happens, and from then on as what was taken does. Method: stories of one
// that came whole and is adopted, or thrown away, or lies there when the process ends; crash_test.go draws them.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// lists returns an error unless these are listed, and can be given to others.
func (r *replica) lists(want ...protocol.Index) error {
	if got := listOf(r.store); !slices.Equal(got, want) {
		return violation("%v are listed, expected %v", got, want)
	}
	for _, index := range []protocol.Index{10, 120} {
		source, err := r.store.Source(index)
		if is := slices.Contains(want, index); is != (err == nil) {
			return violation("snapshot %d is listed: %v, and given to others: %w", index, is, said(err))
		}
		if err == nil {
			err = source.Close()
		}
		if err != nil && !errors.Is(err, snapshot.ErrNoSnapshot) {
			return err
		}
	}
	return nil
}

// adopts has one come whole, the process end, by a crash or not, and the snapshot be adopted then.
func adopts() error {
	for _, crash := range []bool{false, true} {
		r := newReplica(crashfs.New(0))
		if err := r.openAndPlay([]step{take(10), receiveWhole(120)}); err != nil {
			return err
		}
		if err := r.lists(10); err != nil {
			return err
		}
		again := r.play([]step{reopen})
		if crash {
			again = r.survive(0)
		}
		if err := errors.Join(again, r.lists(10)); err != nil {
			return fmt.Errorf("after a start, crash %v: %w", crash, err)
		}
		if h, ok := r.store.Partial(); !ok || h.Index != 120 {
			return violation("what was received whole is gone after a start")
		}
		if err := errors.Join(adopt(r), r.lists(120, 10), r.survive(0), r.lists(120, 10)); err != nil {
			return err
		}
	}
	return nil
}

func TestWhatWasReceivedCountsWhenItIsAdopted(t *testing.T) { require.NoError(t, adopts()) }

// adoptsTheOlder has the process end when one has come whole and a newer one is there, which may be of entries that the log has not.
func adoptsTheOlder() error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{take(10), take(140), receiveWhole(120), reopen}); err != nil {
		return err
	}
	if err := errors.Join(r.survive(0), r.lists(140, 10)); err != nil {
		return err
	}
	if h, ok := r.store.Partial(); !ok || h.Index != 120 {
		return violation("what was received whole is gone after a start")
	}
	return errors.Join(adopt(r), r.survive(0), r.lists(140, 120, 10))
}

func TestAStartKeepsWhatIsWholeAlsoBesideANewerOne(t *testing.T) {
	require.NoError(t, adoptsTheOlder())
}

func TestWhatWasReceivedInPartIsNotAdopted(t *testing.T) {
	r := opened(t, take(10), receiveTo(140, 1400))
	require.ErrorIs(t, r.store.Adopt(140), snapshot.ErrNoSnapshot)
	require.ErrorIs(t, r.store.Adopt(30), snapshot.ErrNoSnapshot)
	require.NoError(t, r.store.Adopt(10), "it is listed")
	in, err := receive(r.store, 140, 1500)
	require.NoError(t, err)
	require.ErrorIs(t, r.store.Adopt(140), snapshot.ErrBusy)
	require.NoError(t, r.store.Adopt(10))
	require.NoError(t, in.Close())
	require.NoError(t, r.lists(10))
}

func TestNothingIsReceivedOverWhatIsNeitherAdoptedNorDiscarded(t *testing.T) {
	r := opened(t, take(10), receiveWhole(120))
	for _, index := range []protocol.Index{120, 140} {
		_, err := r.store.Receive(context.Background(), fileOf(index)[:snapshot.HeaderBytes])
		require.ErrorIs(t, err, snapshot.ErrBusy)
	}
	require.NoError(t, r.readsAs(120))
	require.NoError(t, discard(r))
	_, err := r.store.Load(120)
	require.ErrorIs(t, err, snapshot.ErrNoSnapshot)
	require.NoError(t, r.play([]step{receiveAll(140), verify, reopen}))
}

func TestWhatCannotBeThrownAwayIsNotLoadedAnyMore(t *testing.T) {
	r := opened(t, take(10), receiveWhole(120))
	r.fs.FailBy(r.fs.Calls()+1, syscall.EIO)
	require.ErrorIs(t, r.store.Discard(), snapshot.ErrDisk)
	_, err := r.store.Load(120)
	require.ErrorIs(t, err, snapshot.ErrNoSnapshot)
	require.NoError(t, discard(r))
	require.NoError(t, r.survive(0))
}

// A name that was to be given is given later, and what it stands for can be read meanwhile, or at the next start.
func TestAnAdoptionThatFailedIsTriedAgain(t *testing.T) {
	for call := 1; call <= 2; call++ { // the rename, and the sync of the folder
		for seed := range uint64(6) {
			for _, ends := range []bool{false, true} {
				r := newReplica(crashfs.New(seed))
				require.NoError(t, r.openAndPlay([]step{take(10), receiveWhole(120)}))
				r.fs.FailBy(r.fs.Calls()+call, syscall.ENOSPC)
				require.ErrorIs(t, adopt(r), snapshot.ErrNoRoom)
				if ends {
					require.NoError(t, r.survive(seed))
				}
				require.NoError(t, adopt(r))
				require.NoError(t, r.survive(0))
				require.NoError(t, r.lists(120, 10))
				require.NoError(t, verify(r))
			}
		}
	}
}

// A damaged snapshot is no hindrance for one of the same entry, and is what it was until that is adopted.
func TestADamagedSnapshotIsLoadedAsItWasReceived(t *testing.T) {
	for what, off := range map[string]int{"header": 60, "block": 900} {
		file := slices.Clone(fileOf(120))
		file[off] ^= 1
		r := newReplica(crashfs.Load(with(folderOf(10), nameOf(120), file), 0))
		s, err := snapshot.Open(configOn(r.fs))
		require.NoError(t, err)
		require.ErrorIs(t, s.Verify(120), snapshot.ErrDamaged, what)
		r.store, r.must, r.may = s, map[protocol.Index]bool{10: true}, map[protocol.Index]bool{120: true}
		require.NoError(t, receiveWhole(120)(r), what)
		require.NoError(t, s.Verify(120), what)
		require.ErrorIs(t, s.List()[0].Err, snapshot.ErrDamaged, what)
		require.True(t, bytes.Equal(file, r.fs.Image()[nameOf(120)]), what)
		require.NoError(t, adopt(r), what)
		require.NoError(t, verify(r), what)
		require.NoError(t, r.survive(0), what)
	}
}

// What a folder has is told without asking the disk, at each moment.
func TestWhatAFolderHasIsTold(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.open())
	told := func(what string) { require.Equal(t, r.fs.Used(), r.store.Used(), what) }
	for k, s := range script {
		require.NoError(t, s(r))
		told(fmt.Sprint("step ", k))
	}
	w, err := r.store.Create(200, 1, 1)
	require.NoError(t, err)
	require.NoError(t, writePieces(w, bodyOf(40), 0))
	told("while one is taken")
	w.Abort()
	told("and given up")
	in, err := receive(r.store, 190, 1700)
	require.NoError(t, err)
	told("while one is received")
	require.NoError(t, in.Close())
	r.fs.FailBy(r.fs.Calls()+1, syscall.EIO)
	require.ErrorIs(t, remove(r), snapshot.ErrDisk)
	if _, there := r.fs.Image()[nameOf(170)]; there { // a call that fails may have done its work
		told("while one can't be removed")
	}
	require.NoError(t, r.store.Sweep())
	told("when it is")
	require.NoError(t, reopen(r))
	told("after a start")
}
