// Goal: what the host's log can't carry does not come in: no configuration by a message, a snapshot or a disk.
// Method: each of these once, and the same without one.

package raft_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestConfigurationsAreRefused(t *testing.T) {
	said := protocol.Configuration{Voters: protocol.Nodes(1, 2)}
	entry := protocol.Entry{Term: 1, Value: protocol.Configured, Configuration: said}
	command := protocol.Entry{Term: 1, Value: protocol.Command}
	cfg := raft.Config{ID: 1, Servers: protocol.Nodes(1, 2, 3)}
	r, err := raft.New(cfg, protocol.HardState{}, 0)
	require.NoError(t, err)

	m := protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 1, Entries: protocol.EntriesOf(command)}
	require.NoError(t, r.CheckMessage(&m))
	m.Entries = protocol.EntriesOf(command, entry)
	require.ErrorIs(t, r.CheckMessage(&m), raft.ErrConfiguration)
	require.ErrorIs(t, r.CheckMessage(&m), protocol.ErrImpossible, "who brought it is disbelieved")

	snapshot := protocol.Message{Type: protocol.InstallSnapshot, From: 2, To: 1, Term: 1, LastIndex: 1, LastTerm: 1}
	require.NoError(t, r.CheckMessage(&snapshot))
	snapshot.Configuration = said
	require.ErrorIs(t, r.CheckMessage(&snapshot), raft.ErrConfiguration)

	for _, log := range []protocol.Log{protocol.LogOf(command, entry), protocol.LogOf(command).Under(said)} {
		_, err = raft.New(cfg, protocol.HardState{Term: 1, Log: log}, 0)
		require.ErrorIs(t, err, raft.ErrConfiguration)
	}
	_, err = raft.New(cfg, protocol.HardState{Term: 1, Log: protocol.LogOf(command)}, 0)
	require.NoError(t, err)
}
