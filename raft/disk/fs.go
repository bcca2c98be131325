package disk

import "io"

// FS is one folder, flat. Names are plain file names. A change of the folder (Create, Rename,
// Remove) is durable once SyncDir returned; a write once Sync of its file returned.
type FS interface {
	// List returns the names in the folder, sorted.
	List() ([]string, error)
	// Create makes an empty file to read and write; one that was there under the name is gone.
	Create(name string) (File, error)
	// Open opens a file to read and write; an error wraps fs.ErrNotExist if there is none.
	Open(name string) (File, error)
	// Rename is atomic: from is gone, to is what from was.
	Rename(from, to string) error
	Remove(name string) error
	SyncDir() error
	// Free returns how many bytes may still be written, as far as the file system knows. An error: it can't say.
	Free() (bytes int64, err error)
	// Lock takes the folder for this process until the closer is closed; it returns an error that
	// wraps ErrLocked if another holds it. The system frees it when the process ends.
	Lock() (io.Closer, error)
}

// File is an open file. Its methods may be called by several goroutines at once.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	// Sync makes durable what was written to the file, and its size.
	Sync() error
	// Size returns the length in bytes.
	Size() (int64, error)
}
