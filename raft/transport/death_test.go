package transport

// Goal: the host hears of a peer's death, once, when nothing of it is left to be read; and of nothing else that looks a bit like
// it. Method: what a node dials by is broken, refused, late or gone at the test's will, beside a peer that lives or ends.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

var errNobody = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}

// way is how a node dials.
type way struct {
	mu     sync.Mutex
	fails  error // what a dial comes to; nil: it gets through
	dying  int   // how many dials a process that ends takes and cuts off before that
	open   []net.Conn
	failed int
}

func (w *way) dial(ctx context.Context, network, address string) (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fails != nil {
		w.failed++
		if w.dying > 0 {
			w.dying--
			return nil, errDying
		}
		return nil, w.fails
	}
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	if err == nil {
		w.open = append(w.open, c)
	} else {
		w.failed++
	}
	return c, err
}

// breaks ends all that was dialled; what is dialled then comes to err.
func (w *way) breaks(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fails = err
	for _, c := range w.open {
		c.Close()
	}
	w.open = nil
}

// awaitFailures waits for some more attempts that fail.
func (w *way) awaitFailures(t testing.TB, more int) {
	t.Helper()
	count := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.failed
	}
	before := count()
	require.Eventually(t, func() bool { return count() >= before+more }, soon, tick)
}

// pairBy is pair, and how the first node dials.
func pairBy(t testing.TB) (one, two *node, w *way) {
	w = &way{}
	one, two = pair(t, func(c *Config) {
		if c.Node == 1 {
			c.Dial = w.dial
		}
	})
	require.Eventually(t, func() bool { return one.Peers()[0].Heard.Connected }, soon, tick)
	return one, two, w
}

func TestTheDeathOfAPeerIsToldOnce(t *testing.T) {
	one, two, w := pairBy(t)
	two.Close()
	require.Equal(t, protocol.NodeID(2), <-one.handler.gone)
	require.False(t, one.Peers()[0].Heard.Connected, "nothing is left to be read")
	w.awaitFailures(t, 10)
	require.Empty(t, one.handler.gone)
}

func TestWhoIsStillHeardIsNotDead(t *testing.T) {
	one, two, w := pairBy(t)
	w.breaks(errNobody)
	w.awaitFailures(t, 10)
	require.Empty(t, one.handler.gone, "where it was dialled nobody listens, and it still talks")
	two.Close()
	require.Equal(t, protocol.NodeID(2), <-one.handler.gone)
	w.awaitFailures(t, 10)
	require.Empty(t, one.handler.gone)
}

// falseAlarm breaks a connection to a peer in ways that are no death, the peer's own connection ended; it returns which
// of them was told as one.
func falseAlarm(t *testing.T) string {
	t.Helper()
	for name, err := range map[string]error{
		"a time-out":          context.DeadlineExceeded,
		"a reset":             &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNRESET)},
		"no route":            &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)},
		"no such name":        &net.DNSError{Err: "no such host", Name: "two", IsNotFound: true},
		"a port that accepts": errors.New("read hello: end of file"),
	} {
		one, two, w := pairBy(t)
		w.breaks(err)
		two.Close()
		require.Eventually(t, func() bool { return !one.Peers()[0].Heard.Connected }, soon, tick)
		w.awaitFailures(t, 4)
		if len(one.handler.gone) > 0 {
			return name
		}
		one.Close()
	}
	return ""
}

func TestNothingElseIsADeath(t *testing.T) { require.Empty(t, falseAlarm(t)) }

func TestWhoNeverCameUpDoesNotDie(t *testing.T) {
	nobody := reserve(t)
	address := nobody.Addr().String()
	nobody.Close()
	w := &way{}
	cfg := testConfig(1, map[protocol.NodeID]string{2: address})
	cfg.Dial = w.dial
	one := start(t, cfg)
	w.awaitFailures(t, 10)
	require.Empty(t, one.handler.gone)
}

func TestAConnectionIsReplacedInPeace(t *testing.T) {
	one, two, w := pairBy(t)
	for k := range 3 {
		w.breaks(nil)
		one.await(t, true)
		sendUntilReceived(t, one, two, heartbeat(1, 2, k))
	}
	require.Empty(t, one.handler.gone)
	require.Empty(t, two.handler.gone)
}

// errDying is what an attempt comes to that a process took while it ended.
var errDying = fmt.Errorf("%w: %w", ErrStranger, &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)})

// A process that is killed may take a connection just before its port is closed: whoever looks then has to look again.
// The pauses after a stranger are so long that no test sees their end.
func TestWhoIsCutOffByADyingProcessLooksAgain(t *testing.T) {
	w := &way{dying: 3}
	one, two := pair(t, func(c *Config) {
		if c.Node == 1 {
			c.Dial, c.BackOffMin, c.BackOffMax = w.dial, time.Millisecond, time.Hour
		}
	})
	require.Eventually(t, func() bool { return one.Peers()[0].Heard.Connected }, soon, tick)
	w.breaks(errNobody)
	two.Close()
	select {
	case peer := <-one.handler.gone:
		require.Equal(t, protocol.NodeID(2), peer)
	case <-time.After(soon):
		require.Fail(t, "nobody heard of the death")
	}
}

// cutOffs is how many attempts in a row that are cut off are made soon: each looks again, for a break.
func cutOffs() (n int) {
	l, pause := &link{}, backOff{least: time.Second, most: time.Hour, failures: 10, random: (&Transport{}).random(2, kindMessages)}
	if l.pause(&pause, 0, errDying) <= time.Second {
		return -1 // there was no break
	}
	l.pause(&pause, 1, errBroken)
	for l.pause(&pause, 0, errDying) <= time.Second && n < 100 {
		n++
	}
	return n
}

func TestWhoeverCutsOffAgainAndAgainIsLeftAlone(t *testing.T) {
	require.Equal(t, mostLooks, cutOffs())
}

// looksAfterBreaks is how many of a hundred breaks of connections, after failures, are looked at without a pause.
func looksAfterBreaks() (looks int) {
	l, pause := &link{}, backOff{least: time.Second, most: time.Hour, failures: 5, random: (&Transport{}).random(2, kindMessages)}
	for range 100 {
		if l.pause(&pause, 1, errBroken) == 0 {
			looks++
		}
	}
	return looks
}

func TestABreakIsLookedAtAtOnceAndNotAgainAndAgain(t *testing.T) {
	require.Equal(t, 1, looksAfterBreaks())
	l, pause := &link{}, backOff{least: time.Second, most: time.Hour, random: (&Transport{}).random(2, kindMessages)}
	require.NotZero(t, l.pause(&pause, 1, badFrame("rubbish")), "who says what no peer says is not hurried to")
}
