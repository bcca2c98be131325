package transport

// Goal: who has the secret and is no node can ask one thing and is answered; who has not is told nothing; and however many ask, slowly, without end
// or too much, they have a few places for a time, and nodes do not notice. Method: Ask against nodes, bare sockets in the place of either side
// that stop at each point, and functions that say what went wrong, so that seeded faults can be shown to be noticed.

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// helloOfAsker is a hello of one that asks.
func helloOfAsker() hello { return hello{kind: kindAsk, min: minVersion, max: maxVersion} }

func ask(n *node, request []byte) ([]byte, error) {
	return Ask(context.Background(), AskConfig{Secret: testSecret, Address: n.Addr().String(), Timeout: soon}, request)
}

// askAs says a hello of one that asks, and returns the connection and the answer.
func askAs(t testing.TB, n *node, h hello) (net.Conn, hello) {
	c := dialTo(t, n)
	_, err := c.Write(h.encode())
	require.NoError(t, err)
	answer, err := readHello(c)
	require.NoError(t, err)
	return c, answer
}

// heardSoon asks until the node hears it, and reports whether that was soon.
func heardSoon(n *node, within time.Duration) bool {
	return holds(within, func() bool {
		_, err := ask(n, nil)
		return err == nil
	})
}

// asking starts a node that nobody knows, and changes how it hears those that ask.
func asking(t testing.TB, change func(*Config, *testHandler)) *node {
	cfg, handler := testConfig(1, nil), newTestHandler()
	cfg.Handler = handler
	if change != nil {
		change(&cfg, handler)
	}
	return start(t, cfg)
}

func TestWhoAsksIsAnswered(t *testing.T) {
	var from atomic.Value
	one := asking(t, func(_ *Config, h *testHandler) {
		h.asked = func(address net.Addr, request []byte, reply func([]byte)) {
			from.Store(address.String())
			reply(bytes.Repeat(request, MaxAskedBytes/MaxAskBytes))
			reply([]byte("a second one, which is dropped"))
		}
	})
	for _, length := range []int{0, 1, 1000, MaxAskBytes} {
		request := bytes.Repeat([]byte{7}, length)
		response, err := ask(one, request)
		require.NoError(t, err)
		require.True(t, bytes.Equal(bytes.Repeat(request, 16), response))
	}
	require.Contains(t, from.Load(), "127.0.0.1:")
	require.Zero(t, one.handler.remembered.Load(), "it is no node")
	_, known := one.handler.verified.Load(protocol.Nil)
	require.False(t, known)
	_, err := ask(one, make([]byte, MaxAskBytes+1))
	require.ErrorIs(t, err, ErrNotSent)
	require.ErrorContains(t, err, "larger than 65536 bytes")
}

func TestAStrangerDoesNotAsk(t *testing.T) {
	one := asking(t, func(_ *Config, h *testHandler) {
		h.asked = func(net.Addr, []byte, func([]byte)) { panic("a stranger asks") }
	})
	_, err := Ask(t.Context(), AskConfig{Secret: NewSecret(), Address: one.Addr().String()}, []byte("let me in"))
	require.ErrorIs(t, err, ErrStranger)
	require.ErrorIs(t, err, ErrNotSent)
	h := helloOfAsker()
	heard, err := heardBy(one, h.encode())
	require.NoError(t, err)
	require.False(t, tells(heard, one))
	require.Empty(t, one.asked)
}

func TestAnAskThatCannotBeMade(t *testing.T) {
	nobody := reserve(t)
	address := nobody.Addr().String()
	nobody.Close()
	_, err := Ask(t.Context(), AskConfig{Secret: testSecret, Address: address}, nil)
	require.ErrorIs(t, err, ErrNotSent)
	for field, cfg := range map[string]AskConfig{
		"Secret": {Address: address}, "Address": {Secret: testSecret}, "Timeout": {Secret: testSecret, Address: address, Timeout: -1},
		"DialTimeout": {Secret: testSecret, Address: address, DialTimeout: -1},
	} {
		_, err := Ask(t.Context(), cfg, nil)
		var wrong *ConfigError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, field, wrong.Field)
	}
}

func TestWhoAsksAndDoesNotFitIsRefused(t *testing.T) {
	one := asking(t, nil)
	for refusal, spoil := range map[Refusal]func(*hello){
		OtherVersion: func(h *hello) { h.min, h.max = maxVersion+1, maxVersion+1 },
		OtherNode:    func(h *hello) { h.from = 2 },
	} {
		h := helloOfAsker()
		spoil(&h)
		c, answer := askAs(t, one, h)
		require.Equal(t, refusal, answer.refusal)
		closes(t, c)
	}
	require.Empty(t, one.asked, "none of them has a place")
}

