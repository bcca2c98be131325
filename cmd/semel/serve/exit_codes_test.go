package serve

// Goal: each error of a disk has the exit code that docs/guarantees.md names, whichever call it is of. Method: a node over a
// folder in memory; each call of a first start, of the work behind it and of a second start fails in turn, by a fault of
// the disk and by want of room.

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// openOver opens a node of its own cluster over a folder, and one for its snapshots.
func openOver(fs, snapshots *crashfs.FS) (*server.Replica, error) {
	return server.Open(server.Config{
		Cluster: "exit", Node: 1, Peers: map[uint8]string{1: "127.0.0.1:0"}, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
		CapacityKeys: 1000, CapacityBytes: 1 << 20,
		Tune: func(o *node.Options) {
			o.FS, o.Snapshots, o.TickInterval = fs, snapshots, time.Millisecond
			o.SegmentBytes, o.MaxEntryBytes, o.Raft.MaxEntriesPerMessage = 64<<10, 8<<10, 4
		},
	})
}

// work has claims done until the folder has had so many calls and one more is answered, or the replica stops. It
// returns the exit code, 0 if it goes on.
func work(t *testing.T, r *server.Replica, fs *crashfs.FS, calls int) int {
	t.Helper()
	for n := byte(1); ; n++ {
		passed := fs.Calls() > calls
		command := dedup.AppendClaim(nil, dedup.Claim{Call: uint64(n), Key: dedup.Key{n, byte(calls)}, Owner: 1})
		done := make(chan error, 1)
		r.Do(command, 1, server.Within(semeltest.Patience), func(_ []server.Answer, err error) { done <- err })
		select {
		case err := <-done:
			if err == nil && passed {
				return 0
			}
		case <-time.After(semeltest.Patience):
			t.Fatalf("no verdict, call %d of %d: %v %+v", calls, fs.Calls(), r.Err(), r.Status())
		}
		select {
		case <-r.Done():
			return exitOf(stopped(r.Err()))
		case <-time.After(time.Millisecond):
		}
	}
}

func exitOf(err error) int {
	var known *exit.Error
	if !errors.As(err, &known) {
		return -1
	}
	return known.Code
}

// exitsOf fails one call after another, of a folder as a first start finds it or as it left it, and counts the exit codes
// of starts, and of nodes that ran.
func exitsOf(t *testing.T, second bool, fault error) (starts, runs map[int]int) {
	starts, runs = map[int]int{}, map[int]int{}
	for call := 1; call <= 60; call++ {
		fs, snapshots := crashfs.New(uint64(call)), crashfs.New(uint64(call))
		if second {
			r, err := openOver(fs, snapshots)
			require.NoError(t, err)
			require.Zero(t, work(t, r, fs, 20))
			r.Close()
			fs.Kill()
			snapshots.Kill()
		}
		at := fs.Calls() + call
		fs.FailBy(at, fault)
		r, err := openOver(fs, snapshots)
		if err != nil {
			require.ErrorIs(t, err, fault)
			starts[exitOf(notStarted(err))]++
			continue
		}
		runs[work(t, r, fs, at)]++
		r.Close()
	}
	return starts, runs
}

func TestEachErrorOfADiskHasItsExitCode(t *testing.T) {
	for _, second := range []bool{false, true} {
		t.Run(fmt.Sprintf("second start %t", second), func(t *testing.T) {
			t.Parallel()
			starts, runs := exitsOf(t, second, syscall.EIO)
			require.Equal(t, []int{exit.Disk}, codes(starts), "whatever call it is")
			require.Equal(t, []int{exit.Disk}, codes(runs))
			require.Greater(t, starts[exit.Disk], 5)
			require.Greater(t, runs[exit.Disk], 5)

			starts, runs = exitsOf(t, second, syscall.ENOSPC)
			require.Subset(t, []int{exit.Unavailable}, codes(starts), "it may start later")
			require.Subset(t, []int{0, exit.Disk}, codes(runs))
			require.Positive(t, runs[exit.Disk], "a record that can't be written is not survived")
			require.True(t, second || runs[0] > 0, "a file that can't be made is; a second start makes few")
		})
	}
}

// The folder of the snapshots keeps a node from starting, as the log's does, but stops none that runs: without snapshots the log grows.
func TestAFolderOfSnapshotsThatFailsStopsNoNodeThatRuns(t *testing.T) {
	for fault, code := range map[error]int{syscall.EIO: exit.Disk, syscall.ENOSPC: exit.Unavailable} {
		starts, failed := 0, 0
		for call := 1; call <= 20; call++ {
			fs, snapshots := crashfs.New(uint64(call)), crashfs.New(uint64(call))
			snapshots.FailBy(call, fault)
			r, err := openOver(fs, snapshots)
			if err != nil {
				require.Equal(t, code, exitOf(notStarted(err)), "%v", err)
				starts++
				continue
			}
			require.Zero(t, work(t, r, fs, fs.Calls()+1))
			if _, err := r.TakeSnapshot(t.Context()); err != nil {
				failed++
			}
			require.Zero(t, work(t, r, fs, fs.Calls()+1), "call %d", call)
			r.Close()
		}
		require.Positive(t, starts)
		require.Positive(t, failed)
	}
}

func codes(counts map[int]int) (all []int) {
	for code := range counts {
		all = append(all, code)
	}
	return all
}

func TestAStopIsToldByWhatItWas(t *testing.T) { require.Empty(t, wronglyTold()) }

// wronglyTold names a reason that is told by another exit code than it should be.
func wronglyTold() string {
	stops := map[int][]error{
		exit.Disk:        {node.ErrInvariant, wal.ErrFailed, wal.ErrDisk, wal.ErrDamaged, wal.ErrNoRoom, errors.New("an entry that it can't apply")},
		exit.Unavailable: {node.ErrStopped},
		exit.Removed:     {node.ErrRemoved},
		exit.Upgrade:     {node.ErrUpgrade},
	}
	starts := map[int][]error{
		exit.Disk:        {node.ErrInvariant, wal.ErrFailed, wal.ErrDisk, wal.ErrDamaged, &node.LostSnapshotError{Why: []error{errors.New("rotten")}}},
		exit.Usage:       {wal.ErrForeign, wal.ErrVersion, snapshot.ErrForeign, snapshot.ErrVersion, fmt.Errorf("%w: %w", wal.ErrDisk, os.ErrPermission)},
		exit.Unavailable: {wal.ErrNoRoom, wal.ErrLocked, syscall.EADDRINUSE},
		exit.Removed:     {node.ErrRemoved},
		exit.Upgrade:     {node.ErrUpgrade},
	}
	for _, table := range []struct {
		told func(error) error
		of   map[int][]error
	}{{stopped, stops}, {notStarted, starts}} {
		for code, errs := range table.of {
			for _, err := range errs {
				if is := exitOf(table.told(fmt.Errorf("x: %w", err))); is != code {
					return fmt.Sprintf("%v is told by %d, want %d", err, is, code)
				}
			}
		}
	}
	return ""
}
