package main

// Goal: a node whose disk takes no more says so with exit 6, and nobody starts it again. Method: the
// limit of a file's size is lowered under a running process, so that its next write fails.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func failWrites(t *testing.T, pid int) {
	require.NoError(t, unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 512, Max: 512}, nil))
}

func TestADiskThatFailsIsExitSix(t *testing.T) {
	p := ports(t, 3)
	node := start(t, nil, "serve", "--id", "1", "--peers", "1="+p[0], "--data", t.TempDir(), "--http", p[1], "--redis", p[2])
	require.Eventually(t, func() bool { return isReady(p[1]) }, patience, glance, "%v", &node.errors)
	failWrites(t, node.Process.Pid)
	require.Equal(t, exitUnavailable, semel(t, p[1], "claim", "--timeout", "1s", "order-1").code, "unknown")
	require.Equal(t, exitDisk, node.code(t), node.errors.String())
	require.Contains(t, node.errors.String(), "file too large")
}

func TestDevLeavesANodeDownWhoseDiskFailed(t *testing.T) {
	d := startDev(t)
	leader := d.leader(t)
	failWrites(t, leader.PID)
	require.Equal(t, 0, semel(t, d.addresses(), "claim", "--timeout", "20s", "order-1").code, "the others go on")
	down := "ended: its disk failed, its log is damaged or it broke an invariant (exit 6): IT STAYS DOWN"
	require.Eventually(t, func() bool { return gone(leader.PID) }, patience, glance)
	require.Contains(t, d.errors.String(), down)
	require.Equal(t, exitDuplicate, semel(t, d.addresses(), "claim", "order-1").code)
}
