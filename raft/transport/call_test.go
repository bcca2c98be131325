package transport

// Goal: a response answers its own request; an error says truly whether the request may have been
// handled. Method: two nodes on loopback, one answering as the test wants; connections whose writes the test
// holds up and breaks at a chosen byte.

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// request is a request that waits for the test's reply.
type request struct {
	text  string
	reply func([]byte)
}

// collect has a node hand the requests of one kind, calls or bulk calls, to the returned channel.
func collect(c *Config, of kind) chan request {
	requests := make(chan request, 1<<12)
	handler := newTestHandler()
	take := func(_ protocol.NodeID, text []byte, reply func([]byte)) { requests <- request{string(text), reply} }
	if of == kindBulk {
		handler.bulk = take
	} else {
		handler.answer = take
	}
	c.Handler = handler
	return requests
}

// collecting starts a pair of which node 2 answers no request of one kind by itself.
func collecting(t testing.TB, of kind, change func(*Config)) (one, two *node, requests chan request) {
	one, two = pair(t, func(c *Config) {
		if c.Node == 2 {
			requests = collect(c, of)
		}
		if change != nil {
			change(c)
		}
	})
	return one, two, requests
}

// result is what a call returned.
type result struct {
	response string
	err      error
}

// async calls and hands on what comes back.
func async(
	call func(context.Context, protocol.NodeID, []byte, time.Time) ([]byte, error), to protocol.NodeID, text string, within time.Duration,
) chan result {
	done := make(chan result, 1)
	go func() {
		response, err := call(context.Background(), to, []byte(text), time.Now().Add(within))
		done <- result{string(response), err}
	}()
	return done
}

func callAsync(n *node, to protocol.NodeID, text string, within time.Duration) chan result {
	return async(n.Call, to, text, within)
}

func TestCallsAreAnsweredInAnyOrder(t *testing.T) {
	const calls = 64
	one, _, requests := collecting(t, kindCalls, nil)
	var open []chan result
	for k := range calls {
		open = append(open, callAsync(one, 2, fmt.Sprint("request ", k), soon))
	}
	var held []request
	for range calls {
		held = append(held, <-requests) // all are there before the first is answered
	}
	for k := len(held) - 1; k >= 0; k-- {
		held[k].reply([]byte("response to " + held[k].text))
		held[k].reply([]byte("a second one, which is dropped"))
	}
	for k := range calls {
		require.Equal(t, result{fmt.Sprint("response to request ", k), nil}, <-open[k])
	}
}

func TestCallsOfManyGoroutinesBothWays(t *testing.T) {
	one, two := pair(t, nil)
	var group sync.WaitGroup
	var failed atomic.Pointer[string]
	for g := range 16 {
		from, to := one, protocol.NodeID(2)
		if g%2 == 0 {
			from, to = two, 1
		}
		group.Go(func() {
			for k := range 100 {
				text := fmt.Sprint(g, " ", k)
				from.Send(heartbeat(from.cfg.Node, to, k))
				if r := <-callAsync(from, to, text, soon); r.err != nil || r.response != text {
					wrong := fmt.Sprintf("%s: %v", text, r)
					failed.Store(&wrong)
				}
				from.Peers()
			}
		})
	}
	group.Wait()
	require.Nil(t, failed.Load())
	require.NotEmpty(t, one.handler.received)
	require.NotEmpty(t, two.handler.received)
}

func TestLargeAndEmptyCalls(t *testing.T) {
	one, _ := pair(t, nil)
	for _, length := range []int{0, 1, 5 << 20} {
		text := string(make([]byte, length))
		r := <-callAsync(one, 2, text, soon)
		require.NoError(t, r.err)
		require.Equal(t, checksum([]byte(text)), checksum([]byte(r.response)))
	}
	_, err := one.Call(t.Context(), 2, make([]byte, MaxFrameBytes), time.Now().Add(soon))
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorContains(t, err, "larger than 67108864 bytes")
}

