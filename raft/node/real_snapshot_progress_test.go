package node_test

// Goal: who runs a node can see how far a snapshot is that it fetches, and what a start loaded. Method: the world of crash_world_test.go, whose
// third node never started and writes its log here.

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/snapshot"
)

// Every phase of a fetch is told, and what it is told of only grows.
func TestHowFarASnapshotIsIsTold(t *testing.T) {
	w, err := ended(many)
	require.NoError(t, err)
	defer w.close()
	three := w.at(3)
	var seen []node.FetchProgress
	look := func() {
		p, is := three.Node.Fetching()
		require.True(t, is)
		seen = append(seen, p)
	}
	w.given(func(_ *member, _ int64, answer []byte) ([]byte, error) { look(); return answer, nil })
	require.NoError(t, three.start())
	_, is := three.Node.Fetching()
	require.False(t, is)
	three.machine.during = look
	require.NoError(t, w.level())
	_, is = three.Node.Fetching()
	require.False(t, is)
	base, _ := logOf(w.at(1)).Base()
	length := int64(len(w.at(1).files.Image()[nameOf(w.at(1))]))
	require.Equal(t, protocol.Nil, seen[0].From)
	for k, p := range seen[1:] {
		require.Equal(t, base, p.Index)
		require.Equal(t, protocol.NodeID(1), p.From)
		require.Equal(t, length, p.Of)
		require.Equal(t, seen[0].Began, p.Began)
		require.GreaterOrEqual(t, p.Bytes, seen[k].Bytes)
		require.Equal(t, p.Bytes == length, p.Phase == node.PhaseLoading, p)
	}
	require.Equal(t, node.PhaseLoading, seen[len(seen)-1].Phase)
}

// said counts the lines with a message, and returns the last.
func said(log *bytes.Buffer, message string) (times int, last string) {
	for line := range strings.Lines(log.String()) {
		if strings.Contains(line, fmt.Sprintf("msg=%q", message)) {
			times, last = times+1, line
		}
	}
	return times, last
}

func TestAFetchAndAStartAreLogged(t *testing.T) {
	w, err := ended(many)
	require.NoError(t, err)
	defer w.close()
	base, _ := logOf(w.at(1)).Base()
	length := len(w.at(1).files.Image()[nameOf(w.at(1))])
	var log bytes.Buffer
	w.logged = &log
	require.NoError(t, errors.Join(w.at(3).start(), w.level()))
	for message, want := range map[string]int{
		"a snapshot that this node lacks is fetched": 1, "a snapshot is being fetched": 3, "a snapshot was fetched": 1,
		"a snapshot that was fetched is loaded": 1, "came up with a snapshot, and the log behind it": 0,
	} {
		times, line := said(&log, message)
		require.Equal(t, want, times, message)
		if times > 0 {
			require.Contains(t, line, fmt.Sprintf("index=%d ", base))
		}
	}
	_, line := said(&log, "a snapshot was fetched")
	require.Contains(t, line, fmt.Sprintf("from=1 bytes=%d came=%d ", length, length-snapshot.HeaderBytes))
	require.Contains(t, line, "bytes_per_second=")
	three := w.at(3)
	three.Close()
	require.NoError(t, three.start())
	_, line = said(&log, "came up with a snapshot, and the log behind it")
	require.Contains(t, line, fmt.Sprintf("applied=%d log_begins_behind=%d ", base, base))
	require.Contains(t, line, fmt.Sprintf("snapshot=%d bytes=%d loaded_in=", base, length))
	require.NoError(t, errors.Join(w.level(), w.check()))
}
