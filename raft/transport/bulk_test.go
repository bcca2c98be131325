package transport

// Goal: bulk calls keep the contract of calls, on a connection that is there while it is used; and nobody, slow, stopped or
// hostile, makes a node hold more for them than its share, or holds up anything else by them. Method: pairs of nodes, bare
// sockets in the place of one, and a port whose writes the test holds up.

import (
	"context"
	"errors"
	"net"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

func bulkAsync(n *node, to protocol.NodeID, text string) chan result {
	return async(n.CallBulk, to, text, soon)
}

func TestABulkCallHasAConnectionOfItsOwn(t *testing.T) {
	one, two := pair(t, nil)
	require.False(t, one.Peers()[0].Bulk.Connected)
	require.EqualValues(t, 2, two.Port().Accepted, "nobody has made one")
	for _, length := range []int{0, 1, 1 << 20, MaxBulkBytes} {
		text := strings.Repeat("x", length)
		r := <-bulkAsync(one, 2, text)
		require.NoError(t, r.err)
		require.Equal(t, checksum([]byte(text)), checksum([]byte(r.response)))
	}
	require.True(t, one.Peers()[0].Bulk.Connected)
	require.EqualValues(t, 3, two.Port().Accepted)
	require.True(t, one.log.has(`kind="bulk calls"`))
	require.False(t, two.Peers()[0].Bulk.Connected, "of the other way nobody has made one")

	_, err := one.CallBulk(t.Context(), 2, make([]byte, MaxBulkBytes+1), time.Now().Add(soon))
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorContains(t, err, "larger than 4194312 bytes")
}

// dialsUnasked counts the dials of a node that makes no bulk call, of which two are right.
func dialsUnasked(t *testing.T, within time.Duration) int {
	var dials atomic.Int32
	cfg := testConfig(1, silentPeer(t))
	cfg.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
		dials.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	cfg.DialTimeout = time.Hour
	start(t, cfg)
	require.Eventually(t, func() bool { return dials.Load() >= 2 }, soon, tick)
	for end := time.Now().Add(within); time.Now().Before(end) && dials.Load() == 2; {
		runtime.Gosched()
	}
	return int(dials.Load())
}

func TestNobodyDialsForBulkCallsUnasked(t *testing.T) {
	require.Equal(t, 2, dialsUnasked(t, 20*time.Millisecond))
}

func TestBulkCallsAreAnsweredInAnyOrderAndBounded(t *testing.T) {
	one, _, requests := collecting(t, kindBulk, nil)
	var open []chan result
	for k := range OpenBulkCalls {
		open = append(open, bulkAsync(one, 2, string(rune('a'+k))))
	}
	var held []request
	for range OpenBulkCalls {
		held = append(held, <-requests) // all are there before the first is answered
	}
	_, err := one.CallBulk(t.Context(), 2, []byte("one too many"), time.Now().Add(soon))
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorIs(t, err, ErrFull)
	for k := len(held) - 1; k >= 0; k-- {
		held[k].reply([]byte("to " + held[k].text))
		held[k].reply([]byte("a second one, which is dropped"))
	}
	for k := range open {
		require.Equal(t, result{"to " + string(rune('a'+k)), nil}, <-open[k])
	}
}

func TestABulkCallThatCannotBeSent(t *testing.T) {
	cfg := testConfig(1, map[protocol.NodeID]string{2: reserve(t).Addr().String()})
	cfg.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no way there") }
	one := start(t, cfg)
	for to, told := range map[protocol.NodeID]string{2: "not connected: no way there", 1: "not a peer", 0: "not a peer", 200: "not a peer"} {
		_, err := one.CallBulk(t.Context(), to, []byte("anybody?"), time.Now().Add(soon))
		require.ErrorIs(t, err, ErrNotSent)
		require.NotErrorIs(t, err, ErrUnknown)
		require.ErrorContains(t, err, told)
	}
	one.Close()
	_, err := one.CallBulk(t.Context(), 2, nil, time.Now().Add(soon))
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorIs(t, err, ErrClosed)
}

// A peer that takes the connection and says nothing: who waits for it ends by its deadline, when it is given up, or with Close.
func TestABulkCallWaitsNoLongerThanItWants(t *testing.T) {
	cfg := testConfig(1, silentPeer(t))
	cfg.DialTimeout = time.Hour
	one := start(t, cfg)
	_, err := one.CallBulk(t.Context(), 2, nil, time.Now().Add(10*time.Millisecond))
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorContains(t, err, "not connected within")

	ctx, giveUp := context.WithCancelCause(t.Context())
	giveUp(errTest)
	_, err = one.CallBulk(ctx, 2, nil, time.Now().Add(soon))
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorIs(t, err, errTest)

	waiting := bulkAsync(one, 2, "")
	require.Eventually(t, func() bool {
		one.peer(2).bulk.demand.mu.Lock()
		defer one.peer(2).bulk.demand.mu.Unlock()
		return one.peer(2).bulk.demand.users == 1
	}, soon, tick)
	one.Close()
	require.ErrorIs(t, (<-waiting).err, ErrNotSent)
}

func TestABulkCallWhosePeerDies(t *testing.T) {
	one, two, requests := collecting(t, kindBulk, nil)
	open := bulkAsync(one, 2, "may be handled")
	<-requests
	two.Close()
	r := <-open
	require.ErrorIs(t, r.err, ErrUnknown)
	require.NotErrorIs(t, r.err, ErrNotSent)

	cfg := two.cfg
	cfg.Listener, cfg.Listen, cfg.Handler = nil, two.Addr().String(), newTestHandler()
	start(t, cfg)
	require.Eventually(t, func() bool {
		again := <-bulkAsync(one, 2, "again")
		return again.err == nil && again.response == "again"
	}, soon, tick, "the connection comes back when it is wanted")
}

func TestAnUnusedBulkConnectionIsGivenUp(t *testing.T) {
	one, two := pair(t, func(c *Config) { c.BulkIdle = time.Nanosecond })
	for used := range 3 {
		require.Equal(t, result{"used", nil}, <-bulkAsync(one, 2, "used"))
		require.Eventually(t, func() bool { return one.log.count("gave up a connection that nobody uses") == used+1 }, soon, tick)
		require.False(t, one.Peers()[0].Bulk.Connected)
		require.EqualValues(t, 3+used, two.Port().Accepted, "dialled for each use, and for nothing else")
	}
	require.Eventually(t, func() bool {
		two.mu.Lock()
		defer two.mu.Unlock()
		return two.incoming[end{1, kindBulk}] == nil
	}, soon, tick)
	require.False(t, one.log.has("lost the connection"))
	require.True(t, one.Peers()[0].Messages.Connected)
}

// breaksInUse has one of two bulk calls end while the other is open, and an unused connection given up at once; it returns what
// went wrong with them.
func breaksInUse(t *testing.T) error {
	one, _, requests := collecting(t, kindBulk, func(c *Config) { c.BulkIdle = time.Nanosecond })
	open := map[string]chan result{"first": bulkAsync(one, 2, "first"), "second": bulkAsync(one, 2, "second")}
	var came []request
	for range open {
		select {
		case r := <-requests:
			came = append(came, r)
		case r := <-open["first"]:
			return r.err
		case r := <-open["second"]:
			return r.err
		}
	}
	came[0].reply(nil)
	if r := <-open[came[0].text]; r.err != nil {
		return r.err
	}
	for range 100 { // time for what is wrong to go wrong
		_, err := one.Call(t.Context(), 2, nil, time.Now().Add(soon))
		require.NoError(t, err)
	}
	came[1].reply(nil)
	return (<-open[came[1].text]).err
}

func TestABulkConnectionInUseIsNotGivenUp(t *testing.T) { require.NoError(t, breaksInUse(t)) }

// gate holds up what is written in large pieces, such as bulk.
type gate struct {
	open chan struct{} // closed once it is open
}

// gated is a port whose connections are behind a gate.
type gated struct {
	net.Listener
	gate *gate
}

type gatedConn struct {
	net.Conn
	gate   *gate
	closed chan struct{}
	once   sync.Once
}

func (g gated) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &gatedConn{Conn: c, gate: g.gate, closed: make(chan struct{})}, nil
}

