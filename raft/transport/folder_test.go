package transport

// Goal: what hellos say of folders comes to the host, whole and from whom we meant; it is told when a peer has it on its
// disk, and when one refuses it; who is condemned is out at once. Method: pairs of nodes, and a bare socket that stops
// short or refuses.

import (
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// longLived is a folder with more starts than are said.
func longLived() Folder {
	f := Folder{Incarnation: 5, Starts: 1000, Recent: make([]uint64, MostRecent)}
	for k := range f.Recent {
		f.Recent[k] = uint64(k) * 77
	}
	return f
}

func TestAFolderIsToldWhole(t *testing.T) {
	var seen atomic.Pointer[Folder]
	handler := newTestHandler()
	handler.remember = func(_ protocol.NodeID, folder Folder) (Refusal, error) {
		seen.Store(&folder)
		return 0, nil
	}
	pair(t, func(c *Config) {
		if c.Node == 1 {
			c.Handler = handler
			return
		}
		c.Folder = longLived()
	})
	require.Equal(t, longLived(), *seen.Load())
}

func TestBothHostsAreToldWhereTheOtherIsFound(t *testing.T) {
	says := map[protocol.NodeID]string{1: "one:7001, one:8001", 2: strings.Repeat("\x00\xff", MostAdvertised/2)}
	one, two := pair(t, func(c *Config) { c.Advertised = []byte(says[c.Node]) })
	for _, row := range []struct {
		at   *node
		peer protocol.NodeID
	}{{one, 2}, {two, 1}} {
		for _, told := range []*sync.Map{&row.at.handler.verified, &row.at.handler.found} {
			advertised, _ := told.Load(row.peer)
			require.Equal(t, says[row.peer], advertised)
		}
	}
}

// A node that comes back at another address is dialled there once it has dialled: its host says where, ours does what it wants with it.
func TestWhoComesBackElsewhereIsFound(t *testing.T) {
	one, two := met(t)
	two.Close()
	cfg := testConfig(2, map[protocol.NodeID]string{1: one.Addr().String()})
	cfg.Listener = reserve(t)
	cfg.Advertised = []byte(cfg.Listener.Addr().String())
	one.handler.found.Clear()
	two = start(t, cfg)
	require.Eventually(t, func() bool {
		at, found := one.handler.found.Load(protocol.NodeID(2))
		if found && at != "" {
			one.SetPeer(2, at.(string))
		}
		return found && at != ""
	}, soon, tick)
	sendUntilReceived(t, one, two, heartbeat(1, 2, 1))
}

// isToldOfRemoval refuses a node that dials as one that was removed, and reports whether its host is told.
func isToldOfRemoval(t testing.TB) bool {
	listener := reserve(t)
	one := start(t, testConfig(1, map[protocol.NodeID]string{2: listener.Addr().String()}))
	c := acceptFrom(t, listener)
	h, err := readHello(c)
	require.NoError(t, err)
	answer := helloFrom2()
	answer.kind, answer.refusal = h.kind, Removed
	_, err = c.Write(answer.encode())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return one.log.has("no member any more") }, soon, tick)
	select {
	case refusal := <-one.handler.refused:
		return refusal == Removed
	default:
		return false
	}
}

func TestWhoIsRemovedIsToldSo(t *testing.T) {
	require.True(t, isToldOfRemoval(t))
	one, two := pair(t, nil)
	one.Condemn(2, Removed)
	require.Equal(t, Removed, <-two.handler.refused)
}

func TestMetIsToldOnceThePeerHasItOnDisk(t *testing.T) {
	one := start(t, testConfig(1, silentPeer(t)))
	c := dialTo(t, one)
	h := helloFrom2()
	_, err := c.Write(h.encode())
	require.NoError(t, err)
	_, err = readHello(c)
	require.NoError(t, err)
	require.Zero(t, one.handler.met.Load(), "the peer has not said that it accepts")
	h.refusal = NotNow
	_, err = c.Write(h.encode())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return one.log.has("can't store which folder") }, soon, tick)
	require.Zero(t, one.handler.met.Load())

	greetAs(t, one, helloFrom2())
	require.Eventually(t, func() bool { return one.handler.met.Load() == 1 }, soon, tick)
}

func TestADiallerTakesNoAnswerForMet(t *testing.T) {
	listener := reserve(t)
	one := start(t, testConfig(1, map[protocol.NodeID]string{2: listener.Addr().String()}))
	c := acceptFrom(t, listener)
	h, err := readHello(c)
	require.NoError(t, err)
	answer := helloFrom2()
	answer.kind = h.kind
	_, err = c.Write(answer.encode())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return one.handler.remembered.Load() == 1 }, soon, tick)
	require.Zero(t, one.handler.met.Load(), "the acceptor stores it later")
}

func TestTheHostIsToldThatItsFolderWasRefused(t *testing.T) {
	for _, refusal := range []Refusal{OtherIncarnation, RolledBack} {
		listener := reserve(t)
		one := start(t, testConfig(1, map[protocol.NodeID]string{2: listener.Addr().String()}))
		for _, stray := range []func(*hello){
			func(h *hello) { h.cluster[0]++ }, func(h *hello) { h.from = 3 }, func(h *hello) { h.refusal = UnknownNode }, func(*hello) {},
		} {
			require.Empty(t, one.handler.refused, "of another cluster, another node, or for another reason")
			c := acceptFrom(t, listener)
			h, err := readHello(c)
			require.NoError(t, err)
			answer := helloFrom2()
			answer.kind, answer.refusal = h.kind, refusal
			stray(&answer)
			_, err = c.Write(answer.encode())
			require.NoError(t, err)
			closes(t, c)
		}
		require.Eventually(t, func() bool { return len(one.handler.refused) == 1 }, soon, tick)
		require.Equal(t, refusal, <-one.handler.refused)
	}
}

func TestACondemnedPeerIsOutAtOnceAndToldWhy(t *testing.T) {
	one, two := pair(t, nil)
	one.Condemn(2, RolledBack)
	one.await(t, false)
	two.await(t, false)
	require.Eventually(t, func() bool { return len(two.handler.refused) > 0 }, soon, tick)
	require.Equal(t, RolledBack, <-two.handler.refused)
	require.False(t, one.Send(heartbeat(1, 2, 1)))
	require.Empty(t, two.handler.received)
}

func TestAPeerThatCannotBeStoredIsToldToWait(t *testing.T) {
	var full atomic.Bool
	full.Store(true)
	handler := newTestHandler()
	handler.remember = func(protocol.NodeID, Folder) (Refusal, error) {
		if full.Load() {
			return NotNow, errors.New("no room")
		}
		return 0, nil
	}
	l1, l2 := reserve(t), reserve(t)
	c1 := testConfig(1, map[protocol.NodeID]string{2: l2.Addr().String()})
	c2 := testConfig(2, map[protocol.NodeID]string{1: l1.Addr().String()})
	c1.Listener, c2.Listener, c1.Handler = l1, l2, handler
	one, two := start(t, c1), start(t, c2)
	require.Eventually(t, func() bool { return two.log.has("can't store which folder this node has") }, soon, tick)
	require.Empty(t, two.handler.refused, "its folder is not at fault")
	full.Store(false)
	one.await(t, true)
	two.await(t, true)
}
