package node_test

// Goal: a leader that has gone astray, and was started anew, has nobody take its state, and nobody condemned that is right. Method: replicas in
// virtual time.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
)

// leadsAstray has a leader go astray while a node is away, and be started anew and lead again when that one lacks its snapshot. The three of them
// are the leader, who is right and who is back.
func leadsAstray() (run *trial, wrong, right, back *simulator.Member, err error) {
	run, err = unwatched(simulator.Config{Replica: node.Config{SnapshotBytes: 2000}})
	if err != nil {
		return run, nil, nil, nil, err
	}
	wrong = run.Leader()
	right, back = run.At(wrong.ID%3+1), run.At((wrong.ID+1)%3+1)
	back.Crash()
	run.list(wrong.ID).digest = 7
	err = errors.Join(run.writes(wrong.ID, 300), run.within("the log has ended", func() bool {
		return status(wrong).SnapshotIndex > 1 && status(right).SnapshotIndex > 1
	}))
	wrong.Crash()
	wrong.Start()
	for n := 0; err == nil && run.Leader() != wrong; n++ {
		if run.Leader() == right {
			right.Crash()
			right.Start()
		}
		if err = run.within("somebody leads", func() bool { return run.Leader() != nil }); n > 100 {
			err = errors.Join(err, errors.New("the wrong one does not lead again"))
		}
	}
	return run, wrong, right, back, err
}

// nobodyFollows is the story: who is back loads nothing as long as both say what they have, and then what the other one has.
func nobodyFollows() error {
	run, wrong, right, back, err := leadsAstray()
	if err != nil {
		return err
	}
	back.Start()
	if err := run.Run(10 * time.Second); err != nil {
		return err
	}
	s, _ := back.Status()
	if back.Snapped().Installed > 0 || !errors.Is(s.FetchErr, node.ErrContested) {
		return fmt.Errorf("it has loaded the state of one of two that differ: %+v", s)
	}
	if _, up := right.Status(); !up || keepsOut(back, right.ID, node.Diverged) {
		return fmt.Errorf("who is right is kept out: %w", right.Err())
	}
	wrong.Kill()
	if err := run.within("it loads what is right", func() bool { return back.Snapped().Installed > 0 }); err != nil {
		return err
	}
	return errors.Join(run.writes(right.ID, 3), run.judgeWithout(wrong))
}

func TestNobodyFollowsALeaderAstray(t *testing.T) { require.NoError(t, nobodyFollows()) }
