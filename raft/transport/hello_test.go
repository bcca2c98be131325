package transport

// Goal: only a node of the same cluster, in a version both speak, under the id and the incarnation it had
// before, gets a connection; whoever does not is told why, once in our log. Method: a table of hellos with one thing
// wrong, said by a bare socket to a node, and by a bare listener to a node that dials it.

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// helloFrom2 is a hello of node 2 to node 1 that fits.
func helloFrom2() hello {
	return hello{kind: kindMessages, min: minVersion, max: maxVersion, from: 2, to: 1, cluster: testCluster, folder: onlyStart(22)}
}

// misfits are hellos of node 2 with one thing wrong.
var misfits = []struct {
	name    string
	spoil   func(*hello)
	refusal Refusal
	told    string
}{
	{"other cluster", func(h *hello) { h.cluster[15] = 1 }, OtherCluster, "cluster ids differ"},
	{"newer versions", func(h *hello) { h.min, h.max = maxVersion+1, maxVersion+4 }, OtherVersion, fmt.Sprintf("node 2 speaks %d to %d", maxVersion+1, maxVersion+4)},
	{"older versions", func(h *hello) { h.min, h.max = 0, minVersion-1 }, OtherVersion, "node 2 speaks 0 to 4"},
	{"another node was meant", func(h *hello) { h.to = 3 }, OtherNode, "found one from 2 to 3"},
	{"wiped", func(h *hello) { h.folder = onlyStart(23) }, OtherIncarnation, "node 2 was wiped"},
	{"rolled back", func(h *hello) { h.folder.Recent = []uint64{7} }, RolledBack, "node 2 forgot a start"},
	{"unknown kind", func(h *hello) { h.kind = 9 }, OtherKind, "found kind 9"},
}

// verifying returns a handler that knows node 2 as incarnation 22, and counts how often it is asked.
func verifying() (*testHandler, *atomic.Int32) {
	h, asked := newTestHandler(), new(atomic.Int32)
	h.verify = func(peer protocol.NodeID, folder Folder) (Refusal, error) {
		asked.Add(1)
		switch {
		case peer != 2:
		case folder.Incarnation != 22:
			return OtherIncarnation, errors.New("node 2 was wiped")
		case folder.Recent[0] != 23:
			return RolledBack, errors.New("node 2 forgot a start")
		}
		return 0, nil
	}
	return h, asked
}

// greetAs says a hello to a node, once more if it is accepted, and returns the connection and the answer.
func greetAs(t testing.TB, n *node, h hello) (net.Conn, hello) {
	c := dialTo(t, n)
	_, err := c.Write(h.encode())
	require.NoError(t, err)
	answer, err := readHello(c)
	require.NoError(t, err)
	if answer.refusal == 0 {
		_, err = c.Write(h.encode())
		require.NoError(t, err)
	}
	return c, answer
}

// closes asserts that the other side closes the connection.
func closes(t *testing.T, c net.Conn) {
	t.Helper()
	require.NoError(t, c.SetReadDeadline(time.Now().Add(soon)))
	r := frameReader{from: c}
	_, err := readFrames(&r)
	require.NotErrorIs(t, err, ErrFrame)
	var timeout net.Error
	require.False(t, errors.As(err, &timeout) && timeout.Timeout(), "still open")
}

// silentPeer is an address where connections are taken by the system and nobody says anything.
func silentPeer(t testing.TB) map[protocol.NodeID]string {
	return map[protocol.NodeID]string{2: reserve(t).Addr().String()}
}

func TestAnAcceptorRefusesWhatDoesNotFit(t *testing.T) {
	cfg := testConfig(1, silentPeer(t))
	handler, asked := verifying()
	cfg.Handler = handler
	one := start(t, cfg)
	stranger := struct {
		name    string
		spoil   func(*hello)
		refusal Refusal
		told    string
	}{"no node", func(h *hello) { h.from = 64 }, UnknownNode, "node 64 can't be a peer"}
	for _, row := range append(misfits, stranger) {
		t.Run(row.name, func(t *testing.T) {
			h := helloFrom2()
			row.spoil(&h)
			before := asked.Load()
			for range 3 {
				c, answer := greetAs(t, one, h)
				require.Equal(t, row.refusal, answer.refusal)
				require.Equal(t, one.cfg.Node, answer.from, "who answered is told")
				_, _ = c.Write(appendFrame(nil, frameMessage, appendHead(nil, heartbeat(2, 1, 1)), nil)) // may be closed already
				closes(t, c)
			}
			require.Equal(t, 1, one.log.count(row.told), "logged once")
			require.Equal(t, row.refusal == OtherIncarnation || row.refusal == RolledBack, asked.Load() > before, "the host is asked about what fits otherwise only")
		})
	}
	require.Empty(t, one.handler.received)
	_, answer := greetAs(t, one, helloFrom2())
	require.Zero(t, answer.refusal, "one with nothing wrong is let in")
}

