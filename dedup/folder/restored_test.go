package folder_test

// Goal: of a restored cluster nobody votes before all have met; then it goes on with what stood. Method: three folders restored from one backup, of which the
// first is started alone, then all.

import (
	"bytes"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/folder"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft/node"
)

// ask has commands applied and returns the answer to the first.
func ask(t *testing.T, r *server.Replica, commands []byte) server.Answer {
	t.Helper()
	var answer server.Answer
	answered := make(chan error, 1)
	r.Do(commands, 1, server.Within(time.Minute), func(answers []server.Answer, err error) {
		if err == nil {
			answer = answers[0]
		}
		answered <- err
	})
	require.NoError(t, <-answered)
	return answer
}

// restoredTrio makes the folders of three nodes, out of the state of one that has claimed key 1, and opens them one by one.
func restoredTrio(t *testing.T) (open func(id uint8) *server.Replica) {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	old := filepath.Join(t.TempDir(), "old")
	alone, err := server.Open(server.Config{Cluster: "before", Node: 1, Dir: old, Peers: map[uint8]string{1: "127.0.0.1:0"}, Logger: quiet})
	require.NoError(t, err)
	t.Cleanup(alone.Close)
	require.Eventually(t, func() bool { return alone.Status().Ready }, time.Minute, 5*time.Millisecond)
	require.Equal(t, dedup.Won, ask(t, alone, dedup.AppendClaim(nil, dedup.Claim{Key: dedup.Key{1}, Owner: 1})).Outcome)
	alone.Close()
	var file bytes.Buffer
	_, err = folder.Save(old, &file)
	require.NoError(t, err)

	dir, secret := t.TempDir(), node.NewSecret()
	peers := map[uint8]string{1: ports.Free(), 2: ports.Free(), 3: ports.Free()}
	data := func(id uint8) string { return filepath.Join(dir, fmt.Sprint(id)) }
	for id := range peers {
		_, err := folder.Restore(bytes.NewReader(file.Bytes()), folder.Restoration{Dir: data(id), Cluster: "after", Node: id, Nodes: []uint8{1, 2, 3}})
		require.NoError(t, err)
	}
	_, err = server.Open(server.Config{Cluster: "other", Node: 1, Dir: data(1), Peers: peers, PeerSecret: secret, Logger: quiet})
	require.ErrorIs(t, err, node.ErrRestoredAs)
	return func(id uint8) *server.Replica {
		r, err := server.Open(server.Config{Cluster: "after", Node: id, Dir: data(id), Peers: peers, PeerSecret: secret, Logger: quiet})
		require.NoError(t, err)
		t.Cleanup(r.Close)
		return r
	}
}

func TestARestoredClusterBeginsWhenAllHaveMet(t *testing.T) {
	open := restoredTrio(t)
	first := open(1)
	require.Equal(t, []int{2, 3}, first.Status().Unmet)
	open(2)
	open(3)
	require.Eventually(t, func() bool { return first.Status().Ready }, time.Minute, 5*time.Millisecond)
	require.Empty(t, first.Status().Unmet)
	again := ask(t, first, dedup.AppendClaim(nil, dedup.Claim{Key: dedup.Key{1}, Owner: 2}))
	require.Equal(t, dedup.Duplicate, again.Outcome)
	won := ask(t, first, dedup.AppendClaim(nil, dedup.Claim{Key: dedup.Key{2}, Owner: 2}))
	require.Equal(t, dedup.Won, won.Outcome)
	require.Greater(t, won.Token, again.Token+dedup.RestoredAbove)
	require.Less(t, time.Duration(time.Now().UnixNano()-int64(won.TimeNanos)), time.Hour)
}
