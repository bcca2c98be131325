package transport

// Goal: messages arrive whole, in order and from whom they say; a slow, absent or faulty peer costs
// messages, never time. Method: two nodes on loopback, one of them at times a bare socket.

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func TestMessagesArriveWholeAndInOrder(t *testing.T) {
	const messages = 500
	one, two := pair(t, nil)
	for k := range messages {
		p := withEntries(1, 2, k%17, bytes.Repeat([]byte{byte(k)}, k*k%5000))
		p.Message.Commit = protocol.Index(k)
		require.True(t, one.Send(p))
	}
	for k := range messages {
		got := <-two.handler.received
		require.Equal(t, protocol.Index(k), got.Message.Commit)
		require.Equal(t, uint64(k%17), got.Message.Entries.Len())
		require.Equal(t, bytes.Repeat([]byte{byte(k)}, k*k%5000), append([]byte{}, got.Payload...))
	}
	require.True(t, two.Send(heartbeat(2, 1, 7)), "and the other way")
	require.Equal(t, heartbeat(2, 1, 7).Message, (<-one.handler.received).Message)
}

func TestMessagesThatSayWhoDecidesArriveAsTheyWere(t *testing.T) {
	one, two := pair(t, nil)
	set := func(ids ...protocol.NodeID) (set protocol.NodeSet) {
		for _, id := range ids {
			set = set.With(id)
		}
		return set
	}
	joint := protocol.Configuration{Voters: set(1, 2, 3), Next: set(2, 3, 63), Learners: set(1, 5)}
	alone := protocol.Configuration{Voters: set(63)}
	entries := protocol.EntriesOf(
		protocol.Entry{Term: 3, Value: 1}, protocol.Entry{Term: 3, Value: protocol.Configured, Configuration: joint},
		protocol.Entry{Term: 4, Value: protocol.Configured, Configuration: alone}, protocol.Entry{Term: 4, Value: 1})
	for _, m := range []protocol.Message{
		{Type: protocol.AppendEntries, From: 1, To: 2, Term: 4, Prev: 7, PrevTerm: 2, Entries: entries, Commit: 8},
		{Type: protocol.InstallSnapshot, From: 1, To: 2, Term: 4, LastIndex: 9, LastTerm: 3, Configuration: joint},
		{Type: protocol.InstallSnapshot, From: 1, To: 2, Term: 4, LastIndex: 9, LastTerm: 3},
	} {
		require.True(t, one.Send(&Packet{Message: m, Number: 5, Payload: []byte("members")}))
		got := <-two.handler.received
		require.Equal(t, protocol.AppendMessage(nil, &m), protocol.AppendMessage(nil, &got.Message))
		require.Equal(t, m.Configuration, got.Message.Configuration)
		require.Equal(t, "members", string(got.Payload))
	}
}

func TestALargeMessageArrives(t *testing.T) {
	one, two := pair(t, nil)
	payload := bytes.Repeat([]byte("0123456789abcdef"), 1<<18)
	require.True(t, one.Send(withEntries(1, 2, 3, payload)))
	require.True(t, one.Send(heartbeat(1, 2, 5)))
	got := <-two.handler.received
	require.True(t, bytes.Equal(payload, got.Payload))
	require.Equal(t, protocol.Index(5), (<-two.handler.received).Message.Commit)
}

func TestSendDropsAndNeverBlocks(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Config)
		within func(LinkStatus) bool
	}{
		{"by count", func(c *Config) { c.QueueMessages = 100 }, func(s LinkStatus) bool { return s.QueuedFrames <= 100 }},
		{"by bytes", func(c *Config) { c.QueueBytes = 1 << 20 }, func(s LinkStatus) bool { return s.QueuedBytes <= 1<<20 }},
	} {
		t.Run(row.name, func(t *testing.T) {
			one, two := pair(t, row.change)
			two.handler.received = make(chan Packet) // Receive blocks until the test takes the message
			p := withEntries(1, 2, 16, make([]byte, 64<<10))
			began, dropped := time.Now(), 0
			for k := 0; dropped < 1000; k++ {
				if !one.Send(p) {
					dropped++
				}
				require.True(t, row.within(one.Peers()[0].Messages))
			}
			require.Less(t, time.Since(began), soon)
			require.EqualValues(t, dropped, one.Peers()[0].Messages.Dropped)
			go one.Close()
			go func() {
				for range two.handler.received {
				}
			}()
			two.Close()
			close(two.handler.received)
		})
	}
}

func TestAnEmptyQueueTakesAMessageAboveItsBound(t *testing.T) {
	one, two := pair(t, func(c *Config) { c.QueueBytes = 1000 })
	got := sendUntilReceived(t, one, two, withEntries(1, 2, 1, make([]byte, 100_000)))
	require.Len(t, got.Payload, 100_000)
}

func TestSendToNobodyIsDropped(t *testing.T) {
	one, _ := pair(t, nil)
	for _, to := range []protocol.NodeID{0, 1, 3, 63, 64, 255} {
		require.False(t, one.Send(heartbeat(1, to, 1)), "to %d", to)
	}
	one.Close()
	require.False(t, one.Send(heartbeat(1, 2, 1)), "after Close")
}

func TestReconnectsWhenThePeerReturns(t *testing.T) {
	one, two := pair(t, nil)
	address := two.Addr().String()
	for range 3 {
		two.Close()
		one.await(t, false)
		require.False(t, one.Send(heartbeat(1, 2, 1)))
		require.NotEmpty(t, one.Peers()[0].Messages.LastError)
		cfg := two.cfg
		cfg.Listener, cfg.Listen = nil, address
		two = start(t, cfg)
		sendUntilReceived(t, one, two, heartbeat(1, 2, 1))
	}
}
