package transport

// Goal: a peer that is named is dialled where its name says that it is now, also after it has come up elsewhere, and a stranger found there is not taken for it.
// Method: nodes on loopback, and a Dial that looks addresses up in a table which changes.

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestANameIsLookedUpAtEachDial(t *testing.T) {
	var at atomic.Value
	var looked atomic.Int32
	cfg := testConfig(1, map[protocol.NodeID]string{2: "two.test:7300"})
	cfg.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		looked.Add(1)
		if address != "two.test:7300" {
			address = "nowhere.test:1"
		} else {
			address = at.Load().(string)
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	before := alone(t, 2)
	at.Store(before.Addr().String())
	one := start(t, cfg)
	one.await(t, true)

	other := testConfig(2, nil) // what came to be at the old address is somebody else
	other.Secret = NewSecret()
	before.Close()
	stranger := start(t, other)
	at.Store(stranger.Addr().String())
	tried := looked.Load()
	require.Eventually(t, func() bool { return looked.Load() > tried+4 && one.Peers()[0].Messages.Cause == CauseSecret }, soon, tick)

	after := alone(t, 2)
	at.Store(after.Addr().String())
	one.await(t, true)
	require.True(t, one.Send(heartbeat(1, 2, 7)))
	require.Equal(t, protocol.Index(7), (<-after.handler.received).Message.Commit)
	require.Empty(t, stranger.handler.received)
}
