package node_test

// Goal: a node that has to open a file of its log, and has no descriptor left for it, waits for one. Method: a folder that
// refuses a hundred times to open one, from the moment on at which the node replays its log.

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
	"github.com/eventstreamcore/semel/raft/wal"
	"github.com/eventstreamcore/semel/raft/wal/crashfs"
)

// scarce is a folder that does not open files for a while.
type scarce struct {
	*crashfs.FS
	refuses atomic.Int32
}

func (s *scarce) Open(name string) (wal.File, error) {
	if s.refuses.Add(-1) >= 0 {
		return nil, syscall.EMFILE
	}
	return s.FS.Open(name)
}

// armed is a machine that calls a function when it applies its first entry.
type armed struct {
	node.StateMachine
	arm func()
}

func (a *armed) Apply(index uint64, payload []byte) error {
	if index == 1 {
		a.arm()
	}
	return a.StateMachine.Apply(index, payload)
}

func TestANodeWithoutADescriptorForItsLogWaitsForOne(t *testing.T) {
	disk := &scarce{FS: crashfs.New(1)}
	n := startAlone(t, disk, listOf(protocol.Nodes(1)))
	done := make(chan error)
	for range 1000 { // 48 segments
		n.Propose([]byte(strings.Repeat(string(command(strings.Repeat("x", 250))), 12)), soon, func(_ []byte, err error) { done <- err })
		require.NoError(t, <-done)
	}
	n.Stop()
	n = startAlone(t, disk, &armed{listOf(protocol.Nodes(1)), func() { disk.refuses.Store(100) }})
	defer n.Stop()
	require.NoError(t, n.Err())
	require.Negative(t, disk.refuses.Load(), "it had to open one")
}
