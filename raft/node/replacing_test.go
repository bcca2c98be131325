package node_test

// Goal: a folder takes the place of one that was lost before it decided anything. Method: three replicas in virtual time take in a folder that never
// comes, and then another one in its place.

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/proptest/simulator"
	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// takesALearnersPlace returns why a replica stopped, or a message was not taken.
func takesALearnersPlace() error {
	run := simulator.New(simulator.Config{
		Servers: 3, Slots: 5, WAL: true, Machine: func(protocol.NodeID) node.StateMachine { return listOf(protocol.Nodes(1, 2, 3)) },
	})
	add := func(one node.Member) error {
		in := func() bool {
			_, list, _ := run.Committed()
			return list.Highest > one.Replaces && list.Highest >= 4
		}
		for range 100 {
			if leader := run.Leader(); leader != nil {
				leader.Change(node.Changing{Add: &one, Speaks: node.Versions{Oldest: 1, Newest: 1}}, func(error) {})
			}
			if ok, err := run.Until(100*time.Millisecond, in); ok || err != nil {
				return err
			}
		}
		return fmt.Errorf("the folder %d is not taken in", one.Incarnation)
	}
	if err := add(node.Member{ID: 4, Incarnation: 100, Becomes: node.BecomesVoter}); err != nil {
		return err
	}
	if err := add(node.Member{ID: 4, Incarnation: 101, Becomes: node.BecomesVoter, Replaces: 4}); err != nil {
		return err
	}
	run.Join(5, 101, &simulator.Host{ID: 5}).Start()
	decides := protocol.Configuration{Voters: protocol.Nodes(1, 2, 3, 5)}
	ok, err := run.Until(time.Minute, func() bool { c, _, _ := run.Committed(); return c == decides })
	if err == nil && !ok {
		err = fmt.Errorf("it is no voter after a minute: %w", run.At(1).Err())
	}
	return err
}

func TestAFolderTakesThePlaceOfALearner(t *testing.T) { require.NoError(t, takesALearnersPlace()) }