const large = 4 << 10 // more than any hello, and its certificate

func (c *gatedConn) Write(p []byte) (int, error) {
	if len(p) > large {
		select {
		case <-c.gate.open:
		case <-c.closed:
			return 0, net.ErrClosed
		}
	}
	return c.Conn.Write(p)
}

func (c *gatedConn) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// greetForBulk connects to a node in node 2's name.
func greetForBulk(t testing.TB, n *node) net.Conn {
	h := helloFrom2()
	h.kind = kindBulk
	c, answer := greetAs(t, n, h)
	require.Zero(t, answer.refusal)
	return c
}

// bulkRequests are some in one piece, numbered from first on.
func bulkRequests(first, n uint64, text string) (stream []byte) {
	for k := range n {
		stream = appendFrame(stream, frameRequest, order.AppendUint64(nil, first+k), []byte(text))
	}
	return stream
}

// heldForAStoppedReader has a peer ask for twice its share, and read nothing; it returns how much of its share counts as used
// when as many were answered as it may have open, and the rest of the test, in which it reads.
func heldForAStoppedReader(t *testing.T) (held int, goOn func()) {
	shut := &gate{open: make(chan struct{})}
	cfg := testConfig(1, silentPeer(t))
	cfg.Listener = gated{reserve(t), shut}
	handler, answered := newTestHandler(), make(chan struct{}, 100)
	handler.bulk = func(_ protocol.NodeID, _ []byte, reply func([]byte)) {
		reply(make([]byte, 1<<20))
		answered <- struct{}{}
	}
	cfg.Handler = handler
	one := start(t, cfg)
	c := greetForBulk(t, one)
	_, err := c.Write(bulkRequests(0, 2*OpenBulkCalls, "more"))
	require.NoError(t, err)
	for range OpenBulkCalls {
		<-answered
	}
	return len(one.shares[2]), func() {
		require.Empty(t, answered, "no more is read than can be answered")
		close(shut.open)
		r := frameReader{from: c}
		for k := range 2 * OpenBulkCalls {
			require.Equal(t, uint64(k), order.Uint64(nextFrame(t, &r, frameResponse)))
		}
		require.Eventually(t, func() bool { return len(one.shares[2]) == 0 }, soon, tick, "all is given back")
	}
}

