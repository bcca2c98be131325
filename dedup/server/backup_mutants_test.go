//go:build mutants

package server_test

// Goal: the check that a backup is confirmed can fail. Method: the fault is switched on, and the story of backup_test.go ends otherwise.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
)

func TestABackupWithoutAConfirmationIsCaught(t *testing.T) {
	require.Equal(t, []string{"backup-unconfirmed"}, server.BackupMutantIDs)
	t.Cleanup(func() { server.Mutant = "" })
	server.Mutant = "backup-unconfirmed"
	require.NoError(t, backupWithoutAMajority(t), "what the others have answered since is not in it")
}
