package node_test

// Goal: what is read of a log's end that is replaced meanwhile, and committed, stops nobody. Method: a leader that reads slowly for a
// follower, is cut off, and comes back to another leader's log before it has read.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
)

// readsTooLate: half of the readings find the log as it was when they were asked for, and some of those come when another
// leader's log stands there.
func readsTooLate() error {
	read := 0
	for seed := range uint64(60) {
		run, leader, err := story(simulator.Config{Seed: seed, Read: simulator.Span{Most: 2 * time.Second}, Replica: node.Config{CacheBytes: 1}})
		if err != nil {
			return err
		}
		run.Isolate(leader.ID)
		for range 4 {
			run.propose(leader.ID, long)
		}
		if err := run.Run(2 * simTick); err != nil {
			return err
		}
		run.Heal() // a follower says what it lacks
		asked := func() bool { calm, hurried := leader.Readings(leader.ID%3 + 1); return calm+hurried > 0 }
		if ok, err := run.Until(10*simTick, asked); err != nil {
			return err
		} else if !ok {
			continue
		}
		read++
		run.Isolate(leader.ID)
		next := func() bool { l := run.Leader(); return l != nil && l != leader && healthy(l) }
		if ok, err := run.Until(time.Second, next); err != nil || !ok {
			return errors.Join(err, errors.New("no other leader"))
		}
		run.Heal()
		if err := run.Run(5 * time.Second); err != nil {
			return err
		}
		if err := errors.Join(run.heal(), run.judge()); err != nil {
			return fmt.Errorf("seed %d: %w", seed, err)
		}
	}
	if read < 5 {
		return fmt.Errorf("only %d of 60 leaders read", read)
	}
	return nil
}

func TestALateReadingOfWhatWasReplacedStopsNobody(t *testing.T) { require.NoError(t, readsTooLate()) }
