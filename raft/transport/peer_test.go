package transport

// Goal: whom a node dials, and where, may change at any time: who is removed gets nothing any more and is left alone, who has moved is dialled where
// it is, and who comes before it is known here is judged by the host. Method: nodes that dial nobody by themselves, bare sockets in
// the place of node 2 that stop short, and functions that say what went wrong, so that seeded faults can be shown to be noticed.

import (
	"errors"
	"fmt"
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

// alone starts a node that has no peers yet.
func alone(t testing.TB, id protocol.NodeID) *node { return start(t, testConfig(id, nil)) }

// met starts two nodes of which the first alone dials the other, and waits until it has.
func met(t testing.TB) (one, two *node) {
	one, two = alone(t, 1), alone(t, 2)
	one.SetPeer(2, two.Addr().String())
	one.await(t, true)
	return one, two
}

// liveLinks counts the goroutines that keep a dialled connection up.
func liveLinks() int {
	for b := make([]byte, 1<<20); ; b = make([]byte, 2*len(b)) {
		if n := runtime.Stack(b, true); n < len(b) {
			return strings.Count(string(b[:n]), "transport.(*link).run(")
		}
	}
}

// holds reports whether something comes true within a time that is short for a test that is to see that it does not.
func holds(within time.Duration, is func() bool) bool {
	for end := time.Now().Add(within); time.Now().Before(end); runtime.Gosched() {
		if is() {
			return true
		}
	}
	return false
}

func TestWhoIsAddedIsDialled(t *testing.T) {
	one, two := met(t)
	require.Equal(t, "2 "+two.Addr().String(), fmt.Sprint(one.Peers()[0].Peer, " ", one.Peers()[0].Address))
	require.True(t, one.Send(heartbeat(1, 2, 7)))
	require.Equal(t, protocol.Index(7), (<-two.handler.received).Message.Commit)
	require.Empty(t, two.Peers(), "and is heard by whom it is no peer of")
	r := <-callAsync(one, 2, "called", soon)
	require.Equal(t, result{response: "called"}, r)
	one.SetPeer(2, two.Addr().String())
	require.EqualValues(t, 2, two.Port().Accepted, "again at its address: nothing is done")
}

// Who is no peer of the acceptor is the host's to judge; it returns what came of one that the host takes.
func judgesUnknown(t testing.TB) string {
	cfg := testConfig(1, nil)
	var member atomic.Bool
	handler := newTestHandler()
	handler.verify = func(peer protocol.NodeID, _ Folder) (Refusal, error) {
		if !member.Load() {
			return UnknownNode, fmt.Errorf("node %d is no member", peer)
		}
		return 0, nil
	}
	cfg.Handler = handler
	one := start(t, cfg)
	if _, answer := greetAs(t, one, helloFrom2()); answer.refusal != UnknownNode {
		return fmt.Sprint("it was to be refused: ", answer.refusal)
	}
	member.Store(true)
	if _, answer := greetAs(t, one, helloFrom2()); answer.refusal != 0 {
		return fmt.Sprint("it was to be taken: ", answer.refusal)
	}
	return ""
}

func TestWhoIsNoPeerHereIsJudgedByTheHost(t *testing.T) { require.Empty(t, judgesUnknown(t)) }

// sentToRemoved removes a peer, and returns what still goes to it.
func sentToRemoved(t testing.TB) string {
	before := liveLinks()
	one, two := met(t)
	one.RemovePeer(2)
	if one.Send(heartbeat(1, 2, 9)) || one.SendDigest(2, Digest{}) {
		return "it is sent to"
	}
	if _, err := one.Call(t.Context(), 2, nil, time.Now().Add(soon)); !errors.Is(err, ErrNotSent) || !errors.Is(err, ErrNotPeer) {
		return fmt.Sprint("it is called: ", err)
	}
	if _, err := one.CallBulk(t.Context(), 2, nil, time.Now().Add(soon)); !errors.Is(err, ErrNotSent) || !errors.Is(err, ErrNotPeer) {
		return fmt.Sprint("it is called with much: ", err)
	}
	if len(one.Peers()) > 0 {
		return "it is shown"
	}
	if !holds(2*time.Second, func() bool { return liveLinks() == before }) {
		return "it is dialled"
	}
	if len(two.handler.received) > 0 {
		return "it was sent something"
	}
	return ""
}

func TestWhoIsRemovedGetsNothing(t *testing.T) { require.Empty(t, sentToRemoved(t)) }

// movedIsReached has a peer move, and returns whether it gets what is sent then, at its new address alone.
func movedIsReached(t testing.TB) string {
	one, old := met(t)
	moved := alone(t, 2)
	one.SetPeer(2, moved.Addr().String())
	came := func() bool { return len(moved.handler.received) > 0 || len(old.handler.received) > 0 }
	require.Eventually(t, func() bool { one.Send(heartbeat(1, 2, 1)); return came() }, soon, tick)
	if len(old.handler.received) > 0 {
		return "something came to the old address"
	}
	return ""
}

func TestWhoHasMovedIsDialledThere(t *testing.T) { require.Empty(t, movedIsReached(t)) }

func TestAMoveKeepsTheCountOfWhatWasDropped(t *testing.T) {
	one := alone(t, 1)
	one.SetPeer(2, silentPeer(t)[2])
	require.False(t, one.Send(heartbeat(1, 2, 1)))
	one.SetPeer(2, silentPeer(t)[2])
	require.EqualValues(t, 1, one.Peers()[0].Messages.Dropped)
	one.RemovePeer(2)
	one.SetPeer(2, silentPeer(t)[2])
	require.Zero(t, one.Peers()[0].Messages.Dropped)
}

func TestWhatCannotBeAPeerIsNotTaken(t *testing.T) {
	one := alone(t, 1)
	for _, id := range []protocol.NodeID{0, 1, 64, 255} {
		one.SetPeer(id, "127.0.0.1:1")
		one.RemovePeer(id)
	}
	one.SetPeer(2, "")
	one.RemovePeer(2)
	require.Empty(t, one.Peers())
	require.Equal(t, 5, one.log.count("not taken as a peer"))
	one.Close()
	one.SetPeer(2, "127.0.0.1:1")
	one.RemovePeer(2)
	require.Empty(t, one.Peers())
}

func TestARemovalEndsWhatIsOpen(t *testing.T) {
	one, _, requests := collecting(t, kindCalls, nil)
	open := callAsync(one, 2, "may be handled", soon)
	<-requests
	require.Eventually(t, func() bool { return one.Peers()[0].Calls.QueuedFrames == 0 }, soon, tick)
	one.RemovePeer(2)
	r := <-open
	require.ErrorIs(t, r.err, ErrUnknown)
	require.ErrorIs(t, r.err, ErrNotPeer)

	one.SetPeer(2, silentPeer(t)[2])
	waiting := bulkAsync(one, 2, "")
	require.Eventually(t, func() bool {
		d := one.peer(2).bulk.demand
		d.mu.Lock()
		defer d.mu.Unlock()
		return d.users == 1
	}, soon, tick)
	one.RemovePeer(2)
	r = <-waiting
	require.ErrorIs(t, r.err, ErrNotSent)
	require.ErrorIs(t, r.err, ErrNotPeer)
}

func TestARemovalEndsWhatThePeerHasDialled(t *testing.T) {
	one, two := pair(t, nil)
	require.Eventually(t, func() bool { return one.Peers()[0].Heard.Connected }, soon, tick)
	one.RemovePeer(2)
	require.Eventually(t, func() bool { return two.log.has("lost the connection to a peer") }, soon, tick)
	two.await(t, true) // the host takes it still
}

// stopsShort says a hello of node 2 to a node, and reads its answer; its last word is still to be said.
func stopsShort(t testing.TB, one *node) net.Conn {
	c, h := dialTo(t, one), helloFrom2()
	_, err := c.Write(h.encode())
	require.NoError(t, err)
	answer, err := readHello(c)
	require.NoError(t, err)
	require.Zero(t, answer.refusal)
	return c
}

// isUp says the last word on a connection and a message, and reports whether it stands: whether it is received.
func isUp(t testing.TB, one *node, c net.Conn, number int) bool {
	h := helloFrom2()
	_, err := c.Write(h.encode())
	require.NoError(t, err)
	_, _ = c.Write(appendFrame(nil, frameMessage, appendHead(nil, heartbeat(2, 1, number)), nil)) // may be closed already
	r := frameReader{from: c}
	_, _ = readFrames(&r) // until it is closed, or the deadline
	return len(one.handler.received) > 0
}

// greetsThroughARemoval has a node removed between its hello and its last word; it reports whether it got in.
func greetsThroughARemoval(t testing.TB) bool {
	one := alone(t, 1)
	c := stopsShort(t, one)
	one.RemovePeer(2)
	require.NoError(t, c.SetReadDeadline(time.Now().Add(2*time.Second)))
	return isUp(t, one, c, 1)
}

func TestWhoIsRemovedInItsGreetingIsNotLetIn(t *testing.T) {
	require.False(t, greetsThroughARemoval(t))
}

// olderReplaces has the first of two connections come up last; it reports whether that ended the second.
func olderReplaces(t testing.TB) bool {
	one := alone(t, 1)
	first := stopsShort(t, one)
	second, answer := greetAs(t, one, helloFrom2())
	require.Zero(t, answer.refusal)
	require.Eventually(t, func() bool {
		one.mu.Lock()
		defer one.mu.Unlock()
		return one.incoming[end{2, kindMessages}] != nil
	}, soon, tick)
	require.NoError(t, first.SetReadDeadline(time.Now().Add(2*time.Second)))
	firstIsUp := isUp(t, one, first, 1)
	_, err := second.Write(appendFrame(nil, frameMessage, appendHead(nil, heartbeat(2, 1, 2)), nil))
	if firstIsUp || err != nil {
		return true
	}
	return (<-one.handler.received).Message.Commit != 2
}

func TestAnOlderConnectionDoesNotReplaceANewerOne(t *testing.T) { require.False(t, olderReplaces(t)) }

// mournsForMoved has a peer that lives move to where nobody listens yet; it reports whether it counts as dead.
func mournsForMoved(t testing.TB) bool {
	var w way
	cfg := testConfig(1, nil)
	cfg.Dial = w.dial
	one, two := start(t, cfg), alone(t, 2)
	one.SetPeer(2, two.Addr().String())
	one.await(t, true)
	w.mu.Lock()
	w.fails = errNobody
	w.mu.Unlock()
	one.SetPeer(2, "127.0.0.1:1")
	w.awaitFailures(t, 20)
	return len(one.handler.gone) > 0
}

func TestWhoMovesDoesNotDie(t *testing.T) { require.False(t, mournsForMoved(t)) }

// TestPeersChangeWithinTheHandler: a host that learns of an address while it is asked about the node may have it dialled there at once.
func TestPeersChangeWithinTheHandler(t *testing.T) {
	var one atomic.Pointer[node]
	there := alone(t, 2)
	handler := newTestHandler()
	handler.remember = func(peer protocol.NodeID, _ Folder) (Refusal, error) {
		if n := one.Load(); n != nil {
			n.SetPeer(peer, there.Addr().String())
			n.RemovePeer(peer)
			n.SetPeer(peer, there.Addr().String())
		}
		return 0, nil
	}
	cfg := testConfig(1, nil)
	cfg.Handler = handler
	n := start(t, cfg)
	_, answer := greetAs(t, n, helloFrom2())
	require.Zero(t, answer.refusal)
	one.Store(n)
	_, _ = greetAs(t, n, helloFrom2())
	require.Eventually(t, func() bool { return len(n.Peers()) > 0 }, soon, tick)
	one.Store(nil)
	sendUntilReceived(t, n, there, heartbeat(1, 2, 3))
}

// TestPeersChangeBesideEverythingElse: for the race detector, and for what waits for ever.
func TestPeersChangeBesideEverythingElse(t *testing.T) {
	one := alone(t, 1)
	addresses := []string{alone(t, 2).Addr().String(), alone(t, 2).Addr().String()}
	var group, closing sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for k := range 50 {
				one.SetPeer(2, addresses[(g+k)%2])
				one.Send(heartbeat(1, 2, k))
				_, _ = one.Call(t.Context(), 2, nil, time.Now().Add(time.Millisecond))
				_, _ = one.CallBulk(t.Context(), 2, nil, time.Now().Add(time.Millisecond))
				one.Peers()
				if k%3 == g%3 {
					one.RemovePeer(2)
				}
				if g == 0 && k == 40 {
					closing.Go(one.Close)
				}
			}
		})
	}
	group.Wait()
	closing.Wait()
	require.False(t, one.Send(heartbeat(1, 2, 1)))
}
