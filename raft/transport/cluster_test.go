package transport

// Shared by the tests of this room: nodes on loopback, a handler that hands on what it is given, and a
// log that can be asked.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

const (
	soon = time.Minute // for what happens at once on a machine that has nothing else to do
	tick = time.Millisecond
)

// testHandler hands on what arrives; answer, if set, replies to requests, otherwise they are echoed.
type testHandler struct {
	received chan Packet
	answer   func(from protocol.NodeID, request []byte, reply func([]byte))
	bulk     func(from protocol.NodeID, request []byte, reply func([]byte)) // as answer
	asked    func(from net.Addr, request []byte, reply func([]byte))        // as answer
	verify   func(peer protocol.NodeID, folder Folder) (Refusal, error)
	remember func(peer protocol.NodeID, folder Folder) (Refusal, error)
	words    chan string
	refused  chan Refusal
	gone     chan protocol.NodeID
	met      atomic.Int32 // times that it was told so

	remembered atomic.Int32 // times that it was asked to remember

	verified, found sync.Map // by node: what it advertised when it was asked about, and remembered
}

func newTestHandler() *testHandler {
	return &testHandler{received: make(chan Packet, 1<<16), refused: make(chan Refusal, 1<<10), words: make(chan string, 1<<10), gone: make(chan protocol.NodeID, 1<<10)}
}

func (h *testHandler) Verify(peer protocol.NodeID, folder Folder, advertised []byte) (Refusal, error) {
	h.verified.Store(peer, string(advertised))
	if h.verify == nil {
		return 0, nil
	}
	return h.verify(peer, folder)
}

func (h *testHandler) Remember(peer protocol.NodeID, folder Folder, advertised []byte) (Refusal, error) {
	h.remembered.Add(1)
	h.found.Store(peer, string(advertised))
	if h.remember == nil {
		return 0, nil
	}
	return h.remember(peer, folder)
}

func (h *testHandler) Met(protocol.NodeID) { h.met.Add(1) }

func (h *testHandler) Refused(_ protocol.NodeID, refusal Refusal) { h.refused <- refusal }

func (h *testHandler) Gone(peer protocol.NodeID) { h.gone <- peer }

func (h *testHandler) Receive(p *Packet) {
	h.received <- Packet{Message: p.Message, Number: p.Number, Payload: bytes.Clone(p.Payload)}
}

func (h *testHandler) Digested(from protocol.NodeID, d Digest) { h.words <- fmt.Sprint(from, d) }

func (h *testHandler) Accused(by protocol.NodeID, a Accusation) { h.words <- fmt.Sprint(by, a) }

func (h *testHandler) Forwarded(from protocol.NodeID, request []byte, reply func([]byte)) {
	if h.answer == nil {
		reply(request)
		return
	}
	h.answer(from, request, reply)
}

func (h *testHandler) Bulk(from protocol.NodeID, request []byte, reply func([]byte)) {
	if h.bulk == nil {
		reply(request)
		return
	}
	h.bulk(from, request, reply)
}

func (h *testHandler) Asked(from net.Addr, request []byte, reply func([]byte)) {
	if h.asked == nil {
		reply(request)
		return
	}
	h.asked(from, request, reply)
}

// node is one transport under test and what it was built from.
type node struct {
	*Transport
	handler *testHandler
	log     *logBuffer
}

// logBuffer is a log that can be read while it is written.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) count(text string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Count(b.text.String(), text)
}

func (b *logBuffer) has(text string) bool { return b.count(text) > 0 }

var testSecret = NewSecret()

var testCluster = [16]byte{'t', 'e', 's', 't'}

