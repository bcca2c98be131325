package transport

// Goal: who has not the secret is told nothing, leaves nothing behind, and keeps nobody out. Method: strangers of each kind at
// the port, each a function that says what it got through with, so that seeded faults can be shown to be noticed.

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// heardBy says something to a node's port and returns all that it answers until it closes.
func heardBy(n *node, said []byte) ([]byte, error) {
	c, err := net.Dial("tcp", n.Addr().String())
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(soon)); err != nil {
		return nil, err
	}
	if _, err := c.Write(said); err != nil {
		return nil, err
	}
	heard, err := io.ReadAll(c)
	if timeout := net.Error(nil); errors.As(err, &timeout) && timeout.Timeout() {
		return heard, errors.New("the connection stays open")
	}
	return heard, nil
}

// tells reports whether something says who the node is.
func tells(heard []byte, n *node) bool {
	incarnation := order.AppendUint64(nil, n.cfg.Incarnation)
	return bytes.Contains(heard, n.cfg.Cluster[:]) || bytes.Contains(heard, incarnation) || bytes.Contains(heard, []byte(helloMagic))
}

// strangerIsTold says a plain hello that fits, as version 1 did, and one that does not; it returns what was told.
func strangerIsTold(n *node) string {
	fits, other := helloFrom2(), helloFrom2()
	other.cluster[0]++
	for _, h := range []hello{fits, other} {
		heard, err := heardBy(n, h.encode())
		if err != nil || tells(heard, n) {
			return fmt.Sprintf("%q %v", heard, err)
		}
	}
	return ""
}

func TestAStrangerIsToldNothing(t *testing.T) {
	one := start(t, testConfig(1, silentPeer(t)))
	require.Empty(t, strangerIsTold(one))
	for name, said := range map[string][]byte{
		"a browser":       []byte("GET / HTTP/1.1\r\nHost: localhost:7000\r\n\r\n"),
		"garbage":         bytes.Repeat([]byte{0x16, 3, 1, 0xff, 0xff, 7}, 1000),
		"a record's head": {0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3, 3, 0},
	} {
		heard, _ := heardBy(one, said)
		require.False(t, tells(heard, one), name)
	}
	require.Zero(t, one.handler.remembered.Load())
	require.Empty(t, one.handler.received)
}

// helloThrough says a hello through TLS of a stranger's making and returns what comes back.
func helloThrough(n *node, config *tls.Config) ([]byte, error) {
	c, err := tls.Dial("tcp", n.Addr().String(), config)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(soon)); err != nil {
		return nil, err
	}
	h := helloFrom2()
	if _, err := c.Write(h.encode()); err != nil {
		return nil, err
	}
	return io.ReadAll(c)
}

// strangersGetIn tries the port with what strangers may have; it returns whom it let in.
func strangersGetIn(t testing.TB, n *node) (letIn []string) {
	other, err := newProof(NewSecret())
	require.NoError(t, err)
	stolen, err := newProof(testSecret) // the certificate is shown to whoever comes, the key is not
	require.NoError(t, err)
	wrongKey := stolen.config.Certificates[0]
	wrongKey.PrivateKey = other.config.Certificates[0].PrivateKey.(ed25519.PrivateKey)
	for name, config := range map[string]*tls.Config{
		"no certificate":            {},
		"another secret":            {Certificates: other.config.Certificates},
		"the certificate, no key":   {Certificates: []tls.Certificate{wrongKey}},
		"TLS 1.2 with the secret":   {Certificates: stolen.config.Certificates, MaxVersion: tls.VersionTLS12},
		"TLS 1.2 without a secret":  {MaxVersion: tls.VersionTLS12},
		"another secret, for names": {Certificates: other.config.Certificates, ServerName: "semel"},
	} {
		config.InsecureSkipVerify = true
		if heard, err := helloThrough(n, config); len(heard) > 0 || err == nil {
			letIn = append(letIn, fmt.Sprintf("%s: %q", name, heard))
		}
	}
	return letIn
}

func TestOnlyTheSecretLetsIn(t *testing.T) {
	one := start(t, testConfig(1, silentPeer(t)))
	require.Empty(t, strangersGetIn(t, one))
	require.Zero(t, one.handler.remembered.Load())
	_, answer := greetAs(t, one, helloFrom2())
	require.Zero(t, answer.refusal)
}

