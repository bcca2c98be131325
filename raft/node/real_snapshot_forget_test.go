package node_test

// Goal: what is old goes from the disk as far as it can, log and snapshots each by itself, and later where it can't. Method: the world of
// crash_world_test.go, with a folder from which nothing can be removed.

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// filesOf counts the files of a folder whose names end so.
func filesOf(f *crashfs.FS, end string) (n int) {
	names, err := f.List()
	if err != nil {
		return -1
	}
	for _, name := range names {
		if strings.HasSuffix(name, end) {
			n++
		}
	}
	return n
}

// staysOnDisk has nothing be removed from a node's log, or else of its snapshots, while both grow old, and then has all be removed.
func staysOnDisk(log bool) error {
	w := newWorld(9, 1)
	defer w.close()
	one := w.at(1)
	if err := errors.Join(one.start(), w.write(80)); err != nil {
		return err
	}
	segments, snapshots := filesOf(one.log, ".wal"), filesOf(one.files, ".snapshot")
	if one.power.stuck = one.files; log {
		one.power.stuck = one.log
	}
	if err := w.write(60); err != nil {
		return err
	}
	base, _ := logOf(one).Base()
	err := one.ForgetBelow(base)
	switch stuck := filesOf(one.files, ".snapshot"); {
	case log && (stuck > snapshots || !errors.Is(err, disk.ErrNoRoom)):
		return fmt.Errorf("%d snapshots stay since the log does: %w", stuck, err)
	case !log && (stuck <= snapshots || filesOf(one.log, ".wal") > segments+1):
		return fmt.Errorf("%d segments and %d snapshots stay: %w", filesOf(one.log, ".wal"), stuck, err)
	}
	one.power.stuck = nil
	if err := one.ForgetBelow(base); err != nil {
		return err
	}
	if n, m := filesOf(one.log, ".wal"), filesOf(one.files, ".snapshot"); n > segments+1 || m > snapshots {
		return fmt.Errorf("%d segments and %d snapshots stay, expected %d and %d", n, m, segments, snapshots)
	}
	return w.check()
}

func TestWhatCannotBeRemovedHoldsUpNothingElse(t *testing.T) {
	require.NoError(t, staysOnDisk(true), "the log's files")
	require.NoError(t, staysOnDisk(false), "snapshots")
}
