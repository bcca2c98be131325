package node_test

// Goal: ready means ready: a replica that starts takes proposals no earlier than it has applied what was
// committed then, says how far it is, and until then refuses them at once. Method: replicas in virtual time over a
// log that takes more than one round to apply.

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

// longLog returns a trial of three that are down, with a log of more than n entries, all committed.
func longLog(n int) (run *trial, committed protocol.Index, err error) {
	run = newTrial(simulator.Config{Servers: 3, Replica: node.Config{MaxEntryAnswers: 1}})
	if _, err := run.Until(long, run.settled); err != nil {
		return nil, 0, err
	}
	for range n / 200 {
		run.together(run.Leader(), manyTimeouts(200)...)
		if err := run.heal(); err != nil {
			return nil, 0, err
		}
	}
	committed = status(run.Leader()).CommitIndex
	for _, m := range run.Members {
		m.Crash()
	}
	if err := run.Run(time.Second); err != nil { // what is on its way is lost: it would tell of a leader
		return nil, 0, err
	}
	if int(committed) < n {
		err = fmt.Errorf("%d entries are committed", committed)
	}
	return run, committed, err
}

func manyTimeouts(n int) []time.Duration {
	timeouts := make([]time.Duration, n)
	for k := range timeouts {
		timeouts[k] = long
	}
	return timeouts
}

func status(m *simulator.Member) node.Status { s, _ := m.Status(); return s }

// Alone it can't know more than its disk says, and applies that.
func TestARestartedReplicaAppliesWhatItsDiskSaysIsCommitted(t *testing.T) {
	run, committed, err := longLog(1000)
	require.NoError(t, err)
	m := run.Members[0]
	m.Start()
	require.True(t, status(m).Loading)
	hint := status(m).CommitIndex
	require.Greater(t, hint, committed-500, "it lags behind by what was on its way")
	require.Equal(t, hint, status(m).ReplayTo)
	run.await(t, func() bool { return status(m).Applied == hint })
	require.NoError(t, run.Run(long))
	require.Equal(t, hint, status(m).Applied, "and no more")
	require.True(t, status(m).Loading, "what else was committed it does not know")
	require.Equal(t, protocol.Nil, status(m).Leader)
}

func TestWhoIsReadyHasAppliedWhatWasCommittedAtItsStart(t *testing.T) {
	require.NoError(t, readyTooEarly())
}

// readyTooEarly starts a cluster over a long log and returns an error if a member takes proposals before it has
// applied all that was committed.
func readyTooEarly() error {
	run, committed, err := longLog(1000)
	if err != nil {
		return err
	}
	for _, m := range run.Members {
		m.Start()
	}
	_, broken := run.Until(long, func() bool {
		ready := 0
		for _, m := range run.Members {
			s := status(m)
			if s.Loading {
				continue
			}
			ready++
			if s.Applied < committed || s.ReplayTo != 0 {
				err = fmt.Errorf("member %d takes proposals with %d of %d entries applied", m.ID, s.Applied, committed)
			}
		}
		return err != nil || ready == len(run.Members)
	})
	return errors.Join(err, broken)
}

// A follower whose log ends long before the leader's.
func TestAFollowerThatWasAwayIsReadyWhenItHasCaughtUp(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{Replica: node.Config{MaxEntryAnswers: 1}})
	follower.Crash()
	run.together(leader, manyTimeouts(900)...)
	run.await(t, func() bool { return status(leader).Applied > 900 })
	committed := status(leader).CommitIndex
	require.NoError(t, run.Run(time.Second), "what is on its way to it is of an earlier time")
	follower.Start()
	run.await(t, func() bool {
		s := status(follower)
		if s.Leader != protocol.Nil && s.Loading {
			require.Equal(t, committed, s.ReplayTo, "the leader has told it")
		}
		if !s.Loading {
			require.GreaterOrEqual(t, s.Applied, committed)
		}
		return !s.Loading
	})
}

// Whoever asks while it replays, by whatever way, is told at once that nothing was applied.
func TestALoadingReplicaRefusesAtOnce(t *testing.T) {
	run, _, err := longLog(1000)
	require.NoError(t, err)
	for _, m := range run.Members {
		m.Start()
	}
	var asked []*attempt
	last := map[protocol.NodeID]string{} // asked once in each of its states: the answer is an event too
	loading := map[protocol.Role]int{}
	run.await(t, func() bool {
		over := true
		for _, m := range run.Members {
			s := status(m)
			over = over && !s.Loading
			if now := fmt.Sprint(s.Role, s.Term, s.Applied); s.Loading && now != last[m.ID] {
				last[m.ID] = now
				asked = append(asked, run.propose(m.ID, long))
				asked = append(asked, run.look(m, long, -1, 0)...)
				require.Zero(t, status(m).Pending, "at once")
				loading[s.Role]++
			}
		}
		return over
	})
	require.NoError(t, run.Run(time.Millisecond))
	for _, a := range asked {
		require.Equal(t, 1, a.ended)
		require.ErrorIs(t, a.err, node.ErrLoading)
		require.ErrorIs(t, a.err, node.ErrNotApplied)
	}
	require.Positive(t, loading[protocol.Leader], "also a leader that replays")
	require.NoError(t, run.outcome(t, 1, long))
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

// Who is not loading itself, and asks a leader that is, hears so from it within a few trips.
func TestAReadThatReachesALeaderThatReplaysIsToldSo(t *testing.T) {
	told := 0
	for seed := range uint64(12) {
		run := newTrial(simulator.Config{Seed: seed, Servers: 3, Replica: node.Config{MaxEntryAnswers: 1}})
		run.await(t, run.settled)
		stays := run.others(run.Leader())[0]
		run.together(run.Leader(), manyTimeouts(900)...)
		require.NoError(t, run.heal())
		for _, m := range run.others(stays) {
			m.Crash()
			m.Start()
		}
		var reads []*attempt
		run.await(t, func() bool {
			l := run.Leader()
			if l != nil && l != stays && status(l).Loading && status(stays).Leader == l.ID && len(reads) == 0 {
				began := run.Now()
				reads = run.look(stays, long, -1, 0)
				run.After(100*time.Millisecond, func() {
					for _, a := range reads {
						require.Equal(t, 1, a.ended, "asked at %v", began)
					}
				})
			}
			return l != nil && healthy(l) && !status(l).Loading
		})
		require.NoError(t, run.Run(time.Second))
		for _, a := range reads {
			if told++; a.err != nil { // it may be over when the read comes there
				require.ErrorIs(t, a.err, node.ErrLoading)
			}
		}
	}
	require.Positive(t, told, "no leader replayed that somebody asked")
}

// What is committed later is no replay.
func TestWhoFallsBehindLaterIsNotLoading(t *testing.T) {
	run, leader, follower := led(t, simulator.Config{Replica: node.Config{MaxEntryAnswers: 1}})
	run.Cut(leader.ID, follower.ID)
	run.together(leader, manyTimeouts(900)...)
	require.NoError(t, run.Run(time.Second))
	require.False(t, status(follower).Loading)
	require.NoError(t, run.heal())
	require.False(t, status(follower).Loading)
}