func TestADiallerRefusesWhatDoesNotFit(t *testing.T) {
	answersAs := func(spoil func(*hello)) func(hello) hello {
		return func(hello) hello {
			h := helloFrom2()
			spoil(&h)
			return h
		}
	}
	for _, row := range misfits {
		if row.refusal == OtherKind { // an answer of the other kind is as wrong: any but its own
			row.told = "unknown kind of connection"
		}
		t.Run(row.name, func(t *testing.T) { checkDialler(t, answersAs(row.spoil), "by us: "+row.refusal.String(), row.told) })
	}
	t.Run("other node", func(t *testing.T) {
		checkDialler(t, answersAs(func(h *hello) { h.from = 3 }), "by us: another node answers", "found one from 3 to 1")
	})
}

func TestADiallerSaysWhyItWasRefused(t *testing.T) {
	for refusal, told := range map[Refusal]string{
		OtherCluster:     "see its log",
		UnknownNode:      "this node is not in node 2's list",
		OtherIncarnation: "start it with that one",
		RolledBack:       "it is an older copy, or one of two",
		NotNow:           "can't store",
		Diverged:         "is not that of a majority",
		Removed:          "is no member of the cluster any more",
		99:               "refusal 99",
	} {
		t.Run(refusal.String(), func(t *testing.T) {
			answer := func(h hello) hello {
				return hello{kind: h.kind, min: minVersion, max: maxVersion, from: 2, to: 1, refusal: refusal, cluster: testCluster, folder: onlyStart(22)}
			}
			checkDialler(t, answer, "by the peer: "+refusal.String(), told)
		})
	}
}

// checkDialler has node 1 dial a listener that answers every hello so, at least three times, and looks for what it
// says about it, once for each of its links.
func checkDialler(t *testing.T, answer func(hello) hello, told ...string) {
	listener := reserve(t)
	cfg := testConfig(1, map[protocol.NodeID]string{2: listener.Addr().String()})
	handler, _ := verifying()
	cfg.Handler = handler
	one := start(t, cfg)
	for range 6 {
		c := acceptFrom(t, listener)
		h, err := readHello(c)
		require.NoError(t, err)
		reply := answer(h)
		if reply.kind == kindMessages {
			reply.kind = h.kind
		}
		_, err = c.Write(reply.encode())
		require.NoError(t, err)
		if reply.refusal == 0 {
			word, err := readHello(c)
			require.NoError(t, err)
			require.NotZero(t, word.refusal, "who is refused is told why")
		}
		closes(t, c)
	}
	require.Eventually(t, func() bool {
		s := one.Peers()[0]
		return s.Messages.LastError != "" && s.Calls.LastError != ""
	}, soon, tick)
	for _, text := range told {
		require.Contains(t, one.Peers()[0].Messages.LastError, text)
		require.Equal(t, 2, one.log.count(text), "logged once a link: %s", text)
	}
	require.Zero(t, one.log.count("connected to a peer"))
}

func TestWhatIsNoHelloIsClosedAndLogged(t *testing.T) {
	for name, said := range map[string]string{
		"a browser": "GET / HTTP/1.1\r\nHost: localhost:7000\r\nUser-Agent: none\r\n\r\n",
		"damaged":   damagedHello(),
	} {
		t.Run(name, func(t *testing.T) {
			one := start(t, testConfig(1, silentPeer(t)))
			c := dialTo(t, one)
			_, err := c.Write([]byte(said))
			require.NoError(t, err)
			closes(t, c)
			require.Eventually(t, func() bool { return one.log.has("refused a connection") && one.log.has("not a frame") }, soon, tick)
		})
	}
}

// damagedHello is a hello that fits, with a bit flipped.
func damagedHello() string {
	h := helloFrom2()
	b := h.encode()
	b[atIncarnation] ^= 1
	return string(b)
}

func TestARefusedPeerIsLetInOnceItFits(t *testing.T) {
	l1, l2 := reserve(t), reserve(t)
	c1 := testConfig(1, map[protocol.NodeID]string{2: l2.Addr().String()})
	c2 := testConfig(2, map[protocol.NodeID]string{1: l1.Addr().String()})
	c1.Listener, c2.Listener = l1, l2
	var known atomic.Uint64
	handler := newTestHandler()
	handler.verify = func(_ protocol.NodeID, folder Folder) (Refusal, error) {
		if folder.Incarnation != known.Load() {
			return OtherIncarnation, errors.New("not the one we know")
		}
		return 0, nil
	}
	c1.Handler = handler
	one, two := start(t, c1), start(t, c2)
	require.Eventually(t, func() bool {
		return two.log.has("has met this node with another data folder") && one.log.has("not the one we know")
	}, soon, tick)
	require.False(t, two.Send(heartbeat(2, 1, 1)))
	known.Store(c2.Incarnation)
	sendUntilReceived(t, two, one, heartbeat(2, 1, 1))
	sendUntilReceived(t, one, two, heartbeat(1, 2, 1))
}

