package server_test

// Goal: a node keeps a snapshot when it is asked, and its status says so, where its log begins and why there is none. Method: one real
// node, whose folder the test looks into and spoils.

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/node"
)

// alone starts a node that is a whole cluster, on a folder.
func alone(t *testing.T, dir string) *server.Replica {
	r, err := server.Open(server.Config{Cluster: "snapshots", Node: 1, Dir: dir, Peers: map[uint8]string{1: "127.0.0.1:0"}, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	require.Eventually(t, func() bool { return r.Status().Ready }, time.Minute, 5*time.Millisecond)
	return r
}

func TestASnapshotIsTakenWhenItIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	r := alone(t, dir)
	now := r.Status().Snapshots
	require.Zero(t, now.Index)
	require.Zero(t, now.Base)
	require.EqualValues(t, -1, now.AgeMs)
	require.Nil(t, now.TakingMs, "none is being taken")

	var taken []uint64
	for key := range byte(3) {
		require.NoError(t, claimed(r, key))
		index, err := r.TakeSnapshot(t.Context())
		require.NoError(t, err)
		taken = append(taken, index)
		now = r.Status().Snapshots
		require.Equal(t, index, now.Index)
		require.Positive(t, now.Bytes)
		require.GreaterOrEqual(t, now.AgeMs, int64(0))
		require.Less(t, now.AgeMs, time.Hour.Milliseconds())
	}
	require.Equal(t, taken[1], now.Base, "the log begins behind the one before")
	again, err := r.TakeSnapshot(t.Context())
	require.NoError(t, err)
	require.Equal(t, taken[2], again, "nothing was applied since")
	require.Eventually(t, func() bool {
		files, _ := filepath.Glob(filepath.Join(dir, "snapshots", "*.snapshot"))
		return len(files) == 2
	}, time.Minute, 5*time.Millisecond, "two are kept")

	r.Close()
	_, err = r.TakeSnapshot(t.Context())
	require.ErrorIs(t, err, server.ErrStopped)
	again = alone(t, dir).Status().Snapshots.Index
	require.Equal(t, taken[2], again)
}

func TestASnapshotThatNobodyWaitsForGoesOn(t *testing.T) {
	r := alone(t, t.TempDir())
	ctx, giveUp := context.WithCancelCause(t.Context())
	giveUp(errors.New("in a hurry"))
	require.NoError(t, claimed(r, 1))
	if _, err := r.TakeSnapshot(ctx); err != nil { // it may be as quick
		require.ErrorIs(t, err, server.ErrUnknown)
		require.False(t, server.NotApplied(err))
	}
	require.Eventually(t, func() bool { return r.Status().Snapshots.Index > 0 }, time.Minute, 5*time.Millisecond)
}

func TestWhyNoSnapshotIsTakenIsSaid(t *testing.T) {
	dir := t.TempDir()
	r := alone(t, dir)
	require.NoError(t, claimed(r, 1))
	folder := filepath.Join(dir, "snapshots")
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "own.tmp", "full"), 0o700), "what is in the way of its file")
	_, err := r.TakeSnapshot(t.Context())
	var notTaken *server.SnapshotError
	require.ErrorAs(t, err, &notTaken)
	require.True(t, server.NotApplied(err))
	require.NotEmpty(t, r.Status().Snapshots.Error)
	require.NoError(t, claimed(r, 2), "the node works on")

	require.NoError(t, os.RemoveAll(filepath.Join(folder, "own.tmp")))
	require.NoError(t, claimed(r, 3))
	_, err = r.TakeSnapshot(t.Context())
	require.NoError(t, err)
	require.Empty(t, r.Status().Snapshots.Error)
}

// stillThere reads keys that were claimed.
func stillThere(t *testing.T, r *server.Replica, keys ...byte) {
	for _, key := range keys {
		a, _, err := r.Peek(dedup.Key{key})
		require.NoError(t, err)
		require.Equal(t, dedup.Done, a.Outcome, "key %d", key)
	}
}

// The ways out that docs/operations.md tells of: the snapshot before, and the log behind that; then a file that another node has.
func TestANodeWhoseSnapshotsRotHasWaysOut(t *testing.T) {
	dir := t.TempDir()
	r := alone(t, dir)
	for key := range byte(3) {
		require.NoError(t, claimed(r, key))
		_, err := r.TakeSnapshot(t.Context())
		require.NoError(t, err)
	}
	require.NoError(t, claimed(r, 3))
	files := func() []string {
		all, err := filepath.Glob(filepath.Join(dir, "snapshots", "*.snapshot"))
		require.NoError(t, err)
		return all
	}
	require.Eventually(t, func() bool { return len(files()) == 2 }, time.Minute, 5*time.Millisecond)
	r.Close()

	newest := files()[1]
	whole, err := os.ReadFile(newest)
	require.NoError(t, err)
	rot := func(name string) {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		content[len(content)-5] ^= 1
		require.NoError(t, os.WriteFile(name, content, 0o600))
	}
	rot(newest)
	r = alone(t, dir)
	stillThere(t, r, 0, 1, 2, 3)
	now := r.Status().Snapshots
	require.Len(t, now.Damaged, 1)
	require.Greater(t, now.Damaged[0].Index, now.Index, "the newest is there all the same")
	require.Contains(t, now.Damaged[0].Error, filepath.Base(newest))
	r.Close()

	rot(files()[0])
	_, err = server.Open(server.Config{Cluster: "snapshots", Node: 1, Dir: dir, Peers: map[uint8]string{1: "127.0.0.1:0"}, Logger: slog.New(slog.DiscardHandler)})
	require.ErrorIs(t, err, node.ErrLostSnapshot)
	require.ErrorContains(t, err, "Otherwise copy a file from another node's folder of snapshots into this node's")
	require.NoError(t, os.WriteFile(newest, whole, 0o600)) // as another node has it
	r = alone(t, dir)
	stillThere(t, r, 0, 1, 2, 3)
	require.NoError(t, claimed(r, 4))
}
