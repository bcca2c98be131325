package node_test

// Goal: an older copy that campaigns before its leader has sent it anything is found out too: the next leader would not know
// what it had acknowledged. Method: stories in virtual time, the copy alone until it campaigns.

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
)

// olderCopyCampaigns is the story: a copy starts, hears nobody, campaigns, and is heard.
func olderCopyCampaigns(cfg simulator.Config) error {
	run, leader, old, third, err := rolledBack(cfg)
	if err != nil {
		return err
	}
	led, _ := leader.Status()
	run.Isolate(old.ID)
	campaigns := func() bool { s, up := old.Status(); return up && s.Term > led.Term }
	if err := run.within("it campaigns", campaigns); err != nil {
		return err
	}
	run.Heal()
	// What the leader has sent meanwhile is lost, so the first that passes between them is a request for a vote.
	run.CutOneWay(leader.ID, old.ID)
	knows := func() bool {
		return keepsOut(leader, old.ID, node.RolledBack) && keepsOut(third, old.ID, node.RolledBack)
	}
	if err := run.within("both others keep it out", knows); err != nil {
		return err
	}
	run.Heal()
	if err := run.within("it is told", func() bool { return errors.Is(old.Err(), node.ErrRolledBack) }); err != nil {
		return err
	}
	if err := run.writes(third.ID, 5); err != nil {
		return err
	}
	return run.judgeWithout(old)
}

func TestAnOlderCopyThatCampaignsIsFoundOut(t *testing.T) {
	for seed := range uint64(10) {
		require.NoError(t, olderCopyCampaigns(simulator.Config{Seed: seed}))
		require.NoError(t, olderCopyCampaigns(simulator.Config{Seed: seed, WAL: true}))
	}
}