func TestWhatOneThatAsksMayNotSayEndsIt(t *testing.T) {
	one := asking(t, nil)
	request := appendFrame(nil, frameRequest, nil, []byte("may I?"))
	for told, said := range map[string][]byte{
		"a frame of type 2 on a connection for asks": appendFrame(nil, frameMessage, nil, nil),
		"18 bytes behind the one request":            append(bytes.Clone(request), request...),
	} {
		c, answer := askAs(t, one, helloOfAsker())
		require.Zero(t, answer.refusal)
		_, err := c.Write(said)
		require.NoError(t, err)
		closes(t, c)
		require.Eventually(t, func() bool { return one.log.has(told) }, soon, tick)
	}
	require.Eventually(t, func() bool { return len(one.asked) == 0 }, soon, tick)
}

// takesLargeAsk announces a request larger than any, and reports whether the node waits for it.
func takesLargeAsk(t testing.TB) bool {
	one := asking(t, func(c *Config, _ *testHandler) { c.AskTime = time.Second })
	c, _ := askAs(t, one, helloOfAsker())
	_, err := c.Write(announce(MaxAskBytes + 1))
	require.NoError(t, err)
	r := frameReader{from: c}
	_, _ = readFrames(&r)
	one.Close() // what is said of the connection is said by then
	return !one.log.has("a body of 65537 bytes, at most 65536")
}

func TestWhatIsTooLargeToBeAskedIsNotWaitedFor(t *testing.T) { require.False(t, takesLargeAsk(t)) }

// heardAtOnce has ten ask a host that answers none of them, while a peer calls; it returns how many it heard.
func heardAtOnce(t testing.TB) int {
	var heard atomic.Int32
	one := asking(t, func(c *Config, h *testHandler) {
		c.AskTime = time.Hour
		h.asked = func(net.Addr, []byte, func([]byte)) { heard.Add(1) }
	})
	two := alone(t, 2)
	two.SetPeer(1, one.Addr().String())
	two.await(t, true)
	for range 10 {
		c, answer := askAs(t, one, helloOfAsker())
		if answer.refusal != 0 {
			require.Equal(t, NotNow, answer.refusal)
			continue
		}
		before := heard.Load()
		_, err := c.Write(appendFrame(nil, frameRequest, nil, nil))
		require.NoError(t, err)
		require.Eventually(t, func() bool { return heard.Load() > before }, soon, tick)
	}
	r := <-callAsync(two, 1, "beside them", soon)
	require.NoError(t, r.err)
	return int(heard.Load())
}

func TestAFewAreHeardAtOnce(t *testing.T) {
	require.Equal(t, OpenAsks, heardAtOnce(t))
}

// stalledAskerStays has all places taken by some that ask for nothing, and reports whether they keep them.
func stalledAskerStays(t testing.TB) bool {
	one := asking(t, func(c *Config, _ *testHandler) { c.AskTime = 100 * time.Millisecond })
	for range OpenAsks {
		_, answer := askAs(t, one, helloOfAsker())
		require.Zero(t, answer.refusal)
	}
	return !heardSoon(one, 2*time.Second)
}

func TestWhoStallsIsGivenUp(t *testing.T) { require.False(t, stalledAskerStays(t)) }

func TestAHostThatDoesNotReplyIsNotWaitedFor(t *testing.T) {
	replies := make(chan func([]byte), 1)
	one := asking(t, func(c *Config, h *testHandler) {
		c.AskTime = 100 * time.Millisecond
		h.asked = func(_ net.Addr, _ []byte, reply func([]byte)) { replies <- reply }
	})
	_, err := ask(one, nil)
	require.ErrorIs(t, err, ErrUnknown)
	require.NotErrorIs(t, err, ErrNotSent)
	require.Eventually(t, func() bool { return len(one.asked) == 0 }, soon, tick)
	late := <-replies
	late([]byte("nobody waits for this"))
	late(nil)
}

// leftAskerStays has all places taken by some whose requests the host keeps, and that leave; it reports whether they keep them.
func leftAskerStays(t testing.TB) bool {
	var heard atomic.Int32
	one := asking(t, func(c *Config, h *testHandler) {
		c.AskTime = time.Hour
		h.asked = func(_ net.Addr, request []byte, reply func([]byte)) {
			if len(request) == 0 {
				reply(nil)
			}
			heard.Add(1)
		}
	})
	for k := range OpenAsks {
		ctx, leave := context.WithCancelCause(context.Background())
		left := make(chan error, 1)
		go func() {
			_, err := Ask(ctx, AskConfig{Secret: testSecret, Address: one.Addr().String(), Timeout: soon}, []byte("keep me"))
			left <- err
		}()
		require.Eventually(t, func() bool { return int(heard.Load()) > k }, soon, tick)
		leave(errTest)
		err := <-left
		require.ErrorIs(t, err, ErrUnknown)
		require.ErrorIs(t, err, errTest)
	}
	return !heardSoon(one, 2*time.Second)
}

func TestWhoLeavesMakesRoom(t *testing.T) { require.False(t, leftAskerStays(t)) }

