package node_test

// Goal: a message has no more bytes than it may have, also where the entry that ends a change is sent in the step that appends it. Method: a folder with a long
// address joins three replicas in virtual time, while commands wait behind the one message that may be on its way; the simulator counts each message's bytes.

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// endsAChangeAmongMuch returns what is wrong with a message while a change ends.
func endsAChangeAmongMuch() error {
	run := simulator.New(simulator.Config{
		Servers: 3, Slots: 4, Machine: func(protocol.NodeID) node.StateMachine { return listOf(protocol.Nodes(1, 2, 3)) },
		Replica: node.Config{Raft: raft.Config{MaxInflightMessages: 1, MaxBytesPerMessage: 1 << 10, MaxInflightBytes: 4 << 10}},
	})
	one := node.Member{ID: 4, Incarnation: 100, Peer: strings.Repeat("a", 1<<10), Becomes: node.BecomesVoter}
	decides, joined := protocol.Configuration{Voters: protocol.Nodes(1, 2, 3, 4)}, false
	for k := range 2000 {
		if leader := run.Leader(); leader != nil {
			leader.Propose(command(fmt.Sprint("c", k)), time.Minute, func([]byte, error) {})
			if !joined && k > 200 {
				leader.Change(node.Changing{Add: &one, Speaks: node.Versions{Oldest: 1, Newest: 1}}, func(error) {})
			}
		}
		if err := run.Run(2 * time.Millisecond); err != nil {
			return err
		}
		c, list, _ := run.Committed()
		if !joined && list.Highest == 4 {
			joined = true
			run.Join(4, 100, &simulator.Host{ID: 4}).Start()
		}
		if c == decides {
			return nil
		}
	}
	return fmt.Errorf("it is no voter after all: %w", run.At(1).Err())
}

func TestWhatEndsAChangeIsCounted(t *testing.T) { require.NoError(t, endsAChangeAmongMuch()) }
