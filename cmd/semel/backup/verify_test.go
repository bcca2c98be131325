package backup

// Goal: verify says of a real node's folder that it is whole, and of a damaged one where, with the exit codes that its help names. Method: a node of
// its own, stopped; its folder as it is and with a byte changed.

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
	"github.com/eventstreamcore/semel/dedup/folder"
)

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

func TestAFolderIsVerified(t *testing.T) {
	data := t.TempDir()
	dev := semeltest.StartDev(t, "--nodes", "1", "--data", data)
	dev.Leader(t)
	require.Zero(t, semeltest.Run(t, dev.Addresses(), "claim", "k").Code)
	require.Zero(t, semeltest.Run(t, dev.Addresses(), "snapshot").Code)
	dir := filepath.Join(data, "1")
	inUse := semeltest.Run(t, "", "verify", dir)
	require.Equal(t, exit.Unavailable, inUse.Code)
	require.Contains(t, inUse.Errors, "is locked; stop that process first")
	require.Zero(t, dev.End(t, os.Interrupt))

	whole := semeltest.Run(t, "", "verify", dir)
	require.Zero(t, whole.Code, whole.Out)
	require.Contains(t, whole.Out, "whole, the log goes on from it")
	require.Contains(t, whole.Out, ": 1 keys, 0 bytes of values, last command 1, log time ")
	var report folder.Report
	require.NoError(t, json.Unmarshal([]byte(semeltest.Run(t, "", "verify", dir, "--json").Out), &report))
	require.True(t, report.Whole)
	require.Equal(t, uint64(1), report.State.Keys)

	snapshots, err := filepath.Glob(filepath.Join(dir, "snapshots", "*.snapshot"))
	require.NoError(t, err)
	require.Len(t, snapshots, 1)
	content, err := os.ReadFile(snapshots[0])
	require.NoError(t, err)
	content[600] ^= 1
	require.NoError(t, os.WriteFile(snapshots[0], content, 0o600))
	damaged := semeltest.Run(t, "", "verify", dir)
	require.Equal(t, exit.Disk, damaged.Code)
	require.Contains(t, damaged.Out, "DAMAGED: snapshots/"+filepath.Base(snapshots[0])+" at offset 512: ")
	require.Contains(t, damaged.Out, "What to do: nothing: the node comes up without it")
	require.NotContains(t, damaged.Out, "\nwhole\n")

	require.Equal(t, exit.Usage, semeltest.Run(t, "", "verify", data).Code)
	require.Equal(t, exit.Usage, semeltest.Run(t, "", "verify").Code)
}
