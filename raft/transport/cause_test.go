package transport

// Goal: why a peer can't be reached is told in a word, and for how long nothing came of it, pulses counted. Method: peers that are each of
// these, and one that stops to write.

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

// causeTo is why a node can't reach node 2 at an address.
func causeTo(t *testing.T, address string, spoil func(*Config)) Cause {
	t.Helper()
	cfg := testConfig(1, map[protocol.NodeID]string{2: address})
	spoil(&cfg)
	one := start(t, cfg)
	defer one.Close()
	var found LinkStatus
	require.Eventually(t, func() bool { found = one.Peers()[0].Messages; return found.LastError != "" }, soon, tick)
	require.False(t, found.Connected)
	return found.Cause
}

func TestWhyAPeerCannotBeReachedIsAWord(t *testing.T) {
	nothing := func(*Config) {}
	two := start(t, testConfig(2, silentPeerOne(t)))
	address := two.Addr().String()
	require.Equal(t, CauseNobody, causeTo(t, "127.0.0.1:1", nothing))
	require.Equal(t, CauseSecret, causeTo(t, address, func(c *Config) { c.Secret = NewSecret() }))
	require.Equal(t, CauseRefused, causeTo(t, address, func(c *Config) { c.Cluster[0]++ }))

	require.Equal(t, CauseSilent, causeOfSilence(t))

	dials := func(err error) func(*Config) {
		return func(c *Config) { c.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, err } }
	}
	require.Equal(t, CauseAddress, causeTo(t, address, dials(&net.DNSError{Err: "no such host", IsNotFound: true})))
	require.Equal(t, CauseBroken, causeTo(t, address, dials(errors.New("no way there"))))
	require.Equal(t, CauseBroken, causeOf(errDying), "who went away has refuted nothing")
	require.Empty(t, causeOf(nil))
}

// causeOfSilence is why a node can't reach one that takes connections and says nothing.
func causeOfSilence(t *testing.T) Cause {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer silent.Close()
	return causeTo(t, silent.Addr().String(), func(c *Config) { c.DialTimeout = 50 * time.Millisecond })
}

// silentPeerOne is node 1 at an address where nobody answers.
func silentPeerOne(t *testing.T) map[protocol.NodeID]string {
	return map[protocol.NodeID]string{1: reserve(t).Addr().String()}
}

func TestAReachedPeerHasNoCause(t *testing.T) {
	first := start(t, testConfig(1, map[protocol.NodeID]string{2: "127.0.0.1:1"}))
	second := start(t, testConfig(2, map[protocol.NodeID]string{1: first.Addr().String()}))
	require.Eventually(t, func() bool { return second.Peers()[0].Messages.Connected }, soon, tick)
	require.Empty(t, second.Peers()[0].Messages.Cause)
}

// quietOf is for how long a node has heard nothing of its peer, at least, while that pulsed for a while, and when it has been gone as long.
func quietOf(t *testing.T) (pulsing, gone time.Duration) {
	t.Helper()
	const span = 400 * time.Millisecond // eight pulses
	began := time.Now()
	first, second := oneWay(t)
	pulsing = quietLater(first)
	second.Close()
	ended := time.Now()
	require.Eventually(t, func() bool { return !first.Peers()[0].Heard.Connected && time.Since(ended) > span }, soon, tick)
	gone = first.Peers()[0].Heard.Quiet
	require.Less(t, gone, time.Since(began))
	return pulsing, gone
}

// quietLater is for how long a node has heard nothing of its peer, at least, once that has had time for some pulses.
func quietLater(n *node) time.Duration {
	const span = 400 * time.Millisecond
	least := time.Hour
	for began := time.Now(); time.Since(began) < 2*span; runtime.Gosched() {
		if time.Since(began) > span {
			least = min(least, n.Peers()[0].Heard.Quiet)
		}
	}
	return least
}

func TestForHowLongAPeerIsQuiet(t *testing.T) {
	pulsing, gone := quietOf(t)
	require.Less(t, pulsing, 200*time.Millisecond)
	require.GreaterOrEqual(t, gone, 400*time.Millisecond)
}