func TestNodesOfTwoSecretsSayWhatIsWrong(t *testing.T) {
	l1, l2 := reserve(t), reserve(t)
	c1 := testConfig(1, map[protocol.NodeID]string{2: l2.Addr().String()})
	c2 := testConfig(2, map[protocol.NodeID]string{1: l1.Addr().String()})
	c1.Listener, c2.Listener, c2.Secret = l1, l2, NewSecret()
	one, two := start(t, c1), start(t, c2)
	for _, n := range []*node{one, two} {
		require.Eventually(t, func() bool { return n.log.has("give all nodes the same secret file") && n.Port().Refused > 0 }, soon, tick)
		require.False(t, n.Peers()[0].Messages.Connected)
		require.Zero(t, n.handler.remembered.Load())
		for _, shown := range []string{fmt.Sprintf("%x", testSecret.key[:]), fmt.Sprintf("%x", c2.Secret.key[:])} {
			require.False(t, n.log.has(shown), "a secret is in the log")
		}
	}
}

// TestNoTicketsAreGiven: nothing can be resumed or sent before the proof.
func TestNoTicketsAreGiven(t *testing.T) {
	one := start(t, testConfig(1, silentPeer(t)))
	p, err := newProof(testSecret)
	require.NoError(t, err)
	cached := &keeping{}
	config := p.config.Clone()
	config.ClientSessionCache = cached
	for range 2 {
		c, err := tls.Dial("tcp", one.Addr().String(), config)
		require.NoError(t, err)
		h := helloFrom2()
		_, err = c.Write(h.encode())
		require.NoError(t, err)
		_, err = readHello(c)
		require.NoError(t, err)
		require.False(t, c.ConnectionState().DidResume)
		require.NoError(t, c.Close())
	}
	require.Zero(t, cached.put)
}

// keeping counts the sessions that it is given to keep.
type keeping struct{ put int }

func (k *keeping) Get(string) (*tls.ClientSessionState, bool) { return nil, false }
func (k *keeping) Put(string, *tls.ClientSessionState)        { k.put++ }

// recorder keeps what is written to a connection.
type recorder struct {
	net.Conn
	mu   *sync.Mutex
	said *bytes.Buffer
}

func (r recorder) Write(p []byte) (int, error) {
	r.mu.Lock()
	r.said.Write(p)
	r.mu.Unlock()
	return r.Conn.Write(p)
}

// TestARecordedConnectionIsWorthNothing: all that a node sent another is sent again, in one piece and in part.
func TestARecordedConnectionIsWorthNothing(t *testing.T) {
	var mu sync.Mutex
	var streams []*bytes.Buffer
	one, two := pair(t, func(c *Config) {
		if c.Node == 1 {
			c.Dial = wrappedDial(func(nc net.Conn) net.Conn {
				mu.Lock()
				defer mu.Unlock()
				said := new(bytes.Buffer)
				streams = append(streams, said)
				return recorder{nc, &mu, said}
			})
		}
	})
	require.True(t, one.Send(heartbeat(1, 2, 7)))
	<-two.handler.received
	_, err := one.Call(t.Context(), 2, []byte("once"), time.Now().Add(soon))
	require.NoError(t, err)
	before := two.handler.remembered.Load()
	mu.Lock()
	recorded := [][]byte{}
	for _, s := range streams {
		recorded = append(recorded, bytes.Clone(s.Bytes()))
	}
	mu.Unlock()
	for _, stream := range recorded {
		for _, part := range [][]byte{stream, stream[:len(stream)/2], bytes.Repeat(stream, 3)} {
			heard, _ := heardBy(two, part)
			require.False(t, tells(heard, two))
		}
	}
	require.Empty(t, two.handler.received)
	require.Equal(t, before, two.handler.remembered.Load())
	require.True(t, one.Peers()[0].Messages.Connected, "and nobody was disturbed")
}

// relayed starts a node that dials node 2 and reaches, through somebody in between, the port at aim; it returns the
// node once both its links were tried.
func relayed(t testing.TB, self func(c *Config) (aim net.Listener)) *node {
	between := reserve(t)
	cfg := testConfig(1, map[protocol.NodeID]string{2: between.Addr().String(), 3: reserve(t).Addr().String()})
	aim := self(&cfg)
	go func() {
		for {
			c, err := between.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", aim.Addr().String())
			if err != nil {
				c.Close()
				continue
			}
			go func() { _, _ = io.Copy(there, c); there.Close() }()
			go func() { _, _ = io.Copy(c, there); c.Close() }()
		}
	}()
	one := start(t, cfg)
	require.Eventually(t, func() bool {
		s := one.Peers()[0]
		return (s.Messages.LastError != "" || s.Messages.Connected) && (s.Calls.LastError != "" || s.Calls.Connected)
	}, soon, tick)
	return one
}

