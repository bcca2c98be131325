package transport

// Goal: a connection that says something wrong, says nothing, or was replaced by a newer one ends, and
// its link comes back; nobody can hold connections by saying nothing. Method: bare sockets in the place of node 2, and
// a connection that flips a bit.

import (
	"bytes"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// flipper flips a bit of the next write, once armed.
type flipper struct {
	net.Conn
	armed *atomic.Bool
}

func (f flipper) Write(p []byte) (int, error) {
	if f.armed.CompareAndSwap(true, false) {
		p = bytes.Clone(p)
		p[len(p)-1] ^= 0x10
	}
	return f.Conn.Write(p)
}

func TestADamagedMessageIsNotReceived(t *testing.T) {
	var armed atomic.Bool
	one, two := pair(t, func(c *Config) {
		c.Dial = wrappedDial(func(nc net.Conn) net.Conn { return flipper{nc, &armed} })
	})
	armed.Store(true)
	require.True(t, one.Send(withEntries(1, 2, 1, make([]byte, 100))))
	require.Eventually(t, func() bool { return one.log.has("lost the connection to a peer") }, soon, tick)
	require.False(t, armed.Load())
	require.Empty(t, two.handler.received)
	got := sendUntilReceived(t, one, two, withEntries(1, 2, 1, []byte("whole")))
	require.Equal(t, "whole", string(got.Payload))
}

func TestWhatAPeerMayNotSayEndsItsConnection(t *testing.T) {
	message := func(m protocol.Message) []byte { return protocol.AppendMessage(nil, &m) }
	for _, row := range []struct {
		name string
		kind kind
		t    frameType
		body []byte
		told string
	}{
		{"in another's name", kindMessages, frameMessage, message(heartbeat(3, 1, 1).Message), "a message from 3 to 1"},
		{"to another", kindMessages, frameMessage, message(heartbeat(2, 3, 1).Message), "a message from 2 to 3"},
		{"no message", kindMessages, frameMessage, []byte("abc"), "a message of 3 bytes"},
		{"a message without its number", kindMessages, frameMessage, message(heartbeat(2, 1, 1).Message), "a message without its number"},
		{"a digest that is cut", kindMessages, frameDigest, make([]byte, 16), "a digest of 16 bytes"},
		{"a digest of no entry", kindMessages, frameDigest, bytes.Repeat([]byte{255}, 17), "a digest after entry 18446744073709551615"},
		{"an accusation that is cut", kindMessages, frameAccusation, make([]byte, 9), "an accusation of 9 bytes"},
		{"an accusation of nobody", kindMessages, frameAccusation, make([]byte, 10), "an accusation of node 0"},
		{"an accusation for nothing", kindMessages, frameAccusation, []byte{2, 0, 0, 0, 0, 0, 0, 0, 0, 0}, "an accusation of node 2 for reason 0"},
		{"an accusation among calls", kindCalls, frameAccusation, make([]byte, 10), "a frame of type 6 on a connection for calls"},
		{"a request among messages", kindMessages, frameRequest, make([]byte, 9), "a frame of type 3 on a connection for messages"},
		{"a message among calls", kindCalls, frameMessage, message(heartbeat(2, 1, 1).Message), "a frame of type 2 on a connection for calls"},
		{"a request without its number", kindCalls, frameRequest, make([]byte, 7), "a frame of type 3"},
		{"a response to nothing", kindCalls, frameResponse, make([]byte, 9), "a frame of type 4"},
		{"a message among bulk calls", kindBulk, frameMessage, message(heartbeat(2, 1, 1).Message), "a frame of type 2 on a connection for bulk calls"},
		{"a bulk request without its number", kindBulk, frameRequest, make([]byte, 7), "a frame of type 3 on a connection for bulk calls"},
		{"a bulk response to nothing", kindBulk, frameResponse, make([]byte, 9), "a frame of type 4 on a connection for bulk calls"},
		{"an unknown frame", kindCalls, 77, nil, "a frame of type 77"},
	} {
		t.Run(row.name, func(t *testing.T) {
			one := start(t, testConfig(1, silentPeer(t)))
			h := helloFrom2()
			h.kind = row.kind
			c, answer := greetAs(t, one, h)
			require.Zero(t, answer.refusal)
			_, err := c.Write(appendFrame(nil, row.t, row.body, nil))
			require.NoError(t, err)
			closes(t, c)
			require.Eventually(t, func() bool { return one.log.has(row.told) }, soon, tick)
			require.Empty(t, one.handler.received)
		})
	}
}

// acceptAs answers one hello in node 2's name.
func acceptAs(t *testing.T, listener net.Listener) net.Conn {
	c := acceptFrom(t, listener)
	h, err := readHello(c)
	require.NoError(t, err)
	answer := helloFrom2()
	answer.kind = h.kind
	_, err = c.Write(answer.encode())
	require.NoError(t, err)
	word, err := readHello(c)
	require.NoError(t, err)
	require.Equal(t, h, word, "the dialler accepts the answer")
	return c
}

func TestAStrayFrameEndsADialledConnection(t *testing.T) {
	listener := reserve(t)
	one := start(t, testConfig(1, map[protocol.NodeID]string{2: listener.Addr().String()}))
	for range 2 {
		c := acceptAs(t, listener)
		_, err := c.Write(appendFrame(nil, frameRequest, make([]byte, 9), nil))
		require.NoError(t, err)
		closes(t, c)
	}
	require.Eventually(t, func() bool {
		return one.log.has("type 3 on a connection for messages") && one.log.has("type 3 on a connection for calls")
	}, soon, tick)
}

func TestBothSidesGiveUpASilentPeer(t *testing.T) {
	listener := reserve(t)
	cfg := testConfig(1, map[protocol.NodeID]string{2: listener.Addr().String()})
	cfg.Pulse, cfg.Silence = 10*time.Millisecond, 50*time.Millisecond
	one := start(t, cfg)
	dialled := acceptAs(t, listener)
	accepted, _ := greetAs(t, one, helloFrom2())
	closes(t, dialled)
	closes(t, accepted)
	require.Eventually(t, func() bool { return one.log.has("nothing was heard for too long") }, soon, tick)
}

func TestPulsesKeepAnIdleConnection(t *testing.T) {
	cfg := testConfig(1, silentPeer(t))
	cfg.Pulse = 10 * time.Millisecond
	one := start(t, cfg)
	c, answer := greetAs(t, one, hello{kind: kindCalls, min: minVersion, max: maxVersion, from: 2, to: 1, cluster: testCluster, folder: onlyStart(22)})
	require.Zero(t, answer.refusal)
	for range 5 {
		var b [headerBytes]byte
		_, err := io.ReadFull(c, b[:])
		require.NoError(t, err)
		require.Equal(t, appendFrame(nil, framePulse, nil, nil), b[:], "nothing else is said")
	}
}

func TestAPeerThatStopsReadingIsGivenUp(t *testing.T) {
	listener := reserve(t)
	cfg := testConfig(1, map[protocol.NodeID]string{2: listener.Addr().String()})
	cfg.Pulse, cfg.Silence = 10*time.Millisecond, 50*time.Millisecond
	one := start(t, cfg)
	go func() { // node 2 says that it is there, and reads nothing
		for {
			below, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer below.Close()
				c, err := testSecret.Server(below)
				if err != nil {
					return
				}
				h, err := readHello(c)
				answer := helloFrom2()
				answer.kind = h.kind
				for b := answer.encode(); err == nil; b = appendFrame(nil, framePulse, nil, nil) {
					_, err = c.Write(b)
				}
			}()
		}
	}()
	big := withEntries(1, 2, 1, make([]byte, 1<<20))
	require.Eventually(t, func() bool {
		one.Send(big)
		return one.log.has("the peer did not read for 50ms")
	}, soon, tick)
}

