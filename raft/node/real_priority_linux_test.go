package node_test

// Goal: a node that comes back takes no processor from those that serve, until it serves itself. Method: a follower of three real nodes is stopped,
// and started again when the others have gone on; its loop asks the system, whenever it has applied something, which priority it has.

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// pace is what a node's loop had of the system when it had applied so much.
type pace struct {
	applied protocol.Index
	nice    int
	err     error
}

func paceOf(applied protocol.Index) pace {
	told, err := unix.Getpriority(unix.PRIO_PROCESS, 0) // 20 less the nice value
	return pace{applied, 20 - told, err}
}

// comesBackGently returns an error where a node replays as fast as others serve, or serves slower than they do.
func comesBackGently(t *testing.T) error {
	c := startCluster(t)
	leader := c.leader(t)
	usual := paceOf(0)
	back := c.other(leader)
	back.Stop()
	for k := range 50 {
		if _, err := leader.propose(fmt.Sprint(k)); err != nil {
			return err
		}
	}
	behind := leader.Status().AppliedIndex
	rounds := make(chan pace, 1<<10)
	back.options.Applied = func(applied protocol.Index) { rounds <- paceOf(applied) }
	back.start(t)
	require.Eventually(t, func() bool { s := back.Status(); return !s.Loading && s.AppliedIndex >= behind }, soon, often)
	if _, err := leader.propose("after"); err != nil {
		return err
	}
	first := <-rounds
	last := first
	for last.applied <= behind {
		last = <-rounds
	}
	switch {
	case first.applied > behind:
		return errors.New("it had all at once: nothing was seen")
	case errors.Join(first.err, last.err, usual.err) != nil:
		return errors.Join(first.err, last.err, usual.err)
	case first.nice <= usual.nice:
		return fmt.Errorf("it replays with nice %d, the others serve with %d", first.nice, usual.nice)
	case last.nice != usual.nice:
		return fmt.Errorf("it serves with nice %d, the others with %d", last.nice, usual.nice)
	}
	return nil
}

func TestWhoComesBackTakesNothingFromOthers(t *testing.T) { require.NoError(t, comesBackGently(t)) }
