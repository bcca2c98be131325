package node_test

// Goal: where nodes are found stands in the log soon after their first start, and again when all of them come back elsewhere at once; then each finds the others by
// its log alone. Method: real nodes on loopback and temporary folders, restarted at other ports, with a list of the new addresses, and then with nothing but their own.

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft"
	"github.com/eventstreamcore/semel/raft/protocol"
)

// areFound reports whether the logs of all say where each is found.
func (c cluster) areFound() bool {
	for _, s := range c {
		for _, other := range c {
			one := s.Status().Folders.Find(other.ID())
			if one == nil || one.Peer != other.options.Listen || one.HTTP != other.options.HTTP || one.Redis != "" {
				return false
			}
		}
	}
	return true
}

// stop stops all.
func (c cluster) stop() {
	for _, s := range c {
		s.Stop()
	}
}

// startWith starts all anew, each with nothing but what its folder says and these addresses of others.
func (c cluster) startWith(t *testing.T, peers map[protocol.NodeID]string) {
	for _, s := range c {
		s.options.Raft = raft.Config{}
		s.options.Peers = peers
		s.start(t)
	}
}

func TestAllComeBackElsewhereAtOnce(t *testing.T) {
	t.Parallel()
	c := reservedCluster(t)
	for _, s := range c {
		s.options.HTTP = "web" + s.options.Listen
		s.start(t)
	}
	want := c.propose(t, nil)
	require.Eventually(t, c.areFound, soon, often, "founders stand in the log with their addresses")
	c.stop()
	elsewhere := map[protocol.NodeID]string{}
	for k, s := range c {
		s.options.Listen = ports.Free()
		s.options.Advertise = s.options.Listen
		elsewhere[protocol.NodeID(k+1)] = s.options.Listen
	}
	c.startWith(t, elsewhere)
	want = c.propose(t, want)
	require.Eventually(t, c.areFound, soon, often, "new addresses are logged")
	c.stop()
	c.startWith(t, nil)
	want = c.propose(t, want)
	c.agree(t, want)
}

func TestWhoSaysThatItHasMovedIsLogged(t *testing.T) {
	t.Parallel()
	c := startCluster(t)
	want := c.propose(t, nil)
	mover := c.other(c.leader(t))
	mover.Stop()
	mover.options.Listen = ports.Free()
	mover.options.Advertise, mover.options.Moved = mover.options.Listen, true
	mover.options.Raft = raft.Config{ID: mover.options.Raft.ID, Servers: trio}
	mover.start(t) // the others' lists have it where it was
	require.Eventually(t, c.areFound, soon, often)
	want = c.propose(t, want)
	c.agree(t, want)
	c.stop()
	c.startWith(t, nil)
	want = c.propose(t, want)
	c.agree(t, want)
}

// A hello has room for long addresses, and says none that would not be logged.
func TestALongDoorIsNotSaid(t *testing.T) {
	t.Parallel()
	c := reservedCluster(t)
	for _, s := range c {
		s.options.HTTP, s.options.Redis = string(make([]byte, 2000)), "0.0.0.0:7200"
		s.start(t)
	}
	for _, s := range c {
		s.options.HTTP = ""
	}
	require.Eventually(t, c.areFound, soon, often)
}