// relayGetsIn has somebody in between lead node 1 to node 3 where it means node 2; it returns what went wrong.
func relayGetsIn(t testing.TB) string {
	third := testConfig(3, map[protocol.NodeID]string{1: reserve(t).Addr().String(), 2: reserve(t).Addr().String()})
	third.Listener = reserve(t)
	three := start(t, third)
	one := relayed(t, func(*Config) net.Listener { return third.Listener })
	if s := one.Peers()[0]; s.Messages.Connected || three.handler.remembered.Load() > 0 {
		return fmt.Sprintf("%+v", s)
	}
	return ""
}

func TestAConnectionThatIsLedElsewhereIsRefused(t *testing.T) {
	require.Empty(t, relayGetsIn(t))
}

// TestAConnectionThatComesBackIsRefused: both ends have the same key, so that the proof succeeds; the hello does not.
func TestAConnectionThatComesBackIsRefused(t *testing.T) {
	one := relayed(t, func(c *Config) net.Listener {
		c.Listener = reserve(t)
		return c.Listener
	})
	require.Contains(t, one.Peers()[0].Messages.LastError, "refused by the peer: another node answers at this address")
	require.False(t, one.Peers()[0].Messages.Connected)
	require.Zero(t, one.handler.remembered.Load())
}

// refusedContactBinds has node 1, with a new folder, met by a node 2 that then refuses it; it returns how often node 1
// was asked to remember that.
func refusedContactBinds(t testing.TB, one *node) int {
	c := dialTo(t, one)
	h := helloFrom2()
	_, err := c.Write(h.encode())
	require.NoError(t, err)
	_, err = readHello(c)
	require.NoError(t, err)
	h.refusal = OtherIncarnation
	_, err = c.Write(h.encode())
	require.NoError(t, err)
	_, err = readHello(c)
	require.Error(t, err)
	return int(one.handler.remembered.Load())
}

func TestARefusedContactBindsNobody(t *testing.T) {
	one := start(t, testConfig(1, silentPeer(t)))
	require.Zero(t, refusedContactBinds(t, one))
	require.Eventually(t, func() bool { return one.log.has("refused by the peer") }, soon, tick)
	_, answer := greetAs(t, one, helloFrom2())
	require.Zero(t, answer.refusal)
	require.Eventually(t, func() bool { return one.handler.remembered.Load() == 1 }, soon, tick)
}

func TestADialledContactThatIsRefusedBindsNobody(t *testing.T) {
	listener := reserve(t)
	one := start(t, testConfig(1, map[protocol.NodeID]string{2: listener.Addr().String()}))
	c := acceptFrom(t, listener)
	h, err := readHello(c)
	require.NoError(t, err)
	answer := helloFrom2()
	answer.kind, answer.refusal = h.kind, OtherIncarnation
	_, err = c.Write(answer.encode())
	require.NoError(t, err)
	require.Eventually(t, func() bool { return one.log.has("has met this node with another data folder") }, soon, tick)
	require.Zero(t, one.handler.remembered.Load())
}

// silentFlood opens so many connections to a node and says nothing on them.
func silentFlood(t testing.TB, n *node, connections int) {
	for range connections {
		c, err := net.Dial("tcp", n.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { c.Close() })
	}
}

// floodKeepsOut fills all places with connections that stay for long, and more, while a peer that is connected stays, and
// then has another come; it returns what went wrong.
func floodKeepsOut(t testing.TB) string {
	cfg := testConfig(1, silentPeer(t))
	cfg.DialTimeout = time.Hour
	one := start(t, cfg)
	early, answer := greetAs(t, one, helloFrom2())
	require.Zero(t, answer.refusal)
	silentFlood(t, one, 1000)
	require.Eventually(t, func() bool { return one.Port().Accepted == 1001 }, soon, tick)
	if p := one.Port(); p.Greeting != mostGreeting || p.Displaced != 1000-mostGreeting {
		return fmt.Sprintf("of 1000 silent connections: %+v", p)
	}
	_, err := early.Write(appendFrame(nil, frameMessage, appendHead(nil, heartbeat(2, 1, 1)), nil))
	require.NoError(t, err)
	require.Equal(t, protocol.Index(1), (<-one.handler.received).Message.Commit, "who was connected is not disturbed")
	h := helloFrom2()
	h.kind = kindCalls
	late := dialTo(t, one)
	if _, err := late.Write(h.encode()); err != nil {
		return err.Error()
	}
	if answer, err := readHello(late); err != nil || answer.refusal != 0 {
		return fmt.Sprint(answer, err)
	}
	return ""
}

