package snapshot_test

// Goal: after a crash the folder has the old or the new snapshot whole, never a name with something torn behind it, and what
// a call returned for is there. Method: the script is cut short in each call it makes of the disk, by a crash with many
// choices of what the disk kept; then the folder is opened (with a crash in that too) and the script goes on.

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

const crashSeeds = 8

func TestEveryCrashOfTheScriptIsRecovered(t *testing.T) {
	calls, err := callsOfScript(crashfs.New(0))
	require.NoError(t, err)
	t.Logf("%d calls, each with %d choices of what the disk kept: %d crashes, and as many in a start", calls, crashSeeds, calls*crashSeeds)
	require.Greater(t, calls, 250)
	require.NoError(t, crashEverywhere(1, crashSeeds, crashfs.New))
}

func TestEveryCrashOfTheScriptIsRecoveredOverRealFiles(t *testing.T) {
	require.NoError(t, crashEverywhere(5, 1, func(seed uint64) *crashfs.FS {
		folder, err := disk.OpenFolder(t.TempDir())
		require.NoError(t, err)
		return crashfs.Over(folder, seed)
	}))
}

// crashEverywhere dies in every call, or every so many, with as many of eight seeds, others for the next call.
func crashEverywhere(every int, seeds uint64, folder func(seed uint64) *crashfs.FS) error {
	calls, err := callsOfScript(folder(0))
	for call := 1; call <= calls && err == nil; call += every {
		for k := range seeds {
			seed := (uint64(call) + k) % crashSeeds
			if err := crashIn(call, seed, folder(seed)); err != nil {
				return fmt.Errorf("call %d, seed %d: %w", call, seed, err)
			}
		}
	}
	return err
}

func callsOfScript(fs *crashfs.FS) (int, error) {
	err := newReplica(fs).openAndPlay(script)
	return fs.Calls(), err
}

// crashIn dies in one call of the script, comes back through a crash during a start, and goes on.
func crashIn(call int, seed uint64, fs *crashfs.FS) error {
	r := newReplica(fs)
	r.fs.DieAt(call)
	if err := r.openAndPlay(script); !gone(err) {
		return fmt.Errorf("after the power was lost: %w", err)
	}
	rng := rand.New(rand.NewPCG(uint64(call), seed))
	for range 2 {
		if err := r.comeBack(seed, rng); err != nil {
			return err
		}
	}
	if err := r.play(script); err != nil {
		return fmt.Errorf("going on: %w", err)
	}
	return r.survive(seed)
}

// gone reports whether the power was lost, and nothing else happened.
func gone(err error) bool {
	return errors.Is(err, crashfs.ErrPowerLost) && !errors.Is(err, errViolated)
}

// comeBack crashes or kills the process, dies once in the start, and starts.
func (r *replica) comeBack(seed uint64, rng *rand.Rand) error {
	if err := r.end(seed, rng); err != nil {
		return err
	}
	r.fs.DieAt(r.fs.Calls() + 1 + rng.IntN(12))
	if err := r.open(); err != nil && !gone(err) {
		return fmt.Errorf("first start: %w", err)
	}
	if err := r.end(seed, rng); err != nil {
		return err
	}
	if err := r.open(); err != nil {
		return fmt.Errorf("second start: %w", err)
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

// survive crashes a folder at rest: what was listed is still there.
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
	for seed := range uint64(600) {
		require.NoError(t, randomLife(seed), "seed %d", seed)
	}
}

// randomLife plays random steps, each life ended by a crash, a kill or a failed call.
func randomLife(seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 1))
	r := newReplica(crashfs.New(seed))
	for range 6 {
		at := r.fs.Calls() + 1 + rng.IntN([]int{15, 60, 200}[rng.IntN(3)])
		if rng.IntN(2) == 0 {
			r.fs.DieAt(at)
		} else {
			r.fs.FailAt(at)
		}
		if err := r.randomSteps(rng); err != nil && !gone(err) && !injected(err) {
			return err
		}
		if err := r.end(rng.Uint64N(crashSeeds), rng); err != nil {
			return err
		}
	}
	if err := r.openAndPlay(script); err != nil {
		return err
	}
	return r.survive(0)
}

func injected(err error) bool {
	return errors.Is(err, crashfs.ErrInjected) && !errors.Is(err, errViolated)
}

func (r *replica) randomSteps(rng *rand.Rand) error {
	if err := r.open(); err != nil {
		return err
	}
	for range 25 {
		if err := randomStep(rng)(r); err != nil {
			return err
		}
	}
	return nil
}

func randomStep(rng *rand.Rand) step {
	index := 10 * protocol.Index(1+rng.IntN(20))
	switch rng.IntN(14) {
	case 0, 1:
		return take(index)
	case 2:
		return abort(index)
	case 3, 4:
		return receiveTo(index, rng.Int64N(3500))
	case 5, 6:
		return receiveAll(index)
	case 7:
		return takeBesideReceiving(index, 10*protocol.Index(1+rng.IntN(20)), rng.Int64N(3500))
	case 8:
		return []step{remove, keep(1 + rng.IntN(4))}[rng.IntN(2)]
	case 9, 10:
		return receiveWhole(index)
	case 11:
		return adopt
	case 12:
		return []step{withdraw, discard}[rng.IntN(2)]
	}
	return reopen
}
