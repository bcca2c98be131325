package simulator_test

// Goal: an older copy of a follower's folder, put back under a living leader, costs no win: nobody is told WON for a key that another
// execution had won, also when the leader is lost later. Method: claims before and after the copy, on both kinds of disks, and
// every key asked for again at the end, by new executions.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/proptest/simulator"
)

// all begins executions for a range of keys and runs until each has its answer.
func (s *service) all(from, to uint8) error {
	for key := from; key < to; key++ {
		s.begin(key)
	}
	return s.answered()
}

func (s *service) answered() error {
	for range 200 {
		if err := s.Run(100 * time.Millisecond); err != nil {
			return err
		}
		open := 0
		for _, e := range s.executions {
			if e.outcome == 0 {
				open++
			}
		}
		if open == 0 {
			return nil
		}
		s.retry()
	}
	return errors.New("not all are answered")
}

// oneWinnerEach: of all executions for a key exactly one was told WON.
func (s *service) oneWinnerEach() error {
	wins := map[uint8]int{}
	for _, e := range s.executions {
		wins[e.key] += 0
		if e.outcome == dedup.Won {
			wins[e.key]++
		}
	}
	for key, n := range wins {
		if n != 1 {
			return fmt.Errorf("key %d was won %d times", key, n)
		}
	}
	return nil
}

func rollback(seed uint64, wal bool, snapshotBytes int) error {
	cfg := simulator.Config{Seed: seed, WAL: wal, Unwatched: true, Loss: 0.02, Duplicate: 0.02}
	cfg.Replica.SnapshotBytes = snapshotBytes
	s := newService(cfg)
	if err := s.all(0, 20); err != nil {
		return err
	}
	old := s.At(s.Leader().ID%3 + 1)
	putBack := old.Copy()
	if err := s.all(20, 60); err != nil {
		return err
	}
	if _, err := s.Until(10*time.Second, s.level); err != nil {
		return err
	}
	old.Kill()
	putBack()
	old.Start()
	found, err := s.Until(10*time.Second, func() bool { return old.Err() != nil })
	if err != nil || !found {
		return fmt.Errorf("the older copy was not found out: %w", err)
	}
	if err := s.Run(time.Second); err != nil { // the third is told
		return err
	}
	leader := s.Leader()
	leader.Crash()
	old.Kill() // and its owner tries again
	old.Start()
	if err := s.Run(3 * time.Second); err != nil {
		return err
	}
	if s.Leader() != nil {
		return errors.New("an older copy and one other made a leader")
	}
	leader.Start()
	if err := s.all(0, 60); err != nil {
		return err
	}
	return s.oneWinnerEach()
}

func TestNoWinIsGivenTwiceAfterAnOlderCopy(t *testing.T) {
	for seed := range uint64(10) {
		snapshotBytes := []int{0, shortLog}[seed%2]
		require.NoError(t, rollback(seed, false, snapshotBytes))
		require.NoError(t, rollback(seed, true, snapshotBytes))
	}
}
