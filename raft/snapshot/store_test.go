package snapshot_test

// Goal: what is said of single calls holds. Method: a small story for each.

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// cut is a folder whose files end early for who reads them.
type cut struct {
	*crashfs.FS
	end int64
}

type cutFile struct {
	disk.File
	end int64
}

func (c cut) Open(name string) (disk.File, error) {
	f, err := c.FS.Open(name)
	return cutFile{f, c.end}, err
}

func (f cutFile) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) <= f.end {
		return f.File.ReadAt(p, off)
	}
	n, err := f.File.ReadAt(p[:max(0, f.end-off)], off)
	return n, errors.Join(err, io.EOF)
}

func opened(t *testing.T, steps ...step) *replica {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay(steps))
	return r
}

func TestTheSameSnapshotIsTheSameFileHoweverItIsWritten(t *testing.T) {
	for index := protocol.Index(10); index <= 50; index += 10 {
		cfg := configOn(crashfs.New(3))
		cfg.SyncBytes = 0
		s, err := snapshot.Open(cfg)
		require.NoError(t, err)
		w, err := s.CreateUnder(index, termOf(index), stampOf(index), membershipOf(index))
		require.NoError(t, err)
		_, err = w.Write(bodyOf(index))
		require.NoError(t, err)
		h, err := w.Commit()
		require.NoError(t, err)
		file := cfg.FS.(*crashfs.FS).Image()[nameOf(index)]
		require.Equal(t, fileOf(index), file)
		require.Equal(t, h.Encode(), file[:snapshot.HeaderBytes])
		require.EqualValues(t, len(file), h.FileBytes())
		parsed, err := snapshot.ParseHeader(file[:snapshot.HeaderBytes])
		require.NoError(t, err)
		require.Equal(t, h, parsed)
	}
}

// twoWriters holds that there is one writer of each kind at a time.
func twoWriters() error {
	r := newReplica(crashfs.New(0))
	if err := r.open(); err != nil {
		return err
	}
	w, err := r.store.Create(10, 1, 1)
	if err != nil {
		return err
	}
	in, err := receive(r.store, 40, 1200)
	if err != nil {
		return violation("received beside taken: %w", err)
	}
	_, second := r.store.Create(20, 1, 1)
	_, another := r.store.Receive(context.Background(), fileOf(90)[:snapshot.HeaderBytes])
	_, again := r.store.Receive(context.Background(), fileOf(40)[:snapshot.HeaderBytes])
	for _, err := range []error{second, another, again} {
		if !errors.Is(err, snapshot.ErrBusy) {
			return violation("a second writer: %w", said(err))
		}
	}
	w.Abort()
	if err := in.Close(); err != nil {
		return err
	}
	return r.play([]step{take(20), receiveAll(40)})
}

func TestThereIsOneWriterOfEachKind(t *testing.T) { require.NoError(t, twoWriters()) }

func TestWhoHasEndedTakesNothingMore(t *testing.T) {
	r := opened(t)
	w, err := r.store.Create(20, termOf(20), stampOf(20))
	require.NoError(t, err)
	_, err = w.Write(bodyOf(20))
	require.NoError(t, err)
	_, err = w.Commit()
	require.NoError(t, err)
	in, err := receive(r.store, 30, 1<<20)
	require.NoError(t, err)
	require.NoError(t, in.Commit())
	require.NoError(t, r.store.Adopt(30))
	calls := r.fs.Calls()
	_, err = w.Write([]byte("x"))
	require.ErrorIs(t, err, snapshot.ErrEnded)
	_, err = w.Commit()
	require.ErrorIs(t, err, snapshot.ErrEnded)
	require.ErrorIs(t, in.Append(nil, in.Offset()), snapshot.ErrEnded)
	require.ErrorIs(t, in.Commit(), snapshot.ErrEnded)
	w.Abort()
	in.Abort()
	require.NoError(t, in.Close(), "all of which may be deferred")
	require.Equal(t, calls, r.fs.Calls())
	require.Len(t, r.store.List(), 2)
}

func TestAWriterThatFailedStaysSoAndTheNextBeginsAnew(t *testing.T) {
	r := opened(t, take(10))
	w, err := r.store.Create(40, termOf(40), stampOf(40))
	require.NoError(t, err)
	r.fs.FailBy(r.fs.Calls()+1, syscall.EIO)
	_, err = w.Write(bodyOf(40))
	require.ErrorIs(t, err, snapshot.ErrDisk)
	require.NotContains(t, r.fs.Image(), "own.tmp", "its room is free")
	_, again := w.Write(bodyOf(40))
	require.Equal(t, err, again)
	_, again = w.Commit()
	require.Equal(t, err, again)
	require.NoError(t, r.play([]step{take(40), verify}))
}