func TestACallThatCannotBeSent(t *testing.T) {
	one := start(t, testConfig(1, silentPeer(t)))
	for _, row := range []struct {
		to   protocol.NodeID
		told string
	}{{2, "not connected"}, {1, "not a peer"}, {0, "not a peer"}, {200, "not a peer"}} {
		_, err := one.Call(t.Context(), row.to, []byte("anybody?"), time.Now().Add(soon))
		require.ErrorIs(t, err, ErrNotSent)
		require.NotErrorIs(t, err, ErrUnknown)
		require.ErrorContains(t, err, fmt.Sprintf("call node %d", row.to))
		require.ErrorContains(t, err, row.told)
	}
	one.Close()
	_, err := one.Call(t.Context(), 2, nil, time.Now().Add(soon))
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorIs(t, err, ErrClosed)
}

func TestACallWhoseDeadlinePassed(t *testing.T) {
	one, _, requests := collecting(t, kindCalls, nil)
	_, err := one.Call(t.Context(), 2, []byte("too late"), time.Now())
	require.ErrorIs(t, err, ErrNotSent)

	r := result{err: ErrNotSent}
	for patience := 20 * time.Millisecond; errors.Is(r.err, ErrNotSent) && patience < soon; patience *= 2 { // a slow machine sends nothing in 20 ms
		r = <-callAsync(one, 2, "first", patience)
	}
	require.ErrorIs(t, r.err, ErrUnknown)
	require.NotErrorIs(t, r.err, ErrNotSent)
	second := callAsync(one, 2, "second", soon)
	late := <-requests
	require.Equal(t, "first", late.text, "the request that was given up was handled")
	late.reply([]byte("nobody waits for this"))
	(<-requests).reply([]byte("in time"))
	require.Equal(t, result{"in time", nil}, <-second)
}

func TestACallWhosePeerDiesAfterItWasSent(t *testing.T) {
	one, two, requests := collecting(t, kindCalls, nil)
	open := callAsync(one, 2, "may be handled", soon)
	<-requests
	two.Close()
	r := <-open
	require.ErrorIs(t, r.err, ErrUnknown)
	require.NotErrorIs(t, r.err, ErrNotSent)
	one.await(t, false)
	_, err := one.Call(t.Context(), 2, []byte("once more"), time.Now().Add(soon))
	require.ErrorIs(t, err, ErrNotSent)
}

func TestOwnCloseEndsOpenCalls(t *testing.T) {
	one, _, requests := collecting(t, kindCalls, nil)
	open := callAsync(one, 2, "may be handled", soon)
	<-requests
	one.Close()
	require.ErrorIs(t, (<-open).err, ErrUnknown)
}

// sealBytes is what TLS adds to a piece.
const sealBytes = 22

// brittle is a connection on which writes wait for the test once held is set, and then break when allowed bytes
// were written.
type brittle struct {
	net.Conn
	held    *atomic.Bool
	waiting chan struct{} // a write waits
	allowed chan int      // how many of its bytes may go out
}

func (b *brittle) Write(p []byte) (int, error) {
	if !b.held.Load() || len(p) == headerBytes+sealBytes {
		return b.Conn.Write(p) // hellos, pulses
	}
	b.waiting <- struct{}{}
	n, err := b.Conn.Write(p[:min(len(p), <-b.allowed)])
	b.Close()
	return n, errors.Join(errTest, err)
}

// TestABrokenWriteTellsWhatLeft: of requests a, b, c, of which a is being written while b and c wait, the
// connection breaks after so many bytes of a.
func TestABrokenWriteTellsWhatLeft(t *testing.T) {
	for _, row := range []struct {
		allowed int
		first   error
	}{
		{0, ErrNotSent},
		{1, ErrUnknown},
		{headerBytes, ErrUnknown},
		{math.MaxInt, ErrUnknown},
	} {
		t.Run(fmt.Sprint(row.allowed), func(t *testing.T) {
			held := brittle{held: new(atomic.Bool), waiting: make(chan struct{}), allowed: make(chan int)}
			one, _, requests := collecting(t, kindCalls, func(c *Config) {
				if c.Node == 1 {
					c.Dial = wrappedDial(func(nc net.Conn) net.Conn {
						b := held
						b.Conn = nc
						return &b
					})
				}
			})
			held.held.Store(true)
			a := callAsync(one, 2, "a", soon)
			<-held.waiting
			b, c := callAsync(one, 2, "b", soon), callAsync(one, 2, "c", soon)
			require.Eventually(t, func() bool { return one.Peers()[0].Calls.QueuedFrames == 3 }, soon, tick)
			held.held.Store(false)
			held.allowed <- row.allowed
			require.ErrorIs(t, (<-a).err, row.first)
			require.ErrorIs(t, (<-b).err, ErrNotSent)
			require.ErrorIs(t, (<-c).err, ErrNotSent)
			one.await(t, true)
			require.EqualValues(t, 2, one.Peers()[0].Calls.Dropped, "what waited is counted")
			next := callAsync(one, 2, "next", soon)
			got := <-requests
			if row.allowed == math.MaxInt && got.text == "a" { // unknown: it may be handled, or be lost to the reset
				got = <-requests
			}
			require.Equal(t, "next", got.text, "what was called not sent did not arrive")
			got.reply(nil)
			require.NoError(t, (<-next).err)
		})
	}
}