func TestAStoppedReaderOfBulkHoldsItsShareAndNoMore(t *testing.T) {
	held, goOn := heldForAStoppedReader(t)
	require.Equal(t, OpenBulkCalls, held)
	goOn()
}

// shareByConnections has a peer that reads nothing open one connection after the other, and ask for its share by each; it returns
// how much of it counts as used, while none was answered.
func shareByConnections(t *testing.T) (used int) {
	cfg := testConfig(1, silentPeer(t))
	requests := collect(&cfg, kindBulk)
	one := start(t, cfg)
	old := greetForBulk(t, one)
	_, err := old.Write(bulkRequests(0, OpenBulkCalls, "old"))
	require.NoError(t, err)
	var open []request
	for range OpenBulkCalls {
		open = append(open, <-requests)
	}
	for range 3 {
		newer := greetForBulk(t, one)
		closes(t, old)
		_, err = newer.Write(bulkRequests(0, OpenBulkCalls, "newer"))
		require.NoError(t, err)
		old = newer
	}
	used = len(one.shares[2])
	for range 2 { // what was asked by connections that are gone makes room when it is answered
		open[0].reply([]byte("nobody reads this"))
		next := <-requests
		require.Equal(t, "newer", next.text)
		open = append(open[1:], next)
	}
	for _, r := range open {
		r.reply(nil)
	}
	return used
}

func TestAPeerHasOneShareOfBulkHoweverOftenItConnects(t *testing.T) {
	require.Equal(t, OpenBulkCalls, shareByConnections(t))
}

// TestBulkHoldsUpNothingElse: responses that nobody reads, and a host that keeps one request for ever.
func TestBulkHoldsUpNothingElse(t *testing.T) {
	shut := &gate{open: make(chan struct{})}
	leave := make(chan struct{})
	one, two := pair(t, func(c *Config) {
		c.Listener = gated{c.Listener, shut}
		handler := newTestHandler()
		handler.bulk = func(_ protocol.NodeID, text []byte, reply func([]byte)) {
			if string(text) == "stay" {
				<-leave
			}
			reply(make([]byte, 1<<20))
		}
		c.Handler = handler
	})
	var open []chan result
	for _, text := range []string{"a", "b", "stay"} {
		open = append(open, bulkAsync(one, 2, text), bulkAsync(two, 1, text))
	}
	for k := range 200 {
		require.NoError(t, (<-callAsync(one, 2, "call", soon)).err)
		require.True(t, one.Send(heartbeat(1, 2, k)))
		require.Equal(t, protocol.Index(k), (<-two.handler.received).Message.Commit)
	}
	close(leave)
	close(shut.open)
	for _, o := range open {
		r := <-o
		require.NoError(t, r.err)
		require.Len(t, r.response, 1<<20)
	}
}

func TestANewerBulkConnectionReplacesTheOldAndNothingElse(t *testing.T) {
	one := start(t, testConfig(1, silentPeer(t)))
	messages, _ := greetAs(t, one, helloFrom2())
	old := greetForBulk(t, one)
	newer := greetForBulk(t, one)
	closes(t, old)
	_, err := newer.Write(bulkRequests(7, 1, "echo"))
	require.NoError(t, err)
	require.Equal(t, append(order.AppendUint64(nil, 7), "echo"...), nextFrame(t, &frameReader{from: newer}, frameResponse))
	_, err = messages.Write(appendFrame(nil, frameMessage, appendHead(nil, heartbeat(2, 1, 1)), nil))
	require.NoError(t, err)
	require.Equal(t, protocol.Index(1), (<-one.handler.received).Message.Commit)
	one.Condemn(2, RolledBack)
	closes(t, newer)
}
