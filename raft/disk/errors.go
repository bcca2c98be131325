package disk

import "errors"

var (
	// ErrDisk is wrapped by every error of the file system that is no want of room: a read, write, sync, create, rename, list
	// or lock that failed.
	ErrDisk = errors.New("the disk failed a call")

	// ErrNoRoom is wrapped by an error that says that the file system, a quota or the process's limits have run out.
	ErrNoRoom = errors.New("no room left")

	// ErrLocked is wrapped by what Lock returns when another process holds the folder.
	ErrLocked = errors.New("the folder is in use by another process")
)
