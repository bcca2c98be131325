package wal_test

// Goal: what Sync returned for survives every crash, exactly; the rest is a prefix. Method: the
// script is cut short in each call it makes of the disk, by a crash with many choices of what the
// disk kept; then the log is recovered (with a crash in the recovery too) and the script goes on.

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

func TestEveryCrashOfTheScriptIsRecovered(t *testing.T) {
	require.NoError(t, crashEverywhere(6, crashfs.New))
}

func TestEveryCrashOfTheScriptIsRecoveredOverRealFiles(t *testing.T) {
	require.NoError(t, crashEverywhere(1, func(seed uint64) *crashfs.FS {
		folder, err := wal.OpenFolder(t.TempDir())
		require.NoError(t, err)
		return crashfs.Over(folder, seed)
	}))
}

// crashEverywhere dies in every call, with as many of six seeds, others for the next call.
func crashEverywhere(seeds uint64, folder func(seed uint64) *crashfs.FS) error {
	calls, err := callsOfScript(folder(0))
	if err != nil {
		return err
	}
	for call := 1; call <= calls; call++ {
		for k := range seeds {
			seed := (uint64(call) + k) % 6
			if err := crashIn(call, seed, folder(seed)); err != nil {
				return fmt.Errorf("call %d, seed %d: %w", call, seed, err)
			}
		}
	}
	return nil
}

func callsOfScript(fs *crashfs.FS) (int, error) {
	r := configured(fs)
	err := r.openAndPlay(script)
	return fs.Calls(), err
}

func (r *replica) openAndPlay(steps []step) error {
	if err := r.open(); err != nil {
		return err
	}
	return r.play(steps)
}

// crashIn dies in one call of the script, comes back through a crash during recovery, and goes on.
func crashIn(call int, seed uint64, fs *crashfs.FS) error {
	r := configured(fs)
	fs.DieAt(call)
	if err := r.openAndPlay(script); !gone(err) {
		return fmt.Errorf("after the power was lost: %w", err)
	}
	rng := rand.New(rand.NewPCG(uint64(call), seed))
	for range 2 {
		if err := r.comeBack(seed, rng); err != nil {
			return err
		}
	}
	if err := r.play(script[:len(script)/2]); err != nil {
		return fmt.Errorf("going on: %w", err)
	}
	return r.survive(seed)
}

// gone reports whether the power was lost, and nothing else happened.
func gone(err error) bool {
	return errors.Is(err, crashfs.ErrPowerLost) && !errors.Is(err, errViolated) && !errors.Is(err, wal.ErrDamaged)
}

// comeBack crashes or kills the process, dies once in the recovery, and recovers.
func (r *replica) comeBack(seed uint64, rng *rand.Rand) error {
	if err := r.end(seed, rng); err != nil {
		return err
	}
	r.fs.DieAt(r.fs.Calls() + 1 + rng.IntN(25))
	if err := r.open(); err != nil && !gone(err) {
		return fmt.Errorf("first recovery: %w", err)
	}
	if err := r.end(seed, rng); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return fmt.Errorf("second recovery: %w", err)
	}
	return r.survive(0)
}

func (r *replica) end(seed uint64, rng *rand.Rand) error {
	if rng.IntN(3) == 0 {
		r.fs.Kill()
		return nil
	}
	return r.fs.Crash(seed)
}

// survive crashes a log at rest: what it recovered or synced is still there.
func (r *replica) survive(seed uint64) error {
	if err := r.fs.Crash(seed); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return fmt.Errorf("a crash at rest: %w", err)
	}
	return nil
}

func TestRandomHistoriesSurviveCrashesAndFaults(t *testing.T) {
	require.NoError(t, randomLives())
}

func randomLives() error {
	for seed := range uint64(400) {
		if err := randomLife(seed); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	return nil
}

// randomLife plays random steps, each life ended by a crash, a kill or a failed call.
func randomLife(seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 1))
	r := configured(crashfs.New(seed))
	for range 6 {
		r.segment = testSegment << rng.IntN(2)
		at := r.fs.Calls() + 1 + rng.IntN([]int{15, 30, 120}[rng.IntN(3)]) // soon: in the recovery
		if rng.IntN(2) == 0 {
			r.fs.DieAt(at)
		} else {
			r.fs.FailAt(at)
		}
		if err := r.randomSteps(rng); err != nil && !gone(err) && !errors.Is(err, crashfs.ErrInjected) {
			return err
		}
		if err := r.end(rng.Uint64N(8), rng); err != nil {
			return err
		}
	}
	r.segment = testSegment
	return r.openAndPlay(script)
}

func (r *replica) randomSteps(rng *rand.Rand) error {
	if err := r.open(); err != nil {
		return err
	}
	for range 40 {
		if err := randomStep(rng)(r); err != nil {
			return err
		}
	}
	return nil
}
