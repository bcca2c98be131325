package node_test

// Goal: a node tells another one of itself when it is asked, with or without a leader, and one that says nothing is known for it. Method:
// three real nodes, of which two are there.

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/node"
	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestANodeTellsOfItself(t *testing.T) {
	c := reservedCluster(t)
	c[0].options.Describe = func() []byte { return []byte("here") }
	for _, s := range c[:2] { // a new cluster begins once all have met: nobody leads
		s.start(t)
	}
	ask := func(from *site, to protocol.NodeID) (string, error) {
		told, err := from.Ask(context.Background(), to, time.Now().Add(soon))
		return string(told), err
	}
	require.Eventually(t, func() bool { told, err := ask(c[1], 1); return err == nil && told == "here" }, soon, often)
	require.Eventually(t, func() bool { _, err := ask(c[0], 2); return errors.Is(err, node.ErrUntold) }, soon, often)
	_, err := ask(c[0], 3)
	require.ErrorContains(t, err, "not connected")
	require.Zero(t, c[0].Status().Leader)
}

func TestADiskIsTimedByItsSyncs(t *testing.T) {
	c := startCluster(t)
	leader := c.leader(t)
	require.Eventually(t, func() bool { _, err := leader.propose("a"); return err == nil }, soon, often)
	d := leader.Disk()
	require.Positive(t, d.Syncs)
	require.Positive(t, d.Median)
	require.GreaterOrEqual(t, d.Longest, d.Median)
}
