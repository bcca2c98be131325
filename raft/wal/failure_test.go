package wal_test

// Goal: after a failed call nothing is claimed, nothing is tried again, and nothing that was durable
// is lost. Method: each call of the script fails once, by many seeds for what it did all the same.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestEveryFailedCallStopsTheLogAndLosesNothing(t *testing.T) {
	require.NoError(t, failEverywhere(6, failIn))
}

func TestEveryFailedCallIsReported(t *testing.T) {
	require.NoError(t, failEverywhere(1, reportIn))
}

func failEverywhere(seeds uint64, failIn func(call int, seed uint64) error) error {
	calls, err := callsOfScript(crashfs.New(0))
	if err != nil {
		return err
	}
	for call := 1; call <= calls; call++ {
		for seed := range seeds {
			if err := failIn(call, seed); err != nil {
				return fmt.Errorf("call %d, seed %d: %w", call, seed, err)
			}
		}
	}
	return nil
}

// failIn lets one call of the script fail, and cuts the power after that.
func failIn(call int, seed uint64) error {
	r := configured(crashfs.New(seed))
	r.fs.FailAt(call)
	failure := r.openAndPlay(script)
	if errors.Is(failure, errViolated) {
		return failure
	}
	if errors.Is(failure, wal.ErrFailed) {
		if err := r.staysFailed(); err != nil {
			return err
		}
	}
	if err := r.survive(seed); err != nil {
		return err
	}
	return r.play(script)
}

// reportIn lets one call of the script fail, which has to say so.
func reportIn(call int, seed uint64) error {
	r := configured(crashfs.New(seed))
	r.fs.FailAt(call)
	if err := r.openAndPlay(script); !errors.Is(err, crashfs.ErrInjected) {
		return violation("a call failed and the log said %v", err)
	}
	return nil
}

// staysFailed calls everything: it must fail without touching the disk.
func (r *replica) staysFailed() error {
	calls := r.fs.Calls()
	_, syncErr := r.log.Sync()
	_, readErr := r.log.Read(1, nil)
	for what, err := range map[string]error{
		"Append":      r.log.Append(&wal.Record{Mark: 1 << 40, Term: 1 << 40}),
		"Sync":        syncErr,
		"Read":        readErr,
		"Preallocate": r.log.Preallocate(),
		"Reclaim":     r.log.Reclaim(),
		"StorePeer":   r.log.StorePeer(9, firstStart(9)),
		"Condemn":     r.log.Condemn(9, wal.RolledBack),
	} {
		if !errors.Is(err, wal.ErrFailed) {
			return violation("%s after a failure: %v", what, err)
		}
	}
	if n := r.fs.Calls(); n != calls {
		return violation("%d calls of the disk after a failure", n-calls)
	}
	return nil
}