func TestOpenCallsAreBounded(t *testing.T) {
	one, _, requests := collecting(t, kindCalls, func(c *Config) { c.OpenCalls = 4 })
	var open []chan result
	var held []request
	for k := range 4 {
		open = append(open, callAsync(one, 2, fmt.Sprint(k), soon))
		held = append(held, <-requests)
	}
	_, err := one.Call(t.Context(), 2, []byte("one too many"), time.Now().Add(soon))
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorContains(t, err, "4 calls are open")
	for k, h := range held {
		h.reply(nil)
		require.NoError(t, (<-open[k]).err)
	}
	open = append(open, callAsync(one, 2, "again", soon))
	(<-requests).reply(nil)
	require.NoError(t, (<-open[4]).err)
}

// What is given up ends at once, is unknown, and makes room for another call; a response that comes later is nobody's.
func TestACallThatIsGivenUpMakesRoom(t *testing.T) {
	one, _, requests := collecting(t, kindCalls, func(c *Config) { c.OpenCalls = 1 })
	ctx, giveUp := context.WithCancel(t.Context())
	given := make(chan error, 1)
	call := func() {
		_, err := one.Call(ctx, 2, []byte("in vain"), time.Now().Add(soon))
		given <- err
	}
	go call()
	var late request
	for late.reply == nil {
		select {
		case late = <-requests:
		case err := <-given:
			t.Logf("again: %v", err) // on a machine that has much to do connections break
			require.Error(t, err)
			go call()
		}
	}
	giveUp()
	require.ErrorIs(t, <-given, ErrUnknown)
	next := callAsync(one, 2, "next", soon)
	late.reply([]byte("late"))
	for {
		select {
		case got := <-requests:
			got.reply([]byte("in time"))
			require.Equal(t, result{response: "in time"}, <-next)
			return
		case got := <-next:
			// A request is queued until its write has returned, which may be after the peer has read it; and connections break.
			require.NotContains(t, fmt.Sprint(got.err), "calls are open", "there was no room")
			next = callAsync(one, 2, "next", soon)
		}
	}
}

// TestAnAcceptorReadsNoMoreThanItCanAnswer: a peer that keeps no bound is held up by TCP, and served when others
// were answered.
func TestAnAcceptorReadsNoMoreThanItCanAnswer(t *testing.T) {
	cfg := testConfig(1, silentPeer(t))
	cfg.OpenCalls = 2
	requests := collect(&cfg, kindCalls)
	one := start(t, cfg)
	h := helloFrom2()
	h.kind = kindCalls
	c, answer := greetAs(t, one, h)
	require.Zero(t, answer.refusal)
	var stream []byte
	for k := range 5 {
		stream = appendFrame(stream, frameRequest, binary.LittleEndian.AppendUint64(nil, uint64(k)), []byte{byte('a' + k)})
	}
	_, err := c.Write(stream)
	require.NoError(t, err)
	r := frameReader{from: c}
	for k := range 5 {
		got := <-requests
		require.Equal(t, string(rune('a'+k)), got.text)
		if k > 0 {
			require.LessOrEqual(t, len(requests), 1, "at most two are open")
		}
		got.reply([]byte("done"))
		require.Equal(t, append(binary.LittleEndian.AppendUint64(nil, uint64(k)), "done"...), nextFrame(t, &r, frameResponse))
	}
}

// nextFrame returns the next frame that is not a pulse, which has to be of type want.
func nextFrame(t *testing.T, r *frameReader, want frameType) []byte {
	t.Helper()
	for {
		got, body, err := r.next()
		require.NoError(t, err)
		if got != framePulse {
			require.Equal(t, want, got)
			return body
		}
	}
}
