package transport

// Goal: of two nodes, of which only one can dial the other, both know which. Method: what one dials fails.

import (
	"context"
	"errors"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// oneWay starts a node that can't dial the other, and the other, which dials it.
func oneWay(t *testing.T) (deafTo, unheard *node) {
	t.Helper()
	cfg := testConfig(1, map[protocol.NodeID]string{2: "127.0.0.1:1"})
	cfg.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no way there") }
	first := start(t, cfg)
	second := start(t, testConfig(2, map[protocol.NodeID]string{1: first.Addr().String()}))
	require.Eventually(t, func() bool { return first.Peers()[0].Heard.Connected }, soon, tick)
	return first, second
}

func TestWhoCannotBeDialledIsKnownAtBothEnds(t *testing.T) {
	dialler, other := oneWay(t)
	require.Eventually(t, func() bool { return other.Peers()[0].Messages.Connected }, soon, tick)
	here := dialler.Peers()[0]
	require.False(t, here.Messages.Connected)
	require.Equal(t, "no way there", here.Messages.LastError)
	require.Positive(t, here.OneWay())
	s := other.Peers()[0]
	require.True(t, s.Messages.Connected)
	require.False(t, s.Heard.Connected)
	require.Positive(t, s.OneWay())
	require.LessOrEqual(t, s.OneWay(), s.Heard.For)
}

// isHeardAfterItsEnd reports whether a peer that was closed still counts as one that dials in, within a time.
func isHeardAfterItsEnd(t *testing.T, within time.Duration) bool {
	t.Helper()
	dialler, other := oneWay(t)
	other.Close()
	for end := time.Now().Add(within); time.Now().Before(end); runtime.Gosched() {
		if s := dialler.Peers()[0]; !s.Heard.Connected {
			return s.OneWay() != 0
		}
	}
	return true
}

func TestWhoEndsIsHeardNoMore(t *testing.T) { require.False(t, isHeardAfterItsEnd(t, soon)) }

func TestOneWayIsTheShorterOfTheTwo(t *testing.T) {
	s := PeerStatus{Peer: protocol.NodeID(2), Messages: LinkStatus{Connected: true, For: time.Minute}, Heard: HeardStatus{For: time.Second}}
	require.Equal(t, time.Second, s.OneWay())
	s.Heard.Connected = true
	require.Zero(t, s.OneWay())
}
