package simulator_test

// Goal: a member that others have forgotten for is brought level whatever happens meanwhile: it goes on with what it has when the sender
// is lost, when another one leads, and when it was started again. Method: one that was away for long fetches slowly, and something ends in
// the middle.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
)

// fetches has a member that was away fetch a snapshot of several pieces, and something happen when it has some of them; then it is
// brought level, and all is judged.
func fetches(seed uint64, wal bool, happens func(s *service, away *simulator.Member)) (simulator.Snapped, error) {
	cfg := simulator.Config{Seed: seed, WAL: wal}
	cfg.Replica.SnapshotBytes = shortLog
	s := newService(cfg)
	if err := s.all(0, 10); err != nil {
		return simulator.Snapped{}, err
	}
	away := s.At(s.Leader().ID%3 + 1)
	away.Kill()
	for key := uint8(10); key < 100; key += 3 { // in entries of their own
		if err := s.all(key, key+3); err != nil {
			return simulator.Snapped{}, err
		}
	}
	away.SlowSnapshots(50 * time.Millisecond)
	before := away.Snapped().Pieces
	away.Start()
	some := func() bool { return away.Snapped().Pieces >= before+3 }
	if ok, err := s.Until(10*time.Second, some); err != nil || !ok {
		return away.Snapped(), errors.Join(fmt.Errorf("it fetched %+v", away.Snapped()), err)
	}
	happens(s, away)
	installed := func() bool { return away.Snapped().Installed > 0 }
	if ok, err := s.Until(20*time.Second, installed); err != nil || !ok {
		return away.Snapped(), errors.Join(fmt.Errorf("it did not install what it fetched: %+v", away.Snapped()), err)
	}
	return away.Snapped(), errors.Join(s.finish(), s.judge())
}

func TestAFetchGoesOnWhateverEndsInTheMiddle(t *testing.T) {
	later, resumed := 0, 0
	for seed := range uint64(4) {
		for _, wal := range []bool{false, true} {
			snapped, err := fetches(seed, wal, func(s *service, _ *simulator.Member) { s.Leader().Kill() })
			require.NoError(t, err, "the leader is killed, seed %d", seed)
			later, resumed = later+snapped.InstalledLater, resumed+snapped.Resumed

			snapped, err = fetches(seed, wal, func(_ *service, away *simulator.Member) {
				away.Crash()
				away.Start()
			})
			require.NoError(t, err, "it loses its power, seed %d", seed)
			require.NotZero(t, snapped.FetchingDied)
		}
	}
	require.Positive(t, later, "none was installed in another term than it was asked for in")
	require.Positive(t, resumed)
}