// outOfOrder sends a chunk a second time, late, and one that comes too early.
func outOfOrder() error {
	r := newReplica(crashfs.New(0))
	if err := r.open(); err != nil {
		return err
	}
	in, err := receive(r.store, 40, 1200)
	if err != nil {
		return err
	}
	for _, off := range []int64{1100, 1300} {
		if err := in.Append(fileOf(40)[off:][:50], off); !errors.Is(err, snapshot.ErrOrder) {
			return violation("bytes of offset %d are taken for those of %d: %w", off, 1200, said(err))
		}
	}
	return in.Close()
}

func TestAChunkThatComesTwiceOrEarlyIsNotTaken(t *testing.T) { require.NoError(t, outOfOrder()) }

func TestWhatComesOutOfOrderChangesNothing(t *testing.T) {
	r, file := opened(t), fileOf(40)
	in, err := receive(r.store, 40, 1200)
	require.NoError(t, err)
	require.EqualValues(t, 1200, in.Offset())
	for _, off := range []int64{0, 512, 1199, 1201, int64(len(file))} {
		require.ErrorIs(t, in.Append(file[:10], off), snapshot.ErrOrder)
	}
	require.ErrorIs(t, in.Append(append(slices.Clone(file[1200:]), 0), 1200), snapshot.ErrRejected, "longer than its header says")
	require.ErrorIs(t, in.Commit(), snapshot.ErrIncomplete)
	require.EqualValues(t, 1200, in.Offset())
	require.NoError(t, in.Append(file[1200:], 1200))
	require.NoError(t, in.Commit())
	require.NoError(t, r.store.Adopt(40))
	require.NoError(t, r.made(40, nil))
	require.NoError(t, verify(r))
}

func TestABlockThatIsWrongIsAskedForAgain(t *testing.T) {
	r, file := opened(t), fileOf(40)
	in, err := receive(r.store, 40, 700)
	require.NoError(t, err)
	wrong := slices.Clone(file[700:])
	wrong[900] ^= 1 // in the third block
	require.ErrorIs(t, in.Append(wrong, 700), snapshot.ErrRejected)
	require.EqualValues(t, 512+2*testBlock, in.Offset(), "those before it are kept")
	require.NoError(t, in.Append(file[in.Offset():], in.Offset()))
	require.NoError(t, in.Commit())
	require.NoError(t, r.store.Adopt(40))
	require.NoError(t, r.made(40, nil))
	require.NoError(t, verify(r))
}

// differing commits and receives another snapshot in place of one that is there.
func differing() error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{take(30)}); err != nil {
		return err
	}
	body := bodyOf(30)
	body[7] ^= 1
	other := fileWith(30, body)
	if err := write(r.store, 30, body); !errors.Is(err, snapshot.ErrDiffers) {
		return violation("another snapshot of the index is taken: %w", said(err))
	}
	if _, err := r.store.Receive(context.Background(), other[:snapshot.HeaderBytes]); !errors.Is(err, snapshot.ErrDiffers) {
		return violation("another snapshot of the index is received: %w", said(err))
	}
	return r.play([]step{verify, take(30), reopen})
}

func TestASnapshotIsNotReplacedByAnother(t *testing.T) { require.NoError(t, differing()) }

func TestADamagedSnapshotIsReplacedByAWholeOne(t *testing.T) {
	for what, off := range map[string]int{"header": 60, "block": 900} {
		file := slices.Clone(fileOf(30))
		file[off] ^= 1
		r := newReplica(crashfs.Load(with(folderOf(10), nameOf(30), file), 0))
		s, err := snapshot.Open(configOn(r.fs))
		require.NoError(t, err)
		require.ErrorIs(t, s.Verify(30), snapshot.ErrDamaged, what)
		require.EqualValues(t, 30, s.List()[0].Index, "the newest, although it is damaged")
		require.ErrorIs(t, s.List()[0].Err, snapshot.ErrDamaged)
		r.store, r.must = s, map[protocol.Index]bool{10: true}
		require.NoError(t, receiveAll(30)(r), what)
		require.NoError(t, verify(r))
	}
}

// tooLongForTheDisk receives a snapshot that is longer than what is free: nothing is written of it.
func tooLongForTheDisk() error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{take(10)}); err != nil {
		return err
	}
	r.fs.Fill(1500)
	if _, err := receive(r.store, 140, 0); !errors.Is(err, snapshot.ErrNoRoom) {
		return violation("a snapshot is begun that has no room: %w", said(err))
	}
	return r.play([]step{verify, reopen})
}

func TestASnapshotThatIsLongerThanWhatIsFreeIsNotBegun(t *testing.T) {
	require.NoError(t, tooLongForTheDisk())
}