// TestANewerConnectionReplacesTheOld: what the old one brought is handled to its end before the new one's first
// message.
func TestANewerConnectionReplacesTheOld(t *testing.T) {
	cfg := testConfig(1, silentPeer(t))
	handler := newTestHandler()
	handler.received = make(chan Packet)
	cfg.Handler = handler
	one := start(t, cfg)
	say := func(c net.Conn, number int) {
		_, err := c.Write(appendFrame(nil, frameMessage, appendHead(nil, heartbeat(2, 1, number)), nil))
		require.NoError(t, err)
	}
	old, _ := greetAs(t, one, helloFrom2())
	say(old, 1) // Receive blocks on it, or will
	held := one.handler.received
	first := <-held
	say(old, 2)
	newer, _ := greetAs(t, one, helloFrom2())
	say(newer, 3)
	closes(t, old)
	second := <-held
	require.Equal(t, protocol.Index(1), first.Message.Commit)
	if second.Message.Commit == 2 { // read before it was replaced
		second = <-held
	}
	require.Equal(t, protocol.Index(3), second.Message.Commit)
	calls, answer := greetAs(t, one, hello{kind: kindCalls, min: minVersion, max: maxVersion, from: 2, to: 1, cluster: testCluster, folder: onlyStart(22)})
	require.Zero(t, answer.refusal)
	say(newer, 4)
	require.Equal(t, protocol.Index(4), (<-held).Message.Commit, "a connection for calls replaces none for messages")
	calls.Close()
}

// TestMessagesOfOnePeerComeOneAtATime: while the host has a message, none comes from a newer connection either.
func TestMessagesOfOnePeerComeOneAtATime(t *testing.T) {
	cfg := testConfig(1, silentPeer(t))
	host := &slowHost{entered: make(chan protocol.Index, 2), leave: make(chan struct{})}
	cfg.Handler = host
	one := start(t, cfg)
	defer close(host.leave) // so that a failure ends
	for number := 1; number <= 2; number++ {
		c, _ := greetAs(t, one, helloFrom2())
		_, err := c.Write(appendFrame(nil, frameMessage, appendHead(nil, heartbeat(2, 1, number)), nil))
		require.NoError(t, err)
		if number == 1 {
			require.Equal(t, protocol.Index(1), <-host.entered)
		}
	}
	require.Never(t, func() bool { return len(host.entered) > 0 }, 50*time.Millisecond, tick)
	host.leave <- struct{}{}
	require.Equal(t, protocol.Index(2), <-host.entered)
}

// slowHost says when a message comes, and keeps it until the test lets it go.
type slowHost struct {
	testHandler
	entered chan protocol.Index
	leave   chan struct{}
}

func (h *slowHost) Receive(p *Packet) {
	h.entered <- p.Message.Commit
	<-h.leave
}

func TestAStrangerThatSaysNothingIsGivenUp(t *testing.T) {
	cfg := testConfig(1, silentPeer(t))
	cfg.DialTimeout = 20 * time.Millisecond
	one := start(t, cfg)
	c, err := net.Dial("tcp", one.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	closes(t, c)
}
