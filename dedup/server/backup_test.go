package server_test

// Goal: a backup has all that was answered before it was asked for, or there is none; two are open at once. Method: one real node, whose backup is
// loaded; three, of which two are stopped, so that nobody can say what was answered.

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/backup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft/node"
)

// stateOf is what a backup holds.
func stateOf(t *testing.T, b *server.Backup) *dedup.Machine {
	t.Helper()
	reader, err := backup.NewReader(io.NewSectionReader(b, 0, b.FileBytes()))
	require.NoError(t, err)
	body, err := io.ReadAll(reader)
	require.NoError(t, err)
	m, err := dedup.LoadState(body[backup.SumBytes:])
	require.NoError(t, err)
	require.Equal(t, b.Index, m.AppliedIndex())
	return m
}

func TestABackupHasAllThatWasAnswered(t *testing.T) {
	r := alone(t, t.TempDir())
	for key := range byte(6) {
		require.NoError(t, claimed(r, key))
		b, err := r.TakeBackup(t.Context())
		require.NoError(t, err)
		m := stateOf(t, b)
		require.EqualValues(t, key+1, m.Usage().Keys)
		require.EqualValues(t, key+1, m.Number())
		b.Close()
		b.Close()
	}
}

func TestTwoBackupsAreOpenAtOnce(t *testing.T) {
	r := alone(t, t.TempDir())
	require.NoError(t, claimed(r, 1))
	first, err := r.TakeBackup(t.Context())
	require.NoError(t, err)
	second, err := r.ReopenBackup(first.Index)
	require.NoError(t, err)
	require.Equal(t, first.Header, second.Header)
	_, err = r.TakeBackup(t.Context())
	require.ErrorIs(t, err, server.ErrBackupBusy)
	second.Close()
	_, err = r.ReopenBackup(first.Index + 1)
	require.ErrorIs(t, err, server.ErrBackupGone)
	require.True(t, server.NotApplied(err))

	for key := byte(2); key < 5; key++ { // and the first one's file goes
		require.NoError(t, claimed(r, key))
		_, err = r.TakeSnapshot(t.Context())
		require.NoError(t, err)
	}
	require.Eventually(t, func() bool {
		again, err := r.ReopenBackup(first.Index)
		if err == nil {
			again.Close()
		}
		return errors.Is(err, server.ErrBackupGone)
	}, time.Minute, time.Millisecond)
	require.EqualValues(t, 1, stateOf(t, first).Usage().Keys, "who reads it reads on")
	first.Close()
}

func TestWithoutAMajorityThereIsNoBackup(t *testing.T) {
	require.Error(t, backupWithoutAMajority(t))
}

// backupWithoutAMajority asks a node for a backup, two of whose cluster have stopped.
func backupWithoutAMajority(t *testing.T) error {
	t.Helper()
	peers := map[uint8]string{1: ports.Free(), 2: ports.Free(), 3: ports.Free()}
	secret := node.NewSecret()
	var nodes []*server.Replica
	for id := uint8(1); id <= 3; id++ {
		r, err := server.Open(server.Config{Cluster: "backup", Node: id, Dir: t.TempDir(), Peers: peers, PeerSecret: secret, Logger: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		t.Cleanup(r.Close)
		nodes = append(nodes, r)
	}
	for _, r := range nodes {
		require.Eventually(t, func() bool { return r.Status().Ready }, time.Minute, 5*time.Millisecond)
	}
	require.NoError(t, claimed(nodes[0], 1))
	nodes[1].Close()
	nodes[2].Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	b, err := nodes[0].TakeBackup(ctx)
	if err == nil {
		b.Close()
	}
	return err
}
