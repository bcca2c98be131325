package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
)

// notStarted is why a node did not start, or a door failed: with exit 6 nobody may start it again, with 2 it would
// come to the same, with 4 it may be another time.
func notStarted(err error) error {
	switch {
	case errors.Is(err, node.ErrNoSecret):
		return exit.With(exit.Usage, fmt.Errorf("%w; --peer-secret (or %s) names its file", err, variable("peer-secret")))
	case errors.Is(err, node.ErrRemoved):
		return exit.With(codeOf(exit.Removed), err)
	case errors.Is(err, node.ErrUpgrade):
		return exit.With(codeOf(exit.Upgrade), err)
	case errors.Is(err, node.ErrNoFolder), errors.Is(err, node.ErrFounders):
		return exit.With(exit.Usage, err)
	case errors.Is(err, wal.ErrDisk) && isForbidden(err):
		return exit.With(exit.Usage, forbidden(err))
	case errors.Is(err, wal.ErrDisk), errors.Is(err, wal.ErrFailed), errors.Is(err, wal.ErrDamaged), errors.Is(err, wal.ErrCondemned), errors.Is(err, node.ErrInvariant),
		errors.Is(err, node.ErrLostSnapshot):
		return exit.With(exit.Disk, err)
	case errors.Is(err, wal.ErrForeign), errors.Is(err, wal.ErrVersion), errors.Is(err, snapshot.ErrForeign), errors.Is(err, snapshot.ErrVersion),
		errors.Is(err, node.ErrRestoring), errors.Is(err, node.ErrRestoredAs):
		return exit.With(exit.Usage, err)
	case errors.Is(err, syscall.EADDRINUSE):
		return exit.With(exit.Unavailable, inUse(err))
	}
	return exit.With(exit.Unavailable, err)
}

// isForbidden reports whether a folder is one that this process can't make or use, which is no fault of the disk.
func isForbidden(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, syscall.ELOOP) ||
		isUnmade(err)
}

// isUnmade reports whether there is no folder, and none can be made: in /proc, behind a link to nowhere, on a file
// system that is read only. Where a folder is already, that one is read only is the disk's doing: kernels make it so
// when it fails.
func isUnmade(err error) bool {
	var call *fs.PathError
	if !errors.As(err, &call) {
		return false
	}
	begins := call.Op == "mkdir" || filepath.Base(call.Path) == wal.LockName
	return begins && errors.Is(err, fs.ErrNotExist) ||
		call.Op == "mkdir" && (errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EINVAL) || errors.Is(err, fs.ErrExist))
}

// forbidden says what is wanted of --data; that a call of the disk failed would be read as its fault.
func forbidden(err error) error {
	var call *fs.PathError
	if errors.As(err, &call) {
		err = call
	}
	return fmt.Errorf("--data (%s): %w: want a folder on a local disk that this user can make and write", variable("data"), err)
}

// stopped is why the replica of a node that ran has stopped: whatever it was, nobody may start it again as it is. A fault of the disk, an entry that it can't apply, a broken invariant: after any of them it
// would promise what it may not have.
func stopped(err error) error {
	switch {
	case errors.Is(err, node.ErrRemoved):
		return exit.With(codeOf(exit.Removed), err)
	case errors.Is(err, node.ErrUpgrade):
		return exit.With(codeOf(exit.Upgrade), err)
	case errors.Is(err, node.ErrStopped):
		return exit.With(exit.Unavailable, err)
	}
	return exit.With(exit.Disk, err)
}
