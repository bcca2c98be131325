package node_test

// Goal: an older copy that hears nobody disturbs nobody, and is found out once its leader reaches it. Method: stories in virtual
// time, the copy alone for long, then heard but not told anything.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
)

// olderCopyIsAlone is the story: a copy starts, hears nobody, asks whether it may campaign, and is heard.
func olderCopyIsAlone(cfg simulator.Config) error {
	run, leader, old, third, err := rolledBack(cfg)
	if err != nil {
		return err
	}
	led, _ := leader.Status()
	run.Isolate(old.ID)
	if err := run.Run(5 * time.Second); err != nil {
		return err
	}
	run.Heal()
	run.CutOneWay(leader.ID, old.ID)
	if err := run.Run(5 * time.Second); err != nil {
		return err
	}
	for _, m := range []*simulator.Member{leader, old, third} {
		if s, up := m.Status(); !up || s.Term != led.Term {
			return fmt.Errorf("node %d is in term %d, %d was led", m.ID, s.Term, led.Term)
		}
	}
	run.Heal()
	knows := func() bool {
		return keepsOut(leader, old.ID, node.RolledBack) && keepsOut(third, old.ID, node.RolledBack)
	}
	if err := run.within("both others keep it out", knows); err != nil {
		return err
	}
	if err := run.within("it is told", func() bool { return errors.Is(old.Err(), node.ErrRolledBack) }); err != nil {
		return err
	}
	if err := run.writes(third.ID, 5); err != nil {
		return err
	}
	return run.judgeWithout(old)
}

func TestAnOlderCopyThatHearsNobodyIsFoundOutWhenItDoes(t *testing.T) {
	for seed := range uint64(10) {
		require.NoError(t, olderCopyIsAlone(simulator.Config{Seed: seed}))
		require.NoError(t, olderCopyIsAlone(simulator.Config{Seed: seed, WAL: true}))
	}
}
