package snapshot

import (
	"errors"
	"fmt"

	"github.com/eventstreamcore/semel/raft/disk"
)

var (
	// ErrDamaged is returned by Load, Verify, Source and what they return, and stands in List, when a file is not what was
	// written. The error is a *DamageError.
	ErrDamaged = errors.New("the snapshot is damaged")

	// ErrVersion is returned by Open, ParseHeader and Receive for a format of another version of this package.
	ErrVersion = errors.New("the snapshot's format is of an unknown version")

	// ErrForeign is returned by Open and Receive for a snapshot of another cluster.
	ErrForeign = errors.New("the snapshot belongs to another cluster")

	// ErrRejected is returned by ParseHeader and a Receiver for bytes that are not a snapshot, or not the one that its header
	// promised. Whoever sent them is damaged or lies.
	ErrRejected = errors.New("what was sent is not a snapshot as it should be")

	// ErrDiffers is returned by Commit, Receive and Adopt where a snapshot of that index is there and is another one. Of two nodes
	// that applied the same log one has gone astray; nothing was changed.
	ErrDiffers = errors.New("there is another snapshot of this index")

	// ErrBusy is returned by Create and Receive while the one before is neither committed nor given up, and by Receive while one that came whole is
	// neither adopted nor discarded; by Adopt and Discard while something is being received.
	ErrBusy = errors.New("a snapshot is already being written")

	// ErrEnded is returned by a Writer or Receiver that was committed, closed or given up.
	ErrEnded = errors.New("the snapshot is no longer being written")

	// ErrOrder is returned by Append and ReadBlocks for an offset that is not the one that can be told. Nothing was changed.
	ErrOrder = errors.New("the offset is not the next one")

	// ErrIncomplete is returned by a Receiver's Commit before the last byte is there; go on receiving.
	ErrIncomplete = errors.New("the snapshot is not complete")

	// ErrTooLarge is returned by Write for a body of more than MaxBodyBytes; the snapshot is given up.
	ErrTooLarge = errors.New("the snapshot is too large")

	// ErrNoSnapshot is returned for an index that no snapshot has.
	ErrNoSnapshot = errors.New("no such snapshot")

	// ErrNewest is returned by Remove for a snapshot that must stay.
	ErrNewest = errors.New("the newest snapshot stays")

	// ErrDisk is wrapped by every error of the file system that is no want of room.
	ErrDisk = disk.ErrDisk

	// ErrNoRoom is wrapped by errors of a file system, a quota or limits that have run out. The snapshot that was being
	// written is gone, those that were there are not: begin anew when there is room.
	ErrNoRoom = disk.ErrNoRoom

	// ErrFull is wrapped, and ErrNoRoom with it, where it is the disk or a quota that has no room: to remove files helps.
	ErrFull = disk.ErrFull

	// ErrLocked is returned by Open when another process holds the folder.
	ErrLocked = disk.ErrLocked
)

// DamageError says where the bytes of a snapshot are not what was written. It wraps ErrDamaged.
type DamageError struct {
	File   string // name within the folder
	Offset int64  // in bytes from the start of File
	Reason string
}

// Error says what is wrong, and where. The ways out are told once, by who knows whether there is another snapshot.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%v: %s at offset %d: %s; check the disk", ErrDamaged, e.File, e.Offset, e.Reason)
}

// Unwrap returns ErrDamaged.
func (e *DamageError) Unwrap() error { return ErrDamaged }

func damaged(file string, offset int64, format string, args ...any) error {
	return &DamageError{File: file, Offset: offset, Reason: fmt.Sprintf(format, args...)}
}
