package snapshot_test

// Goal: a call of the disk that fails is told for what it is, loses nothing that was there, and the same step tried again does
// its work, in this process, after a kill that leaves the page cache, and after a loss of power. Method: each call of the
// script fails once, by a fault and by want of room, by many seeds for what it did all the same.

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/snapshot"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestEveryFailedCallLosesNothing(t *testing.T) {
	require.NoError(t, failEverywhere(4, syscall.EIO, snapshot.ErrDisk))
}

func TestEveryCallThatFindsNoRoomLosesNothing(t *testing.T) {
	for _, lack := range []error{syscall.ENOSPC, syscall.EDQUOT, syscall.EMFILE} {
		require.NoError(t, failEverywhere(1, lack, snapshot.ErrNoRoom))
	}
}

func failEverywhere(seeds uint64, by, told error) error {
	calls, err := callsOfScript(crashfs.New(0))
	for call := 1; call <= calls && err == nil; call++ {
		for seed := range seeds {
			for _, killed := range []bool{false, true} {
				if err := failIn(call, seed, killed, by, told); err != nil {
					return fmt.Errorf("call %d, seed %d, killed %v: %w", call, seed, killed, err)
				}
			}
		}
	}
	return err
}

// failIn lets one call of the script fail. The step is tried again, by this process or one that takes its place.
func failIn(call int, seed uint64, killed bool, by, told error) error {
	r := newReplica(crashfs.New(seed))
	r.fs.FailBy(call, by)
	failed := false
	steps := append([]step{start}, script...)
	for k := 0; k < len(steps); k++ {
		err := steps[k](r)
		switch {
		case err == nil:
			continue
		case errors.Is(err, errViolated) || failed:
			return err
		case !errors.Is(err, told) || !errors.Is(err, by) || errors.Is(err, other(told)):
			return violation("a call that failed by %w is told as %w", by, err)
		}
		failed = true
		if killed {
			r.fs.Kill()
		}
		if killed || r.store == nil {
			if err := r.open(); err != nil {
				return err
			}
		}
		k-- // once more
	}
	if err := r.survive(0); err != nil {
		return err
	}
	return verify(r)
}

// start opens the folder, or opens it again.
func start(r *replica) error {
	if r.store == nil {
		return r.open()
	}
	return reopen(r)
}

func other(told error) error {
	if errors.Is(told, snapshot.ErrNoRoom) {
		return snapshot.ErrDisk
	}
	return snapshot.ErrNoRoom
}

// A sync that failed has dropped what can still be read. The file is removed then, unless the process ends before that: the
// next one must not take what it reads for what the disk has.
func TestEveryFailureThatTheProcessDoesNotOutliveLosesNothing(t *testing.T) {
	require.NoError(t, failThenDieEverywhere(4))
}

func failThenDieEverywhere(seeds uint64) error {
	calls, err := callsOfScript(crashfs.New(0))
	for call := 1; call < calls && err == nil; call++ {
		for seed := range seeds {
			if err := failThenDie(call, seed); err != nil {
				return fmt.Errorf("failure in call %d, end in the next, seed %d: %w", call, seed, err)
			}
		}
	}
	return err
}

// failThenDie lets one call of the script fail and the process end in the next one. The page cache stays.
func failThenDie(call int, seed uint64) error {
	r := newReplica(crashfs.New(seed))
	r.fs.FailBy(call, syscall.EIO)
	r.fs.DieAt(call + 1)
	if err := r.openAndPlay(script); !gone(err) && !injected(err) {
		return err
	}
	r.fs.Kill()
	if err := r.open(); err != nil {
		return err
	}
	if h, ok := r.store.Partial(); ok {
		if err := receiveAll(h.Index)(r); err != nil {
			return err
		}
	}
	if err := r.survive(0); err != nil {
		return err
	}
	return r.play(script[:len(script)/3])
}

// full fills the disk, so that neither an own nor a received snapshot has room, and makes room again.
func full() error {
	r := newReplica(crashfs.New(0))
	if err := r.openAndPlay([]step{take(20), take(30), receiveTo(90, 1100)}); err != nil {
		return err
	}
	r.fs.Fill(700)
	free, _ := r.fs.Free()
	for range 3 {
		for what, try := range map[string]step{"taking": take(40), "receiving": receiveAll(140)} {
			if err := try(r); !errors.Is(err, snapshot.ErrNoRoom) || errors.Is(err, snapshot.ErrDisk) {
				return violation("%s on a full disk is %w", what, said(err))
			}
			if now, _ := r.fs.Free(); now < free {
				return violation("%s on a full disk leaves %d bytes free of %d", what, now, free)
			}
		}
	}
	if err := r.play([]step{verify, reopen}); err != nil {
		return err
	}
	r.fs.Empty()
	if err := r.play([]step{take(40), receiveAll(140), keep(1)}); err != nil {
		return err
	}
	return r.survive(0)
}

func TestAFullDiskKeepsWhatIsThereAndTakesMoreWhenThereIsRoom(t *testing.T) {
	require.NoError(t, full())
}

func TestWhatWasReceivedWaitsForRoomForTheRest(t *testing.T) {
	r := newReplica(crashfs.New(0))
	require.NoError(t, r.openAndPlay([]step{receiveTo(140, 1600), reopen}))
	r.fs.Fill(100)
	require.ErrorIs(t, receiveAll(140)(r), snapshot.ErrNoRoom)
	h, ok := r.store.Partial()
	require.True(t, ok)
	require.EqualValues(t, 140, h.Index)
	r.fs.Empty()
	in, err := receive(r.store, 140, 0)
	require.NoError(t, err)
	require.EqualValues(t, 512+2*testBlock, in.Offset(), "whole blocks of what was received")
	require.NoError(t, in.Close())
	require.NoError(t, receiveAll(140)(r))
}
