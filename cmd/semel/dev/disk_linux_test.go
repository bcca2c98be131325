package dev

// Goal: a node whose disk takes no more is left down. Method: the limit of a file's size is lowered under a running node.

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestDevLeavesANodeDownWhoseDiskFailed(t *testing.T) {
	d := semeltest.StartDev(t)
	leader := d.Leader(t)
	require.NoError(t, unix.Prlimit(leader.PID, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 512, Max: 512}, nil))
	require.Equal(t, 0, semeltest.Run(t, d.Addresses(), "claim", "--timeout", "20s", "order-1").Code, "the others go on")
	down := "ended: its disk failed, its log is damaged, its folder is an older copy, its snapshots are damaged, or it broke an invariant (exit 6): IT STAYS DOWN"
	require.Eventually(t, func() bool { return semeltest.Gone(leader.PID) }, semeltest.Patience, semeltest.Glance)
	told := func() bool { return strings.Contains(d.Errors.String(), down) } // a moment after it is gone
	require.Eventually(t, told, semeltest.Patience, semeltest.Glance, down)
	require.Equal(t, exit.Duplicate, semeltest.Run(t, d.Addresses(), "claim", "order-1").Code)
}
