package clients_test

import (
	"io"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/redis"
	"github.com/eventstreamcore/semel/internal/ports"
	"github.com/eventstreamcore/semel/raft/node"
)

const (
	soon  = time.Minute // for what happens at once on a machine with nothing else to do
	often = 5 * time.Millisecond
)

// member is a node with a Redis door, and what stays of it while it is down.
type member struct {
	config  server.Config
	address string // of the door
	replica *server.Replica
	door    *redis.Door
	served  chan error
}

// cluster is three nodes in this program, with logs on disk and sockets on loopback.
type cluster []*member

func startCluster(t *testing.T) cluster {
	peers := map[uint8]string{}
	for id := uint8(1); id <= 3; id++ {
		peers[id] = ports.Free()
	}
	secret := node.NewSecret()
	var c cluster
	for id := uint8(1); id <= 3; id++ {
		m := &member{address: ports.Free(), config: server.Config{
			Cluster: "clients", Node: id, Dir: t.TempDir(), Peers: peers, PeerSecret: secret, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}}
		m.start(t)
		c = append(c, m)
	}
	t.Cleanup(func() {
		for _, m := range c {
			require.NoError(t, m.stop())
		}
	})
	c.waitUntilReady(t)
	return c
}

func listen(t *testing.T, address string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", address)
	require.NoError(t, err)
	return l
}

// start starts the node, and its door at m.address; one that was stopped on its log, at its old addresses.
func (m *member) start(t *testing.T) {
	t.Helper()
	forClients := listen(t, m.address)
	var err error
	m.replica, err = server.Open(m.config)
	require.NoError(t, err)
	m.served = make(chan error, 1)
	m.door = redis.New(redis.Config{Service: m.replica})
	go func() { m.served <- m.door.Serve(forClients) }()
}

// stop ends the node as a signal would, and returns what ended its door before. It is fine to stop
// it twice.
func (m *member) stop() error {
	if m.door == nil {
		return nil
	}
	m.door.Close()
	m.replica.Close()
	m.door = nil
	return <-m.served
}

func (c cluster) waitUntilReady(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, m := range c {
			if m.door != nil && !m.replica.Status().Ready {
				return false
			}
		}
		return true
	}, soon, often, "no leader, or a node that does not follow")
}

func (c cluster) leader(t *testing.T) *member {
	t.Helper()
	var leader *member
	require.Eventually(t, func() bool {
		for _, m := range c {
			if m.door != nil && m.replica.Status().Role == "leader" {
				leader = m
			}
		}
		return leader != nil
	}, soon, often)
	return leader
}
