package crashfs_test

// Goal: the folder loses what a disk may lose, and only that. Method: one small story for each
// sentence of doc.go, each over many seeds where the seed decides.

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

const sector = 512

func fill(b byte, sectors int) []byte { return bytes.Repeat([]byte{b}, sector*sectors) }

// durable returns a folder with a durable file of three sectors of 'a'.
func durable(t *testing.T, fs *crashfs.FS) (*crashfs.FS, wal.File) {
	f, err := fs.Create("f")
	require.NoError(t, err)
	write(t, f, fill('a', 3), 0)
	require.NoError(t, f.Sync())
	require.NoError(t, fs.SyncDir())
	return fs, f
}

func write(t *testing.T, f wal.File, b []byte, off int64) {
	_, err := f.WriteAt(b, off)
	require.NoError(t, err)
}

// outcomes crashes the same story with many seeds and counts the contents of the file f after it.
func outcomes(t *testing.T, story func(fs *crashfs.FS, f wal.File)) map[string]int {
	seen := map[string]int{}
	for seed := range uint64(200) {
		fs, f := durable(t, crashfs.New(seed))
		story(fs, f)
		require.NoError(t, fs.Crash(seed))
		seen[firstOfEach(fs.Image()["f"])]++
	}
	return seen
}

// firstOfEach returns the first byte of each sector, each of which must be whole.
func firstOfEach(b []byte) string {
	var s []byte
	for ; len(b) > 0; b = b[sector:] {
		if !bytes.Equal(b[:sector], fill(b[0], 1)) {
			return "torn within a sector"
		}
		s = append(s, b[0])
	}
	return string(s)
}

func TestACrashKeepsAnySubsetOfSectors(t *testing.T) {
	seen := outcomes(t, func(_ *crashfs.FS, f wal.File) { write(t, f, fill('b', 3), 0) })
	require.Len(t, seen, 8, "%v", seen)
}

func TestASectorWrittenTwiceHasThreeContents(t *testing.T) {
	seen := outcomes(t, func(_ *crashfs.FS, f wal.File) {
		write(t, f, fill('b', 1), sector)
		write(t, f, fill('c', 1), sector)
	})
	require.Len(t, seen, 3, "%v", seen)
}

func TestWhatWasSyncedStays(t *testing.T) {
	seen := outcomes(t, func(_ *crashfs.FS, f wal.File) {
		write(t, f, fill('b', 2), sector)
		require.NoError(t, f.Sync())
	})
	require.Equal(t, map[string]int{"abb": 200}, seen)
}

func TestAFailedSyncWritesAnyPartAndForgetsTheRest(t *testing.T) {
	cached := map[string]int{}
	seen := outcomes(t, func(fs *crashfs.FS, f wal.File) {
		write(t, f, fill('b', 2), sector)
		fs.FailAt(fs.Calls() + 1)
		require.ErrorIs(t, f.Sync(), crashfs.ErrInjected)
		cached[firstOfEach(fs.Image()["f"])]++
		require.NoError(t, f.Sync(), "trying again succeeds")
	})
	require.Len(t, seen, 4, "and yet: %v", seen)
	require.Greater(t, cached["abb"], 100, "mostly it can still be read")
	require.Less(t, cached["abb"], 200, "not always")
}

func TestAFailedWriteWritesAFirstPart(t *testing.T) {
	seen := outcomes(t, func(fs *crashfs.FS, f wal.File) {
		fs.FailAt(fs.Calls() + 1)
		n, err := f.WriteAt(fill('b', 3), 0)
		require.ErrorIs(t, err, crashfs.ErrInjected)
		require.Zero(t, n%sector)
		require.NoError(t, f.Sync())
	})
	require.Subset(t, []string{"aaa", "baa", "bba", "bbb"}, keys(seen))
	require.Greater(t, len(seen), 2)
}

func TestAGrownFileMayBeShortOrHaveHoles(t *testing.T) {
	seen := outcomes(t, func(_ *crashfs.FS, f wal.File) { write(t, f, fill('b', 2), 3*sector) })
	require.ElementsMatch(t, []string{"aaa", "aaabb", "aaab\x00", "aaa\x00b", "aaa\x00\x00"}, keys(seen))
}

func TestChangesOfTheFolderAreLostUnlessSynced(t *testing.T) {
	states := map[string]int{}
	for seed := range uint64(100) {
		fs, _ := durable(t, crashfs.New(seed))
		require.NoError(t, fs.Rename("f", "g"))
		_, err := fs.Create("h")
		require.NoError(t, err)
		require.NoError(t, fs.Crash(seed))
		names, err := fs.List()
		require.NoError(t, err)
		state := ""
		for _, name := range names {
			state += name
		}
		states[state]++
	}
	require.ElementsMatch(t, []string{"f", "g", "fh", "gh"}, keys(states))
}

func TestAKillLeavesThePageCache(t *testing.T) {
	fs, f := durable(t, crashfs.New(1))
	write(t, f, fill('b', 1), 0)
	fs.Kill()
	require.Equal(t, "baa", firstOfEach(fs.Image()["f"]))
	_, err := f.WriteAt(fill('c', 1), 0)
	require.ErrorIs(t, err, crashfs.ErrPowerLost, "files of an earlier life are closed")
	require.NoError(t, fs.Crash(0))
	require.Equal(t, "aaa", firstOfEach(fs.Image()["f"]))
}

func TestTheMirrorIsWhatIsSeen(t *testing.T) {
	folder, err := wal.OpenFolder(t.TempDir())
	require.NoError(t, err)
	fs, f := durable(t, crashfs.Over(folder, 1))
	write(t, f, fill('b', 1), sector)
	require.NoError(t, fs.Rename("f", "g"))
	require.Equal(t, "aba", firstOfEach(content(t, folder, "g")))
	require.NoError(t, fs.Crash(0))
	require.Equal(t, "aaa", firstOfEach(content(t, folder, "f")))
}

func content(t *testing.T, fs wal.FS, name string) []byte {
	f, err := fs.Open(name)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	b := make([]byte, 3*sector)
	_, err = f.ReadAt(b, 0)
	require.NoError(t, err)
	return b
}

func keys(m map[string]int) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	return names
}
