package transport

// Goal: whatever changes of a node's peers, sends, calls and breaks come in whatever order, a message comes to the address that its peer
// had when it was sent, or to none, in the order sent; and nothing is left of who was removed. Method: drawn steps of one node that
// is dialled by nobody, beside nodes 2 and 3, each at two addresses; what each of the four gets is compared with what was sent.

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// ports are nodes 2 and 3 at two addresses each, and what was called there.
type ports struct {
	nodes  [4]*node
	mu     sync.Mutex
	called map[string]int // by text: at which
	number int            // of the last message, of all runs
}

func newPorts(t *testing.T) *ports {
	p := &ports{called: map[string]int{}}
	for k := range p.nodes {
		handler := newTestHandler()
		handler.answer = func(_ protocol.NodeID, request []byte, reply func([]byte)) {
			p.mu.Lock()
			p.called[string(request)] = k
			p.mu.Unlock()
			reply(request)
		}
		handler.bulk = handler.answer
		cfg := testConfig(protocol.NodeID(2+k/2), nil)
		cfg.Handler = handler
		p.nodes[k] = start(t, cfg)
	}
	return p
}

// changing is one drawn history.
type changing struct {
	*ports
	t      *rapid.T
	one    *node
	way    *way
	at     map[protocol.NodeID]int // at which of the ports a peer is
	sentTo map[int]int             // of the messages that were taken
	last   [4]int                  // what each got last
}

func (c *changing) peer() protocol.NodeID {
	return protocol.NodeID(rapid.IntRange(2, 3).Draw(c.t, "peer"))
}

func (c *changing) set() {
	id := c.peer()
	c.at[id] = 2*int(id-2) + rapid.IntRange(0, 1).Draw(c.t, "address")
	c.one.SetPeer(id, c.nodes[c.at[id]].Addr().String())
}

func (c *changing) remove() {
	id := c.peer()
	delete(c.at, id)
	c.one.RemovePeer(id)
}

func (c *changing) send() {
	id := c.peer()
	for range rapid.IntRange(1, 20).Draw(c.t, "messages") {
		c.number++
		if c.one.Send(heartbeat(1, id, c.number)) {
			to, is := c.at[id]
			require.True(c.t, is, "taken for node %d, which is no peer", id)
			c.sentTo[c.number] = to
		}
	}
}

func (c *changing) call() {
	id, bulk := c.peer(), rapid.Bool().Draw(c.t, "bulk")
	c.number++
	text, call := fmt.Sprint("call ", c.number), c.one.Call
	if bulk {
		call = c.one.CallBulk
	}
	response, err := call(c.t.Context(), id, []byte(text), time.Now().Add(soon))
	c.mu.Lock()
	at, came := c.called[text]
	c.mu.Unlock()
	to, is := c.at[id]
	switch {
	case err == nil:
		require.Equal(c.t, text, string(response))
		require.True(c.t, is && came && at == to, "call to node %d at %d came to %d", id, to, at)
	case errors.Is(err, ErrNotSent):
		require.False(c.t, came, err)
		require.Equal(c.t, !is, errors.Is(err, ErrNotPeer), err)
	default:
		require.ErrorIs(c.t, err, ErrUnknown)
		require.True(c.t, is, err)
	}
}

// rest waits until all peers are connected.
func (c *changing) rest() {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		for _, s := range c.one.Peers() {
			if !s.Messages.Connected || !s.Calls.Connected {
				return false
			}
		}
		return true
	}, soon, tick)
}

// breaks ends all that was dialled.
func (c *changing) breaks() { c.way.breaks(nil) }

// check compares what has come with what was sent.
func (c *changing) check() {
	require.Len(c.t, c.one.Peers(), len(c.at))
	for k, n := range c.nodes {
		for len(n.handler.received) > 0 {
			number := int((<-n.handler.received).Message.Commit)
			to, sent := c.sentTo[number]
			require.True(c.t, sent && to == k, "message %d came to %d, it was sent to %d", number, k, to)
			require.Greater(c.t, number, c.last[k], "in the order sent")
			c.last[k] = number
		}
	}
}

// end has a message arrive at each peer, removes all, and waits until nothing is left of them.
func (c *changing) end(before int) {
	for id, k := range c.at {
		require.Eventually(c.t, func() bool {
			c.number++
			if c.one.Send(heartbeat(1, id, c.number)) {
				c.sentTo[c.number] = k
			}
			was := c.last[k]
			c.check()
			return c.last[k] > was
		}, soon, tick)
	}
	for id := range c.at {
		c.one.RemovePeer(id)
	}
	clear(c.at)
	require.Eventually(c.t, func() bool { return liveLinks() == before }, soon, tick)
	c.check()
}

func TestMessagesComeToWhereTheirPeerIs(t *testing.T) {
	p := newPorts(t)
	rapid.Check(t, func(rt *rapid.T) {
		before := liveLinks()
		c := &changing{ports: p, t: rt, way: &way{}, at: map[protocol.NodeID]int{}, sentTo: map[int]int{}}
		cfg := testConfig(1, nil)
		cfg.Dial = c.way.dial
		c.one = start(t, cfg)
		defer c.one.Close()
		for k := range c.last {
			c.last[k] = p.number
		}
		steps := map[string]func(){"set": c.set, "remove": c.remove, "send": c.send, "call": c.call, "rest": c.rest, "break": c.breaks}
		names := []string{"set", "set", "set", "remove", "send", "send", "send", "call", "rest", "rest", "break"}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			steps[rapid.SampledFrom(names).Draw(rt, "step")]()
			c.check()
		}
		if rapid.IntRange(0, 3).Draw(rt, "close") == 0 {
			c.one.Close()
			require.False(rt, c.one.Send(heartbeat(1, 2, 1)))
			require.Eventually(rt, func() bool { return liveLinks() == before }, soon, tick)
			c.drain()
			return
		}
		c.end(before)
		c.one.Close()
		c.drain()
	})
}

// drain waits until nothing of this run can come any more, for the next one.
func (c *changing) drain() {
	for _, n := range c.nodes {
		require.Eventually(c.t, func() bool {
			n.mu.Lock()
			defer n.mu.Unlock()
			return len(n.incoming) == 0 && len(n.open) == 0
		}, soon, tick)
	}
	clear(c.at)
	for k, n := range c.nodes {
		for len(n.handler.received) > 0 {
			number := int((<-n.handler.received).Message.Commit)
			require.Equal(c.t, k, c.sentTo[number])
			require.Greater(c.t, number, c.last[k])
			c.last[k] = number
		}
	}
}
