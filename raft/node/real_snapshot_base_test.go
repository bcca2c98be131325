package node_test

// Goal: a start knows the digest of what it offers. Method: the world of crash_world_test.go, and a node of it that is stopped and started.

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAStartReadsTheDigestOfTheSnapshotThatTheLogBeginsBehind(t *testing.T) {
	w, err := ended(40_000)
	require.NoError(t, err)
	defer w.close()
	one := w.at(1)
	base, _ := logOf(one).Base()
	want, known := one.DigestAt(base)
	require.True(t, known)
	one.Close()
	require.NoError(t, one.start())
	require.Greater(t, one.Status().Snapshot.Index, base, "it has loaded a newer one")
	got, known := one.DigestAt(base)
	require.True(t, known)
	require.Equal(t, want, got)
}