func TestAResponseThatIsTooLargeIsNotSent(t *testing.T) {
	one := asking(t, func(_ *Config, h *testHandler) {
		h.asked = func(_ net.Addr, _ []byte, reply func([]byte)) { reply(make([]byte, MaxAskedBytes+1)) }
	})
	_, err := ask(one, nil)
	require.ErrorIs(t, err, ErrUnknown)
	require.Eventually(t, func() bool { return one.log.has("a response of 1048577 bytes") }, soon, tick)
}

func TestWhoIsAskedMayAnswerAnything(t *testing.T) {
	for told, answer := range map[string]func(c net.Conn) error{
		"no request of one that is no node": func(c net.Conn) error {
			h := helloOfAsker()
			h.refusal = NotNow
			_, err := c.Write(h.encode())
			return err
		},
		"a hello for messages answers": func(c net.Conn) error {
			h := helloFrom2()
			_, err := c.Write(h.encode())
			return err
		},
		"version ranges do not meet": func(c net.Conn) error {
			h := helloOfAsker()
			h.max++
			h.min = h.max
			_, err := c.Write(h.encode())
			return err
		},
		"a frame of type 3 on a connection for asks": func(c net.Conn) error {
			h := helloOfAsker()
			_, err := c.Write(append(h.encode(), appendFrame(nil, frameRequest, nil, nil)...))
			return err
		},
		"a body of 1048577 bytes": func(c net.Conn) error {
			h := helloOfAsker()
			_, err := c.Write(append(h.encode(), announce(MaxAskedBytes+1)...))
			return err
		},
		"context deadline exceeded": func(net.Conn) error { return nil },
	} {
		listener := reserve(t)
		done := make(chan error, 1)
		go func() {
			timeout := soon
			if told == "context deadline exceeded" {
				timeout = 50 * time.Millisecond
			}
			_, err := Ask(context.Background(), AskConfig{Secret: testSecret, Address: listener.Addr().String(), Timeout: timeout}, nil)
			done <- err
		}()
		c := acceptFrom(t, listener)
		_, err := readHello(c)
		if told != "context deadline exceeded" {
			require.NoError(t, err)
		}
		require.NoError(t, answer(c))
		err = <-done
		require.ErrorContains(t, err, told)
		require.NotEqual(t, errors.Is(err, ErrNotSent), errors.Is(err, ErrUnknown), err)
	}
}

// silentIsWaitedFor asks somebody who accepts and says nothing, and returns what that comes to, within 2 s.
func silentIsWaitedFor(t testing.TB) Cause {
	silent := reserve(t)
	ctx, giveUp := context.WithTimeoutCause(t.Context(), 2*time.Second, errTest)
	defer giveUp()
	_, err := Ask(ctx, AskConfig{Secret: testSecret, Address: silent.Addr().String(), DialTimeout: 50 * time.Millisecond, Timeout: soon}, nil)
	require.ErrorIs(t, err, ErrNotSent)
	if errors.Is(err, errTest) {
		return CauseBroken
	}
	return CauseOf(err)
}

func TestWhoIsAskedAndSilentIsGivenUp(t *testing.T) {
	require.Equal(t, CauseSilent, silentIsWaitedFor(t))
}

// TestAFloodOfAskersKeepsNobodyOut: of a hundred that ask at once all are heard in the end, a few at a time, while a peer calls as ever.
func TestAFloodOfAskersKeepsNobodyOut(t *testing.T) {
	var open, most atomic.Int32
	one := asking(t, func(_ *Config, h *testHandler) {
		h.asked = func(_ net.Addr, request []byte, reply func([]byte)) {
			if now := open.Add(1); now > most.Load() {
				most.Store(now)
			}
			request = bytes.Clone(request)
			go func() {
				open.Add(-1)
				reply(request)
			}()
		}
	})
	two := alone(t, 2)
	two.SetPeer(1, one.Addr().String())
	two.await(t, true)
	var group sync.WaitGroup
	for k := range 100 {
		group.Go(func() {
			for {
				response, err := ask(one, []byte{byte(k)})
				if err == nil && bytes.Equal(response, []byte{byte(k)}) {
					return
				}
			}
		})
	}
	for range 50 {
		require.NoError(t, (<-callAsync(two, 1, "as ever", soon)).err)
		require.True(t, two.Send(heartbeat(2, 1, 1)))
	}
	group.Wait()
	require.LessOrEqual(t, most.Load(), int32(OpenAsks))
	require.Zero(t, two.log.count("lost the connection"), "nobody was disturbed")
}

func TestCloseEndsAsks(t *testing.T) {
	heard := make(chan struct{}, 1)
	one := asking(t, func(c *Config, h *testHandler) {
		c.AskTime = time.Hour
		h.asked = func(net.Addr, []byte, func([]byte)) { heard <- struct{}{} }
	})
	done := make(chan error, 1)
	go func() {
		_, err := ask(one, nil)
		done <- err
	}()
	<-heard
	one.Close()
	require.ErrorIs(t, <-done, ErrUnknown)
	require.Empty(t, one.asked)
}
