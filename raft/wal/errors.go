package wal

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/disk"
)

var (
	// ErrDamaged is returned by Open, Read and Dump when bytes that were durable are not what was
	// written. The error is a *DamageError.
	ErrDamaged = errors.New("the log is damaged")

	// ErrFailed is returned by everything after a write or sync failed once: the replica has to stop.
	ErrFailed = errors.New("the log failed earlier and takes nothing more")

	// ErrDisk is wrapped by every other error of the file system: a read, write, sync, create, rename, list or
	// lock that failed. Of an open log it comes with ErrFailed, or from Read.
	ErrDisk = disk.ErrDisk

	// ErrNoRoom is wrapped by what Preallocate, StorePeer and Open return where the file system, a quota or the process's
	// limits leave no room for a new file, and by what Append returns for a record that the segments that are made
	// have no room for. Unless it comes with ErrFailed nothing has changed: try again when there is room.
	ErrNoRoom = disk.ErrNoRoom

	// ErrLocked is returned by Open when another process holds the folder.
	ErrLocked = disk.ErrLocked

	// ErrForeign is returned by Open when the folder belongs to another cluster or node.
	ErrForeign = errors.New("the folder belongs to another replica")

	// ErrNoLog is returned by ReadIdentity for a folder that holds no log.
	ErrNoLog = errors.New("there is no log")

	// ErrVersion is returned by Open for a format of another version of this package.
	ErrVersion = errors.New("the format is of an unknown version")

	// ErrTooLarge is returned by Append for a record that no segment can hold; nothing was queued.
	ErrTooLarge = errors.New("the record does not fit into a segment")

	// ErrOrder is returned by Append for a record that can't follow the last one; nothing was queued.
	ErrOrder = errors.New("the record does not follow the last one")

	// ErrNoEntry is returned by Read for an index that the log does not hold.
	ErrNoEntry = errors.New("no such entry")

	// ErrCompacted is returned by Read for an index at or below the log's base: the entry was there, a snapshot has
	// taken its place.
	ErrCompacted = errors.New("the entry is below the log's base")

	// ErrIncarnation is returned by StorePeer and VerifyPeer for a peer that was met with another folder.
	ErrIncarnation = errors.New("the peer was met with another folder")

	// ErrCondemned is wrapped by what says that a folder must not take part in its cluster any more, whatever is done to
	// it: ErrRolledBack and ErrDiverged. Nobody restarts such a node.
	ErrCondemned = errors.New("this folder must not take part any more")

	// ErrRolledBack is returned by StorePeer and VerifyPeer for a peer whose folder does not know a start in which it was
	// met, or which was condemned for RolledBack.
	ErrRolledBack = fmt.Errorf("%w: it was rolled back", ErrCondemned)

	// ErrDiverged is likewise of a folder that was condemned for Diverged.
	ErrDiverged = fmt.Errorf("%w: its state is not that of the others", ErrCondemned)
)

// DamageError says where durable bytes are not what was written. It wraps ErrDamaged.
type DamageError struct {
	File   string // name within the folder
	Offset int64  // in bytes from the start of File
	Reason string
}

// Error says what is wrong, where, and what to do.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%v: %s at offset %d: %s; do not edit the folder, and put no older copy in its place: keep a copy of it as it is (`semel wal dump` shows it), "+
		"and check the disk; the others go on without this node, and a new folder may take its place: see `semel members replace`",
		ErrDamaged, e.File, e.Offset, e.Reason)
}

// Unwrap returns ErrDamaged.
func (e *DamageError) Unwrap() error { return ErrDamaged }

func damaged(file string, offset int64, format string, args ...any) error {
	return &DamageError{File: file, Offset: offset, Reason: fmt.Sprintf(format, args...)}
}
