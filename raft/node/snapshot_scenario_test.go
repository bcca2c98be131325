package node_test

// Goal: who lacks what the others have forgotten comes back, whatever becomes of the leader, the links, the disks and the bytes on the
// way, and those who claim meanwhile notice nothing. Method: replicas in virtual time with snapshots after every few entries.

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
)

// forgetful returns a trial of three whose third member was down while the log ended several times.
func forgetful(t *testing.T) (run *trial, leader, back *simulator.Member) {
	t.Helper()
	run, leader, back = led(t, simulator.Config{Replica: node.Config{SnapshotBytes: 2000, Raft: raft.Config{HeartbeatTicks: 3}}})
	back.Crash()
	for range 80 {
		a := run.large(leader)
		run.await(t, func() bool { return a.ended > 0 })
		require.NoError(t, a.err)
	}
	run.await(t, func() bool { return status(leader).SnapshotIndex > 1 && status(leader).Taking == 0 })
	return run, leader, back
}

// installed reports whether a member has installed a snapshot since.
func (t *trial) installed(m *simulator.Member) func() bool {
	before := m.Snapped().Installed
	return func() bool { return m.Snapped().Installed > before }
}

func TestAFollowerThatMissedWhatIsForgottenComesBack(t *testing.T) {
	run, leader, back := forgetful(t)
	term := status(leader).Term
	quiet := slowest(t, run, leader, 30)
	back.Start()
	came := run.installed(back)
	busy := slowest(t, run, leader, 30)
	require.LessOrEqual(t, busy, 2*quiet, "of 30 claims each")
	run.await(t, came)
	require.NoError(t, run.heal())
	require.Equal(t, term, status(leader).Term, "no election")
	require.NoError(t, run.judge())
}

// The leader dies, is cut off or hangs while its snapshot is on the way; the next one begins its log elsewhere, or the same one comes back.
func TestALeaderIsLostWhileItsSnapshotIsOnTheWay(t *testing.T) {
	for name, lose := range map[string]func(run *trial, leader *simulator.Member){
		"dies":       func(_ *trial, leader *simulator.Member) { leader.Crash() },
		"is cut off": func(run *trial, leader *simulator.Member) { run.Isolate(leader.ID) },
		"hangs":      func(_ *trial, leader *simulator.Member) { leader.Hang(true) },
	} {
		t.Run(name, func(t *testing.T) {
			run, leader, back := forgetful(t)
			back.SlowSnapshots(50 * time.Millisecond)
			back.Start()
			run.await(t, func() bool { return status(back).Fetching > 0 })
			lose(run, leader)
			require.NoError(t, run.Run(3*time.Second))
			require.NoError(t, run.heal())
			require.Positive(t, back.Snapped().Installed)
			require.NoError(t, run.judge())
		})
	}
}

// Bytes are lost and damaged on the way, and the one who gets them crashes again and again.
func TestASnapshotArrivesInTheEnd(t *testing.T) {
	run, leader, back := forgetful(t)
	back.LosePieces(0.3)
	back.Start()
	for range 5 {
		run.await(t, func() bool { return status(back).Fetching > 0 || status(back).Applied > 1 })
		require.NoError(t, run.Run(20*time.Millisecond))
		back.Crash()
		run.large(leader)
		back.Start()
	}
	require.NoError(t, run.Run(time.Second))
	back.LosePieces(0)
	require.NoError(t, run.heal())
	require.Positive(t, back.Snapped().Installed)
	require.NoError(t, run.judge())
}

// A snapshot that rotted is none: the one before it and the log bring the replica back.
func TestARottenSnapshotIsNoLoss(t *testing.T) {
	run, leader, _ := forgetful(t)
	leader.Crash()
	index, rotten := leader.Rot()
	require.True(t, rotten)
	leader.Start()
	require.Less(t, status(leader).Snapshot.Index, index)
	require.NotZero(t, status(leader).Snapshot.Index)
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}

// All of them come up with snapshots, and none has a log from its beginning.
func TestAClusterComesUpWithSnapshotsAlone(t *testing.T) {
	run, leader, _ := forgetful(t)
	require.NoError(t, run.heal())
	for _, m := range run.Members {
		m.Crash()
	}
	require.NoError(t, run.Run(time.Second))
	for _, m := range run.Members {
		m.Start()
		require.NotZero(t, status(m).SnapshotIndex)
		require.NotZero(t, status(m).Applied)
	}
	require.NoError(t, run.heal())
	require.NoError(t, run.outcome(t, leader.ID, long))
	require.NoError(t, run.heal())
	require.NoError(t, run.judge())
}