// Headers that are whole ask for terabytes.
func TestALengthIsBelievedOnlyWhenItIsThere(t *testing.T) {
	header := func(body, block uint64) []byte {
		b := slices.Clone(fileOf(30)[:snapshot.HeaderBytes])
		binary.LittleEndian.PutUint64(b[56:], body)
		binary.LittleEndian.PutUint64(b[64:], block)
		return reseal(b)
	}
	for _, block := range []uint64{0, 4, 511, 513, 1<<20 + 512, 1 << 40, 1<<64 - 512} {
		_, err := snapshot.ParseHeader(header(10, block))
		require.ErrorIs(t, err, snapshot.ErrRejected, "blocks of %d", block)
		require.NoError(t, refused(30, append(header(10, block), fileOf(30)[512:]...)))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for _, body := range []uint64{1 << 39, snapshot.MaxBodyBytes, snapshot.MaxBodyBytes + 1, 1 << 63, 1<<64 - 1} {
		require.NoError(t, refused(30, append(header(body, 512), fileOf(30)[512:]...)))
		r := opened(t, take(10))
		r.fs.Fill(1 << 20)
		calls := r.fs.Calls()
		_, err := r.store.Receive(context.Background(), header(body, 512))
		if body > snapshot.MaxBodyBytes {
			require.ErrorIs(t, err, snapshot.ErrRejected)
			require.Equal(t, calls, r.fs.Calls())
		} else {
			require.ErrorIs(t, err, snapshot.ErrNoRoom, "before anything is written")
			require.NotContains(t, r.fs.Image(), "received.tmp")
		}
	}
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(64<<20))
}

func TestABodyMayBeEmptyAndNothingElseInAHeader(t *testing.T) {
	r := opened(t, take(200))
	require.Len(t, r.fs.Image()[nameOf(200)], snapshot.HeaderBytes)
	for _, off := range []int{32, 40, 168, 507} { // index 0, term 0, and bytes without a meaning
		b := slices.Clone(fileOf(200))
		clear(b[off : off+1])
		if off >= 168 {
			b[off] = 1
		}
		_, err := snapshot.ParseHeader(reseal(b))
		require.ErrorIs(t, err, snapshot.ErrRejected, "offset %d", off)
	}
	_, err := r.store.Create(0, 1, 1)
	require.Error(t, err)
	_, err = r.store.Create(1, 0, 1)
	require.Error(t, err)
}

func TestConfigsAreChecked(t *testing.T) {
	for _, cfg := range []snapshot.Config{
		{}, {FS: crashfs.New(0), BlockBytes: 100}, {FS: crashfs.New(0), BlockBytes: 2 << 20}, {FS: crashfs.New(0), BlockBytes: -512},
		{FS: crashfs.New(0), SyncBytes: -1},
	} {
		_, err := snapshot.Open(cfg)
		require.ErrorContains(t, err, "snapshot config")
	}
	fs := crashfs.New(0)
	s, err := snapshot.Open(configOn(fs))
	require.NoError(t, err)
	_, err = snapshot.Open(configOn(fs))
	require.ErrorIs(t, err, snapshot.ErrLocked)
	require.NoError(t, s.Close())
	_, err = snapshot.Open(configOn(fs))
	require.NoError(t, err)
}

func TestASourceGivesWholeBlocksFromWhereOneBegins(t *testing.T) {
	r := opened(t, take(40))
	src, err := r.store.Source(40)
	require.NoError(t, err)
	file := fileOf(40)
	require.Equal(t, file[:512], src.Header().Encode())
	p := make([]byte, 2*testBlock+100)
	var got []byte
	for off := int64(snapshot.HeaderBytes); ; off = int64(snapshot.HeaderBytes + len(got)) {
		n, err := src.ReadBlocks(p, off)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		got = append(got, p[:n]...)
	}
	require.Equal(t, file[512:], got)
	for _, off := range []int64{-1 << 63, -512, 0, 511, 513, int64(len(file)) + 1, 1 << 62} {
		_, err := src.ReadBlocks(p, off)
		require.ErrorIs(t, err, snapshot.ErrOrder, "offset %d", off)
	}
	_, err = src.ReadBlocks(p[:511], 512)
	require.ErrorIs(t, err, io.ErrShortBuffer)
	r.fs.Rot(nameOf(40), func(b []byte) { b[1100] ^= 1 })
	n, err := src.ReadBlocks(p, 512)
	require.Equal(t, testBlock, n, "what is whole before it")
	require.ErrorIs(t, err, snapshot.ErrDamaged, "rot is not sent")
	require.True(t, bytes.Equal(p[:n], file[512:1024]))
	require.NoError(t, src.Close())
}

// Memory is a block however long the body is: all that is allocated for 16 MiB is less than one.
func TestABodyIsWrittenInBoundedMemory(t *testing.T) {
	folder, err := disk.OpenFolder(t.TempDir())
	require.NoError(t, err)
	s, err := snapshot.Open(snapshot.Config{FS: discarded{folder}, Cluster: testCluster})
	require.NoError(t, err)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	writeBody(t, s, 16<<20)
	runtime.ReadMemStats(&after)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(1<<20))
}