// testConfig is node id of a cluster; addresses of peers are filled in by the test.
func testConfig(id protocol.NodeID, peers map[protocol.NodeID]string) Config {
	return Config{
		Identity:   Identity{Cluster: testCluster, Node: id, Folder: onlyStart(uint64(id) * 11)},
		Secret:     testSecret,
		Listen:     "127.0.0.1:0",
		Peers:      peers,
		BackOffMin: time.Millisecond, BackOffMax: 20 * time.Millisecond,
		Pulse: 50 * time.Millisecond, Silence: 10 * time.Second,
	}
}

// onlyStart is a folder in its first start.
func onlyStart(incarnation uint64) Folder {
	return Folder{Incarnation: incarnation, Starts: 1, Recent: []uint64{incarnation + 1}}
}

// start starts a transport that the test's end closes.
func start(t testing.TB, cfg Config) *node {
	n := &node{log: &logBuffer{}}
	if cfg.Handler == nil {
		cfg.Handler = newTestHandler()
	}
	n.handler, _ = cfg.Handler.(*testHandler)
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(n.log, nil))
	}
	var err error
	n.Transport, err = Start(cfg)
	require.NoError(t, err)
	t.Cleanup(n.Close)
	return n
}

// reserve returns a listener on an address of its own.
func reserve(t testing.TB) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l
}

// pair starts nodes 1 and 2 and waits until both see each other; change, if not nil, is applied to both
// configurations.
func pair(t testing.TB, change func(*Config)) (one, two *node) {
	l1, l2 := reserve(t), reserve(t)
	c1 := testConfig(1, map[protocol.NodeID]string{2: l2.Addr().String()})
	c2 := testConfig(2, map[protocol.NodeID]string{1: l1.Addr().String()})
	c1.Listener, c2.Listener = l1, l2
	if change != nil {
		change(&c1)
		change(&c2)
	}
	one, two = start(t, c1), start(t, c2)
	one.await(t, true)
	two.await(t, true)
	return one, two
}

// await waits until both links to the only peer are up, or both are down.
func (n *node) await(t testing.TB, up bool) {
	t.Helper()
	require.Eventually(t, func() bool {
		all := n.Peers()
		return len(all) > 0 && all[0].Messages.Connected == up && all[0].Calls.Connected == up
	}, soon, tick)
}

// heartbeat is a message from one node to another, with a number to tell it by.
func heartbeat(from, to protocol.NodeID, number int) *Packet {
	return &Packet{Message: protocol.Message{Type: protocol.AppendEntries, From: from, To: to, Term: 1, Commit: protocol.Index(number)}}
}

// withEntries is a message with n entries of one term and a payload.
func withEntries(from, to protocol.NodeID, n int, payload []byte) *Packet {
	p := heartbeat(from, to, 0)
	entries := make([]protocol.Entry, n)
	for k := range entries {
		entries[k] = protocol.Entry{Term: 1, Value: 1}
	}
	p.Message.Entries, p.Payload = protocol.EntriesOf(entries...), payload
	return p
}

// sendUntilReceived sends p until it arrives; a message may be lost while a connection is renewed.
func sendUntilReceived(t testing.TB, from, to *node, p *Packet) Packet {
	t.Helper()
	var got Packet
	require.Eventually(t, func() bool {
		from.Send(p)
		select {
		case got = <-to.handler.received:
			return true
		default:
			return false
		}
	}, soon, tick)
	return got
}

// wrappedDial returns a Dial whose connections are made by wrap.
func wrappedDial(wrap func(net.Conn) net.Conn) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return wrap(c), nil
	}
}

// dialTo connects to a node's port and proves that it has the secret.
func dialTo(t testing.TB, n *node) net.Conn {
	below, err := net.Dial("tcp", n.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { below.Close() })
	c, err := testSecret.Client(below)
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(soon)))
	return c
}

// acceptFrom accepts a node that dials, with the secret.
func acceptFrom(t testing.TB, listener net.Listener) net.Conn {
	below, err := listener.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { below.Close() })
	c, err := testSecret.Server(below)
	require.NoError(t, err)
	return c
}

var errTest = errors.New("made to fail")
