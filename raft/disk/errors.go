package disk

import (
	"errors"
	"fmt"
)

var (
	// ErrDisk is wrapped by every error of the file system that is no want of room: a read, write, sync, create, rename, list
	// or lock that failed.
	ErrDisk = errors.New("the disk failed a call")

	// ErrNoRoom is wrapped by an error that says that the file system, a quota or the process's limits have run out.
	ErrNoRoom = errors.New("no room left")

	// ErrFull is wrapped, and ErrNoRoom with it, by an error that says that the file system or a quota is full: to remove files
	// helps. Of too many open files, or memory that is lacking, that can't be said.
	ErrFull = fmt.Errorf("%w: the disk, or a quota, is full", ErrNoRoom)

	// ErrLocked is wrapped by what Lock returns when another process holds the folder.
	ErrLocked = errors.New("the folder is in use by another process")
)
