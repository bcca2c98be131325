package wal_test

// Goal: a recovery whose write or sync fails leaves nothing that a later one could mistake, though the
// page cache then shows a repair that the disk does not have. Method: each call of the recovery from
// each crash fails; the process is restarted on that page cache, writes more, and loses power.
// This found two faults: zeros believed because they were read, and segments removed whose removal
// was seen and not durable.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestEveryFailureOfARecoveryIsRecovered(t *testing.T) {
	require.NoError(t, failInEveryRecovery())
}

func failInEveryRecovery() error {
	calls, err := callsOfScript(crashfs.New(0))
	if err == nil {
		err = failInEachRecovery(5, calls, 1)
	}
	if err == nil {
		err = failInEachRecovery(11, calls, 3) // what a crash leaves where is chance: one alone may show little
	}
	return err
}

// failInEachRecovery fails in each call of the recovery from a crash in every call of the script, or in one of so many.
func failInEachRecovery(salt uint64, calls, step int) (err error) {
	for call := 1; call <= calls && err == nil; call += step {
		more := true
		for failed := 1; more && err == nil; failed++ {
			if more, err = failInRecovery(salt, call, failed); err != nil {
				err = fmt.Errorf("crash in call %d, failure in call %d of the recovery: %w", call, failed, err)
			}
		}
	}
	return err
}

// failInRecovery returns false if the recovery has fewer calls.
func failInRecovery(salt uint64, call, failed int) (more bool, err error) {
	seed := salt + uint64(call+failed)
	r := configured(crashfs.New(seed))
	r.fs.DieAt(call)
	if err := r.openAndPlay(script); !gone(err) {
		return false, err
	}
	if err := r.fs.Crash(seed); err != nil {
		return false, err
	}
	r.fs.FailAt(r.fs.Calls() + failed)
	err = r.open()
	if err != nil && !errors.Is(err, crashfs.ErrInjected) {
		return false, err
	}
	r.fs.Kill()
	if err := r.openAndPlay([]step{entries(9, 3000), sync}); err != nil { // into the next segment
		return false, fmt.Errorf("going on: %w", err)
	}
	return err != nil, r.survive(0)
}
