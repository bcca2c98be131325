// Goal: where the host's log can't carry it no configuration comes in: by a message, a snapshot or a disk; where it can, all do.
// Method: each of these once, and the same without one.

package raft_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestConfigurationsAreRefusedWhereTheyCannotBeKept(t *testing.T) {
	said := protocol.Configuration{Voters: protocol.Nodes(1, 2)}
	entry := protocol.Entry{Term: 1, Value: protocol.Configured, Configuration: said}
	command := protocol.Entry{Term: 1, Value: protocol.Command}
	for _, kept := range []bool{false, true} {
		cfg := raft.Config{ID: 1, Servers: protocol.Nodes(1, 2, 3), Configurations: kept}
		refused := func(err error) {
			if kept {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, raft.ErrConfiguration)
		}
		r, err := raft.New(cfg, protocol.HardState{}, 0)
		require.NoError(t, err)

		m := protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 1, Entries: protocol.EntriesOf(command)}
		require.NoError(t, r.CheckMessage(&m))
		m.Entries = protocol.EntriesOf(command, entry)
		refused(r.CheckMessage(&m))
		require.True(t, kept || errors.Is(r.CheckMessage(&m), protocol.ErrImpossible), "who brought it is disbelieved")

		snapshot := protocol.Message{Type: protocol.InstallSnapshot, From: 2, To: 1, Term: 1, LastIndex: 1, LastTerm: 1}
		require.NoError(t, r.CheckMessage(&snapshot))
		snapshot.Configuration = said
		refused(r.CheckMessage(&snapshot))

		for _, log := range []protocol.Log{protocol.LogOf(command, entry), protocol.LogOf(command).Under(said)} {
			_, err = raft.New(cfg, protocol.HardState{Term: 1, Log: log}, 0)
			refused(err)
		}
		_, err = raft.New(cfg, protocol.HardState{Term: 1, Log: protocol.LogOf(command)}, 0)
		require.NoError(t, err)
	}
}
