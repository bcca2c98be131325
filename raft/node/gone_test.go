package node_test

// Goal: where the network tells of the end of the leader's process the next one leads without a timeout; where it tells so falsely
// nobody is disturbed. Method: replicas in virtual time, and three real ones whose timeouts never come.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// deathsAreNews kills leaders and wants most of the next ones before anybody could have missed a heartbeat.
func deathsAreNews() error {
	const seeds, timeout = 20, 10 * simTick // raft's default, the shortest
	slow := 0
	for seed := range uint64(seeds) {
		run, leader, err := story(simulator.Config{Seed: seed, Deaths: simulator.Deaths{Told: 1}})
		if err != nil {
			return err
		}
		leader.Kill()
		began := run.Now()
		ok, err := run.Until(long, func() bool { next := run.Leader(); return next != nil })
		switch took := run.Now() - began; {
		case err != nil || !ok:
			return errors.Join(err, fmt.Errorf("seed %d: no leader", seed))
		case took >= timeout-2*simTick: // since the last heartbeat
			slow++
		}
		if err := run.heal(); err != nil {
			return err
		}
	}
	if slow > seeds/4 {
		return fmt.Errorf("%d of %d elections took as long as if nobody had heard", slow, seeds)
	}
	return nil
}

func TestTheDeathOfALeaderIsNews(t *testing.T) { require.NoError(t, deathsAreNews()) }

// Who hears of a death again and again, of whom it is not true, costs nobody anything: the leader stays, and all is answered.
func TestWhoIsToldFalselyDisturbsNobody(t *testing.T) {
	for seed := range uint64(10) {
		run, leader, err := story(simulator.Config{Seed: seed})
		require.NoError(t, err)
		was, _ := leader.Status()
		for k := range 300 {
			run.At(leader.ID%3 + 1).Handle(node.Gone(leader.ID))
			if k%10 == 0 {
				leader.Handle(node.Gone(leader.ID%3+1), node.Gone(leader.ID), node.Gone(0), node.Gone(9))
				require.NoError(t, run.outcome(t, leader.ID, long))
			}
			require.NoError(t, run.Run(simTick))
		}
		is, _ := leader.Status()
		require.Equal(t, was.Term, is.Term, "seed %d", seed)
		require.Equal(t, protocol.Leader, is.Role)
		require.NoError(t, run.heal())
		require.NoError(t, run.judge())
	}
}

// Where all are told falsely at once there may be an election, as if the leader had hung for a moment.
func TestAllAreToldFalsely(t *testing.T) {
	for seed := range uint64(10) {
		run, _, err := story(simulator.Config{Seed: seed})
		require.NoError(t, err)
		for range 20 {
			leader := run.Leader()
			require.NotNil(t, leader)
			for _, m := range run.Members {
				m.Handle(node.Gone(leader.ID))
			}
			require.NoError(t, run.Run(2*time.Second))
			require.NoError(t, run.outcome(t, leader.ID, long))
		}
		require.NoError(t, run.heal())
		require.NoError(t, run.judge())
	}
}

// unhurried waits for so many ticks that no test sees them.
const unhurried = 1 << 20

// ledByFirst is a cluster whose first node leads and the others would not campaign by themselves.
func ledByFirst(t *testing.T) cluster {
	c := reservedCluster(t)
	for k, s := range c {
		if k > 0 {
			s.options.Raft.ElectionTicks = unhurried
		}
		s.start(t)
	}
	require.Same(t, c[0], c.leader(t))
	c[0].mustPropose(t, "first")
	c.agree(t, []string{"first"})
	return c
}

func TestTheNextLeaderComesWithoutATimeout(t *testing.T) {
	t.Parallel()
	c := ledByFirst(t)
	c[0].Stop()
	next := c[1:].leader(t)
	next.mustPropose(t, "second")
	c[1:].agree(t, []string{"first", "second"})
}