func TestAFloodOfSilentStrangersKeepsNobodyOut(t *testing.T) {
	require.Empty(t, floodKeepsOut(t))
}

func TestAFloodPushesOutItself(t *testing.T) {
	l := lobby{places: mostGreeting}
	honest := &closing{}
	l.enter(honest, "10.0.0.2")
	flood := make([]*closing, 10*mostGreeting)
	for k := range flood {
		flood[k] = &closing{}
		l.enter(flood[k], fmt.Sprint("10.9.9.", k%3))
	}
	require.False(t, honest.closed, "one of few from its address stays")
	require.True(t, flood[0].closed)
	require.False(t, flood[len(flood)-1].closed)
	require.True(t, l.leave(honest))
	require.False(t, l.leave(flood[0]))
	greeting, displaced := l.counts()
	require.Equal(t, mostGreeting-1, greeting)
	require.EqualValues(t, 9*mostGreeting+1, displaced)
}

func TestStrangersTakeAnEighthOfTheDescriptors(t *testing.T) {
	for descriptors, places := range map[uint64]int{16: 8, 128: 16, 1024: 128, 4096: 256, 1 << 62: 256} {
		require.Equal(t, places, placesFor(descriptors), descriptors)
	}
	cfg := testConfig(1, silentPeer(t))
	cfg.DialTimeout = time.Hour
	one := start(t, cfg)
	one.lobby.mu.Lock()
	one.lobby.places = placesFor(128)
	one.lobby.mu.Unlock()
	silentFlood(t, one, 100)
	require.Eventually(t, func() bool { return one.Port().Accepted == 100 }, soon, tick)
	require.Eventually(t, func() bool { return one.Port().Greeting == 16 }, soon, tick)
}

// closing knows whether it was closed.
type closing struct {
	net.Conn
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestWhatAnAddressCountsAs(t *testing.T) {
	for address, want := range map[string]string{
		"10.1.2.3:7": "10.1.2.3", "[::ffff:10.1.2.3]:7": "10.1.2.3", "[2001:db8:1:2:3::4]:7": "2001:db8:1:2::/64", "[fe80::1%eth0]:7": "fe80::/64",
	} {
		a, err := net.ResolveTCPAddr("tcp", address)
		require.NoError(t, err)
		require.Equal(t, want, source(a))
	}
	require.Equal(t, "@", source(&net.UnixAddr{Name: "@", Net: "unix"}))
}

// failing is a listener that fails so many times first.
type failing struct {
	net.Listener
	left  int
	fault error
}

func (f *failing) Accept() (net.Conn, error) {
	if f.left > 0 {
		f.left--
		return nil, f.fault
	}
	return f.Listener.Accept()
}

// acceptsBehind has the listener fail three times with a fault, and reports whether a peer gets in behind that.
func acceptsBehind(t testing.TB, fault error) (errors uint64, logged int, in bool) {
	cfg := testConfig(1, silentPeer(t))
	cfg.Listener = &failing{reserve(t), 3, &net.OpError{Op: "accept", Net: "tcp", Err: fault}}
	one := start(t, cfg)
	below, err := net.Dial("tcp", one.Addr().String())
	require.NoError(t, err)
	defer below.Close()
	c, err := testSecret.Client(below)
	require.NoError(t, err)
	require.NoError(t, c.SetDeadline(time.Now().Add(time.Second)))
	h := helloFrom2()
	if _, err = c.Write(h.encode()); err == nil {
		_, err = readHello(c)
	}
	return one.Port().AcceptErrors, one.log.count("cannot accept connections"), err == nil
}

func TestAnErrorOfTheListenerEndsNothing(t *testing.T) {
	for _, fault := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ECONNABORTED, syscall.ENOBUFS, syscall.ENOMEM, syscall.EINTR, errTest} {
		errors, logged, in := acceptsBehind(t, fault)
		require.True(t, in, fault)
		require.EqualValues(t, 3, errors)
		require.Equal(t, 1, logged)
	}
}
