package transport

// Goal: two ends speak the highest version that both do, by every kind of connection, whoever dials; where there is none neither talks to the other, and both say which
// of the two has to be upgraded. Method: a table of the versions of two nodes; a frame of one version is none in another one.

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// inVersions starts two nodes of one cluster that speak these.
func inVersions(t testing.TB, first, second versions) (one, two *node) {
	l1, l2 := reserve(t), reserve(t)
	c1 := testConfig(1, map[protocol.NodeID]string{2: l2.Addr().String()})
	c2 := testConfig(2, map[protocol.NodeID]string{1: l1.Addr().String()})
	c1.Listener, c2.Listener, c1.versions, c2.versions = l1, l2, first, second
	return start(t, c1), start(t, c2)
}

// askIn asks a node as one that speaks these.
func askIn(n *node, v versions) ([]byte, error) {
	return Ask(context.Background(), AskConfig{Secret: testSecret, Address: n.Addr().String(), versions: v}, []byte("anybody?"))
}

// talk has two nodes say each other something by every kind of connection; it returns what went wrong.
func talk(t testing.TB, first, second versions) error {
	one, two := inVersions(t, first, second)
	for _, way := range []struct{ from, to *node }{{one, two}, {two, one}} {
		from, to := way.from, way.to
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if _, err := callUntilSent(ctx, from.Call, to.cfg.Node); err != nil {
			return fmt.Errorf("call: %w", err)
		}
		if _, err := callUntilSent(ctx, from.CallBulk, to.cfg.Node); err != nil {
			return fmt.Errorf("bulk: %w", err)
		}
		for received := false; !received; {
			from.Send(heartbeat(from.cfg.Node, to.cfg.Node, 1))
			select {
			case <-to.handler.received:
				received = true
			case <-ctx.Done():
				return errors.New("no message arrives")
			case <-time.After(tick):
			}
		}
	}
	_, err := askIn(one, second)
	return err
}

// callUntilSent repeats a call until it has left this node.
func callUntilSent(ctx context.Context, call func(context.Context, protocol.NodeID, []byte, time.Time) ([]byte, error), to protocol.NodeID) ([]byte, error) {
	for {
		response, err := call(ctx, to, []byte("anybody?"), time.Now().Add(5*time.Second))
		if ctx.Err() != nil || !errors.Is(err, ErrNotSent) {
			return response, err
		}
	}
}

func TestTheHighestVersionThatBothSpeakIsSpoken(t *testing.T) {
	for _, row := range []struct {
		first, second versions
		spoken        uint8
	}{
		{versions{5, 5}, versions{5, 5}, 5},
		{versions{5, 6}, versions{5, 5}, 5},
		{versions{5, 5}, versions{5, 6}, 5},
		{versions{5, 6}, versions{5, 6}, 6},
		{versions{5, 6}, versions{6, 7}, 6},
		{versions{6, 9}, versions{5, 7}, 7},
	} {
		t.Run(fmt.Sprint(row.first, row.second), func(t *testing.T) {
			t.Parallel()
			require.NoError(t, talk(t, row.first, row.second))
			one, two := inVersions(t, row.first, row.second)
			for _, n := range []*node{one, two} {
				require.Eventually(t, func() bool {
					s := n.Peers()[0]
					return s.Messages.Version == row.spoken && s.Calls.Version == row.spoken
				}, soon, tick)
			}
			two.Close()
			require.Eventually(t, func() bool { return one.Peers()[0].Calls.Version == 0 }, soon, tick, "nothing is spoken with who is not there")
		})
	}
}

func TestTwoThatShareNoVersionAreToldWhoIsTooOld(t *testing.T) {
	old, late := versions{5, 5}, versions{6, 7}
	one, two := inVersions(t, old, late)
	for n, told := range map[*node]string{
		one: "we speak 5 to 5, node 2 speaks 6 to 7; this side's program is too old: start it with one that speaks 6; upgrade one version at a time",
		two: "we speak 6 to 7, node 1 speaks 5 to 5; the program of node 1 is too old: start it with one that speaks 6; upgrade one version at a time",
	} {
		require.Eventually(t, func() bool {
			s := n.Peers()[0]
			return s.Messages.Cause == CauseRefused && s.Calls.Cause == CauseRefused && n.log.has(told)
		}, soon, tick, "%s", told)
		require.False(t, n.Peers()[0].Messages.Connected)
		require.Zero(t, n.handler.remembered.Load())
	}
	for _, row := range []struct {
		asked *node
		asks  versions
		told  string
	}{
		{one, late, "we speak 6 to 7, node 1 speaks 5 to 5; the program of node 1 is too old"},
		{two, old, "we speak 5 to 5, node 2 speaks 6 to 7; this side's program is too old"},
	} {
		_, err := askIn(row.asked, row.asks)
		var refused *RefusedError
		require.ErrorAs(t, err, &refused)
		require.ErrorIs(t, err, ErrNotSent)
		require.Equal(t, OtherVersion, refused.Refusal)
		require.True(t, refused.ByPeer)
		require.Contains(t, refused.Detail, row.told)
	}
}

func TestAFrameOfOneVersionIsNoneInAnother(t *testing.T) {
	for written := uint8(5); written < 9; written++ {
		b := appendFrameOf(written, nil, frameRequest, []byte("head"), []byte("tail"))
		for read := uint8(5); read < 9; read++ {
			r := frameReader{from: &repeating{frame: b}, version: read}
			_, body, err := r.next()
			if read == written {
				require.NoError(t, err)
				require.Equal(t, "headtail", string(body))
				continue
			}
			require.ErrorIs(t, err, ErrFrame)
		}
	}
	require.Equal(t, appendFrame(nil, framePulse, nil, nil), appendFrameOf(5, nil, framePulse, nil, nil), "as it was before there was a mark")
}
