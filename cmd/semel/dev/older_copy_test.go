package dev

// Goal: a node that is given an older copy of its folder is told so, says the way out, stays down, and nothing that was
// won is given again. Method: a cluster of dev whose folder of one node is copied, and put back after another start.

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestAnOlderCopyOfAFolderIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	folder, older, newest := filepath.Join(dir, "2"), filepath.Join(dir, "older"), filepath.Join(dir, "newest")
	run := func(claim string, want int) {
		d := semeltest.StartDev(t, "--data", dir)
		d.Leader(t)
		require.Equal(t, want, semeltest.Run(t, d.Addresses(), "claim", claim).Code)
		require.Equal(t, 0, d.End(t, syscall.SIGTERM))
	}
	run("order-1", 0)
	require.NoError(t, os.CopyFS(older, os.DirFS(folder)))
	run("order-2", 0)
	require.NoError(t, os.Rename(folder, newest))
	require.NoError(t, os.Rename(older, folder))

	d := semeltest.StartDev(t, "--data", dir)
	require.Eventually(t, func() bool { return strings.Contains(d.Errors.String(), "node 2  ended: ") }, semeltest.Patience, semeltest.Glance, "%v", &d.Errors)
	require.Contains(t, d.Errors.String(), "its folder is an older copy", "what dev says of exit 6")
	require.Contains(t, d.Errors.String(), "this folder must not take part any more: it was rolled back", "what the node says")
	require.Contains(t, d.Errors.String(), "the folder that it last ran with is still there, start it with that one")
	require.Equal(t, exit.Duplicate, semeltest.Run(t, d.Addresses(), "claim", "order-2").Code)
	report, code := d.Status(t)
	require.Equal(t, exit.No, code)
	require.False(t, report.Nodes[1].Up)
	require.Equal(t, 0, d.End(t, syscall.SIGTERM))

	require.NoError(t, os.Rename(folder, older))
	require.NoError(t, os.Rename(newest, folder))
	run("order-2", exit.Duplicate)
}
