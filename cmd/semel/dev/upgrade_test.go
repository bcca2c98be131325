package dev

// Goal: dev with a program that does not speak the version of its folder's log ends as serve does, exit 7, starts nobody again and leaves the folder as it was.
// Method: a cluster of dev of a program that speaks one version more, then the one that ships over its folder, then the first one again.

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

// raised waits until a cluster's log has version 2.
func raised(t *testing.T, d *semeltest.Dev) {
	require.Eventually(t, func() bool {
		var m struct{ Version int }
		said := semeltest.Run(t, d.Addresses(), "members", "--json")
		return said.Code == 0 && json.Unmarshal([]byte(said.Out), &m) == nil && m.Version == 2
	}, semeltest.Patience, semeltest.Glance)
}

func TestAFolderOfALaterVersionIsLeftAsItIs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d := semeltest.StartDevOf(t, semeltest.Next(t), "--data", dir)
	raised(t, d)
	require.Zero(t, semeltest.Run(t, d.Addresses(), "claim", "order-1").Code)
	d.Leader(t) // all have applied it
	require.Zero(t, d.End(t, syscall.SIGTERM))

	old := semeltest.Run(t, "", "dev", "--port", "0", "--data", dir)
	require.Equal(t, exit.Upgrade, old.Code, old.Errors)
	require.Equal(t, 3, strings.Count(old.Errors, "  ended: "+tooOld+" (exit 7): it stays down"), old.Errors)
	require.Contains(t, old.Errors, "it speaks 1, and the cluster's version is 2", "what the node says")
	require.Contains(t, old.Errors, "every node is down and stays down: "+tooOld)
	require.NotContains(t, old.Errors, "runs again")

	d = semeltest.StartDevOf(t, semeltest.Next(t), "--data", dir)
	require.Equal(t, exit.Duplicate, semeltest.Run(t, d.Addresses(), "claim", "order-1").Code)
	require.Zero(t, d.End(t, syscall.SIGTERM))
}
