package server_test

// Goal: a node whose disk takes its time, and then hangs, says so of itself, and its cluster's health does. Method: a real node alone, over
// files whose syncs wait.

import (
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/raft/disk"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// slowFolder is a folder whose files wait before each sync.
type slowFolder struct {
	disk.FS
	pause atomic.Int64
}

type slowFile struct {
	disk.File
	folder *slowFolder
}

func (f *slowFolder) Create(name string) (disk.File, error) {
	file, err := f.FS.Create(name)
	return slowFile{file, f}, err
}

func (f *slowFolder) Open(name string) (disk.File, error) {
	file, err := f.FS.Open(name)
	return slowFile{file, f}, err
}

func (f slowFile) Sync() error {
	if pause := f.folder.pause.Load(); pause > 0 {
		<-time.After(time.Duration(pause))
	}
	return f.File.Sync()
}

func TestASlowDiskIsTold(t *testing.T) {
	folder := &slowFolder{FS: crashfs.New(1)}
	r, err := server.Open(server.Config{
		Cluster: "slow", Node: 1, Dir: t.TempDir(), Peers: map[uint8]string{1: "127.0.0.1:0"}, Logger: slog.New(slog.DiscardHandler),
		Tune: func(o *node.Options) { o.FS = folder },
	})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	require.Eventually(t, func() bool { return r.Status().Ready }, time.Minute, 5*time.Millisecond)
	require.Equal(t, node.DiskOK, r.Status().Disk.State)
	claim := func(key byte, done func(error)) {
		r.Do(dedup.AppendClaim(nil, dedup.Claim{Key: dedup.Key{key}, Owner: 7}), 1, server.Within(time.Minute), func(_ []server.Answer, err error) { done(err) })
	}
	folder.pause.Store(int64(node.SlowSync))
	for key := range byte(30) {
		answered := make(chan error, 1)
		claim(key, func(err error) { answered <- err })
		require.NoError(t, <-answered)
	}
	require.Equal(t, node.DiskSlow, r.Status().Disk.State)
	require.GreaterOrEqual(t, r.Status().Disk.MedianMs, 50.0)
	require.Equal(t, []int{1}, r.ClusterHealth().SlowDisks)

	folder.pause.Store(int64(node.HungSync + time.Second))
	claim(99, func(error) {})
	require.Eventually(t, func() bool { return r.ClusterHealth().State == server.ClusterNoQuorum }, time.Minute, 20*time.Millisecond)
	require.Contains(t, r.ClusterHealth().Lines, "node 1 does not count: its disk hangs")
	folder.pause.Store(0)
	require.Eventually(t, func() bool { return r.ClusterHealth().State == server.ClusterOK }, time.Minute, 20*time.Millisecond, "it goes on by itself")
}