func TestTheHostRemembersOnePeerAtATime(t *testing.T) {
	var inside atomic.Int32
	handler := newTestHandler()
	handler.remember = func(protocol.NodeID, Folder) (Refusal, error) {
		defer inside.Add(-1)
		if inside.Add(1) > 1 {
			return NotNow, errors.New("asked while answering")
		}
		for range 100 {
			runtime.Gosched()
		}
		return 0, nil
	}
	cfg := testConfig(1, silentPeer(t))
	cfg.Handler = handler
	one := start(t, cfg)
	done := make(chan error, 32)
	for range cap(done) {
		go func() {
			if refused := one.remember(&hello{from: 2, folder: onlyStart(22)}); refused != nil {
				done <- refused
				return
			}
			done <- nil
		}()
	}
	for range cap(done) {
		require.NoError(t, <-done)
	}
}

// FuzzHello: what is read as a hello is what was written, damage is found, and fields of later versions are skipped.
func FuzzHello(f *testing.F) {
	h := helloFrom2()
	f.Add(h.encode())
	f.Add(make([]byte, leastHelloBytes+helloSumBytes))
	h.advertised = []byte("two:7000")
	f.Add(h.encode())
	h.advertised = make([]byte, MostAdvertised)
	f.Add(h.encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := readHello(bytes.NewReader(b)); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			require.ErrorIs(t, err, ErrFrame)
		}
		if len(b) < leastHelloBytes || len(b) > helloHeadBytes+mostFieldBytes {
			return
		}
		copy(b, helloMagic)
		order.PutUint16(b[atFieldBytes:], uint16(len(b)-helloHeadBytes))
		h, err := readHello(bytes.NewReader(order.AppendUint32(bytes.Clone(b), checksum(b))))
		if h.max >= minVersion && !saysAll(b) {
			require.ErrorIs(t, err, ErrFrame, "it does not say all of its starts, or of where it is found")
			return
		}
		require.NoError(t, err)
		again, err := readHello(bytes.NewReader(h.encode()))
		require.NoError(t, err)
		require.Equal(t, h, again)
	})
}

// saysAll reports whether a hello has all the fields that it says it has.
func saysAll(b []byte) bool {
	if len(b) < atRecent || (order.Uint64(b[atStarts:]) == 0 && kind(b[atKind]) != kindAsk) {
		return false
	}
	at := atRecent + 8*recentOf(order.Uint64(b[atStarts:]))
	if len(b) < at+2 {
		return false
	}
	n := int(order.Uint16(b[at:]))
	return n <= MostAdvertised && len(b) >= at+2+n
}

// TestARefusedPeerIsTriedAgainWhenItIsHeardOf: with pauses of an hour after a refusal, node 1 dials node 2 once
// for each link, and once more when a node 2 that fits has dialled it.
func TestARefusedPeerIsTriedAgainWhenItIsHeardOf(t *testing.T) {
	l1, l2 := reserve(t), reserve(t)
	var dials atomic.Int32
	c1 := testConfig(1, map[protocol.NodeID]string{2: l2.Addr().String()})
	c1.Listener, c1.BackOffMax = l1, time.Hour
	c1.Handler, _ = verifying()
	c1.Dial = wrappedDial(func(c net.Conn) net.Conn {
		dials.Add(1)
		return c
	})
	c2 := testConfig(2, map[protocol.NodeID]string{1: l1.Addr().String()})
	c2.Listener, c2.Folder = l2, onlyStart(23)
	one, wiped := start(t, c1), start(t, c2)
	refused := func(s LinkStatus) bool { return s.LastError != "" }
	require.Eventually(t, func() bool {
		here, there := one.Peers()[0], wiped.Peers()[0]
		return refused(here.Messages) && refused(here.Calls) && refused(there.Messages) && refused(there.Calls)
	}, soon, tick)
	wiped.Close()
	require.EqualValues(t, 2, dials.Load())

	c2.Listener, c2.Listen, c2.Folder = nil, l2.Addr().String(), onlyStart(22)
	start(t, c2)
	one.await(t, true)
	require.EqualValues(t, 4, dials.Load())
}
