package node_test

// Goal: a log that has who decides is made short up to its last entry, also where no record has said yet that this one is committed. Method: a replica
// alone, in virtual time, over the log that ships, whose disk is full once a snapshot has all that it applied.

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// endsAtItsEnd returns why a replica stopped that has its log begin behind the last entry.
func endsAtItsEnd() error {
	run := simulator.New(simulator.Config{
		Servers: 1, Slots: 2, WAL: true, Machine: func(protocol.NodeID) node.StateMachine { return listOf(protocol.Nodes(1)) },
	})
	m := run.At(1)
	ready := func() bool { s, _ := m.Status(); return s.Role == protocol.Leader && !s.Loading }
	if ok, err := run.Until(time.Minute, ready); !ok {
		return fmt.Errorf("nobody leads: %w", err)
	}
	answered, taken := false, false
	m.Propose(command("some"), time.Minute, func([]byte, error) { answered = true })
	if ok, err := run.Until(time.Minute, func() bool { return answered }); !ok {
		return fmt.Errorf("nothing is answered: %w", err)
	}
	m.Handle(node.TakeSnapshot(func([]byte, error) { taken = true }))
	if ok, err := run.Until(time.Minute, func() bool { return taken }); !ok {
		return fmt.Errorf("no snapshot is taken: %w", err)
	}
	m.LeaveRoom(6 << 10)
	if err := run.Run(time.Second); err != nil {
		return err
	}
	if s, up := m.Status(); up && m.Err() == nil && s.SnapshotIndex != s.LastIndex {
		return fmt.Errorf("the log begins behind %d and ends at %d", s.SnapshotIndex, s.LastIndex)
	}
	return m.Err()
}

func TestALogIsMadeShortUpToItsLastEntry(t *testing.T) { require.NoError(t, endsAtItsEnd()) }
