package disk

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncData is fdatasync: the data, and of the file's description only what is needed to read it
// back. A zeroed segment needs none, so that the file system's journal is left alone.
func syncData(f *os.File) error {
	return os.NewSyscallError("fdatasync", unix.Fdatasync(int(f.Fd())))
}

// beginWrite is sync_file_range that waits for nothing: what it could not write the next fdatasync of this descriptor tells.
func beginWrite(f *os.File, off, n int64) {
	_ = unix.SyncFileRange(int(f.Fd()), off, n, unix.SYNC_FILE_RANGE_WRITE)
}
