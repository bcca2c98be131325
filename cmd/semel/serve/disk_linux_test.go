package serve

// Goal: a node whose disk takes no more says so with exit 6, and nobody starts it again. Method: the
// limit of a file's size is lowered under a running process, so that its next write fails.

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func failWrites(t *testing.T, pid int) {
	require.NoError(t, unix.Prlimit(pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: 512, Max: 512}, nil))
}

func TestADiskThatFailsIsExitSix(t *testing.T) {
	p := semeltest.Ports(3)
	node := semeltest.Start(t, nil, "serve", "--id", "1", "--peers", "1="+p[0], "--data", t.TempDir(), "--http", p[1], "--redis", p[2])
	require.Eventually(t, func() bool { return semeltest.IsReady(p[1]) }, semeltest.Patience, semeltest.Glance, "%v", &node.Errors)
	failWrites(t, node.Process.Pid)
	require.Equal(t, exit.Unavailable, semeltest.Run(t, p[1], "claim", "--timeout", "1s", "order-1").Code, "unknown")
	require.Equal(t, exit.Disk, node.Code(t), node.Errors.String())
	require.Contains(t, node.Errors.String(), "file too large")
}
