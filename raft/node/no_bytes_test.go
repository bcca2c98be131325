package node_test

// Goal: a message that speaks of a snapshot changes nothing as long as no host has the bytes of one: it has not arrived. Method: a
// replica that follows a leader, on a host without a disk, is sent one that the core would take over.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestASnapshotWithoutBytesHasNotArrived(t *testing.T) {
	h, servers := &ledger{}, protocol.Nodes(1, 2, 3)
	machine := strict{listOf(servers)}
	r, err := node.New(node.Config{Raft: raft.Config{ID: 1, Servers: servers, ElectionTicks: 10, HeartbeatTicks: 3}, MaxEntryBytes: 1 << 10}, h, machine, node.Recovered{})
	require.NoError(t, err)
	begin := protocol.Message{Type: protocol.AppendEntries, From: 2, To: 1, Term: 1, Entries: protocol.EntriesOf(protocol.Entry{Term: 1, Value: protocol.NoOp}), Commit: 1}
	require.NoError(t, r.Handle(node.Arrived(&begin, 0, bundle(machine.AppendBootstrap(nil, 5)))))
	before, wrote := r.Status(), h.last
	for _, term := range []protocol.Term{1, 2} {
		m := protocol.Message{Type: protocol.InstallSnapshot, From: 2, To: 1, Term: term, LastIndex: 9, LastTerm: 1}
		require.NoError(t, r.Handle(node.Arrived(&m, 0, nil)))
		require.Equal(t, before, r.Status())
		require.Equal(t, wrote, h.last, "nothing is written")
		require.Zero(t, h.rejected, "nor is its sender a liar")
	}
}
