package dev

// Goal: an older copy that was made while its node ran, put back under a living leader, is found out: the leader, the node and
// status say so, the node stays out after the leader is gone too, and no win is given again. Method: dev, with a copy of a follower's folder
// in its place when the follower is killed.

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestAnOlderCopyUnderALivingLeaderIsKeptOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := semeltest.StartDev(t, "--data", dir)
	leader := d.Leader(t)
	back := d.Nodes[leader.ID%3]
	folder, older, newest := filepath.Join(dir, fmt.Sprint(back.ID)), filepath.Join(dir, "older"), filepath.Join(dir, "newest")
	claim := func(key string) int { return semeltest.Run(t, d.Addresses(), "claim", key).Code }
	says := func(text string) {
		t.Helper()
		require.Eventually(t, func() bool { return strings.Contains(d.Errors.String(), text) }, semeltest.Patience, semeltest.Glance, "%v", &d.Errors)
	}
	require.Equal(t, 0, claim("order-1"))
	require.NoError(t, os.CopyFS(older, os.DirFS(folder)))
	require.Equal(t, 0, claim("order-2"))
	applied := func() bool {
		report, _ := d.Status(t)
		return report.Nodes[back.ID-1].Keys == 2
	}
	require.Eventually(t, applied, semeltest.Patience, semeltest.Glance, "the follower has both")

	require.NoError(t, os.Rename(folder, newest)) // the node goes on in it until it is killed
	require.NoError(t, os.Rename(older, folder))
	require.NoError(t, syscall.Kill(back.PID, syscall.SIGKILL))
	says(fmt.Sprintf("node %d  ended: its disk failed, its log is damaged, its folder is an older copy", back.ID))
	keptOut := func() bool {
		report, _ := d.Status(t)
		n := report.Nodes[back.ID-1]
		return !n.Up && n.KeptOut == "lost what it had"
	}
	require.Eventually(t, keptOut, semeltest.Patience, semeltest.Glance)
	require.Equal(t, exit.Duplicate, claim("order-2"))

	report, _ := d.Status(t)
	require.NotZero(t, report.Leader)
	require.NoError(t, syscall.Kill(d.Nodes[report.Leader-1].PID, syscall.SIGKILL))
	says(fmt.Sprintf("node %d  ended: killed", report.Leader))
	require.Eventually(t, func() bool { return claim("order-2") == exit.Duplicate && keptOut() }, semeltest.Patience, semeltest.Glance, "%v", &d.Errors)
	require.Equal(t, exit.Duplicate, claim("order-1"))
	require.Equal(t, 0, d.End(t, syscall.SIGTERM))
}
