package disk_test

// Goal: an error of the file system says whether something has run out or is broken, and what is no fault stays what it is.
// Method: a table of errors; a folder of the operating system whose calls fail.

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/disk"
)

func TestErrorsSayWhatTheyMean(t *testing.T) {
	for _, lack := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EFBIG} {
		err := disk.Tell(fmt.Errorf("write: %w", lack))
		require.ErrorIs(t, err, disk.ErrNoRoom)
		require.ErrorIs(t, err, lack)
		require.NotErrorIs(t, err, disk.ErrDisk)
		full := errors.Is(lack, syscall.ENOSPC) || errors.Is(lack, syscall.EDQUOT)
		require.Equal(t, full, errors.Is(err, disk.ErrFull), "%v", lack)
	}
	for _, fault := range []error{syscall.EIO, syscall.EROFS, fs.ErrNotExist, fs.ErrPermission} {
		err := disk.Tell(fault)
		require.ErrorIs(t, err, disk.ErrDisk)
		require.ErrorIs(t, err, fault)
		require.NotErrorIs(t, err, disk.ErrNoRoom)
	}
	require.NoError(t, disk.Tell(nil))
	require.Equal(t, io.EOF, disk.Tell(io.EOF))
	require.Equal(t, disk.ErrLocked, disk.Tell(disk.ErrLocked))
}

func TestAFolderIsWhatItsNamesSay(t *testing.T) {
	folder, err := disk.OpenFolder(t.TempDir() + "/a/b")
	require.NoError(t, err)
	told := disk.Told(folder)
	_, err = told.Open("f")
	require.ErrorIs(t, err, disk.ErrDisk)
	require.ErrorIs(t, err, fs.ErrNotExist)

	lock, err := told.Lock()
	require.NoError(t, err)
	_, err = told.Lock()
	require.ErrorIs(t, err, disk.ErrLocked)
	require.NoError(t, lock.Close())

	f, err := told.Create("f")
	require.NoError(t, err)
	_, err = f.WriteAt([]byte("semel"), 0)
	require.NoError(t, err)
	require.NoError(t, f.Sync())
	require.NoError(t, told.Rename("f", "g"))
	require.NoError(t, told.SyncDir())
	names, err := told.List()
	require.NoError(t, err)
	require.Equal(t, []string{"LOCK", "g"}, names)

	require.NoError(t, told.Remove("g"))
	size, err := f.Size()
	require.NoError(t, err, "a file that was removed stays for who has it open")
	require.EqualValues(t, 5, size)
	require.NoError(t, f.Close())
}

func TestAFileIsWrittenSoonerWhereItIsBegun(t *testing.T) {
	folder, err := disk.OpenFolder(t.TempDir())
	require.NoError(t, err)
	f, err := disk.Told(folder).Create("f")
	require.NoError(t, err)
	require.Implements(t, (*disk.Beginner)(nil), f, "what is said of errors hides nothing")
	_, err = f.WriteAt([]byte("semel"), 3)
	require.NoError(t, err)
	disk.Begin(f, 3, 5)
	disk.Begin(f, 100, 5) // nothing is there
	require.NoError(t, f.Sync())
	got := make([]byte, 5)
	_, err = f.ReadAt(got, 3)
	require.NoError(t, err)
	require.Equal(t, "semel", string(got))
	require.NoError(t, f.Close())
	disk.Begin(f, 0, 5)
}
