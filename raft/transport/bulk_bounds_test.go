package transport

// Goal: what a bulk call may hold is bounded: a frame, what the system has of a connection, and how much has to be read at once. Method: bare
// sockets in the place of node 2, and connections that note what is done with them.

import (
	"bytes"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/raft/protocol"
)

// bounded is a port that notes for which connections, in the order in which they came, what the system holds was bounded.
type bounded struct {
	net.Listener
	bytes chan int
}

type boundedConn struct {
	net.Conn
	bytes chan int
}

func (b bounded) Accept() (net.Conn, error) {
	c, err := b.Listener.Accept()
	return boundedConn{c, b.bytes}, err
}

func (b boundedConn) SetWriteBuffer(bytes int) error {
	b.bytes <- bytes
	return nil
}

func TestWhatTheSystemHoldsOfBulkIsBounded(t *testing.T) {
	cfg := testConfig(1, silentPeer(t))
	port := bounded{reserve(t), make(chan int, 10)}
	cfg.Listener = port
	one := start(t, cfg)
	_, _ = greetAs(t, one, helloFrom2())
	greetForBulk(t, one)
	require.Equal(t, bulkBufferBytes, <-port.bytes)
	require.Empty(t, port.bytes, "messages keep what the system gives them")
}

// takesTooLarge announces to a node a bulk request larger than any, and reports whether it waits for it.
func takesTooLarge(t *testing.T) bool {
	cfg := testConfig(1, silentPeer(t))
	cfg.Silence = time.Second
	one := start(t, cfg)
	c := greetForBulk(t, one)
	_, err := c.Write(announce(callNumberBytes + MaxBulkBytes + 1))
	require.NoError(t, err)
	closes(t, c)
	one.Close() // what is said of the connection is said by then
	return !one.log.has("a body of 4194313 bytes, at most 4194312")
}

func TestWhatIsTooLargeForABulkCallIsNotWaitedFor(t *testing.T) { require.False(t, takesTooLarge(t)) }

func TestABulkResponseThatIsTooLargeIsDroppedAndHoldsNothing(t *testing.T) {
	cfg := testConfig(1, silentPeer(t))
	handler := newTestHandler()
	handler.bulk = func(_ protocol.NodeID, _ []byte, reply func([]byte)) { reply(make([]byte, MaxBulkBytes+1)) }
	cfg.Handler = handler
	one := start(t, cfg)
	_, err := greetForBulk(t, one).Write(bulkRequests(0, 1, ""))
	require.NoError(t, err)
	require.Eventually(t, func() bool { return one.log.has("dropped a response that can never be sent") }, soon, tick)
	require.Empty(t, one.shares[2])
}

// slow is a connection whose reader takes whatever it is given, and notes how much it was to take by one deadline.
type slow struct {
	net.Conn
	sinceDeadline, most int
	taken               bytes.Buffer
}

func (s *slow) SetWriteDeadline(time.Time) error {
	s.sinceDeadline = 0
	return nil
}

func (s *slow) Write(p []byte) (int, error) {
	s.sinceDeadline += len(p)
	s.most = max(s.most, s.sinceDeadline)
	return s.taken.Write(p)
}

// dueAtOnce writes a bulk response, and returns how much of it the peer had to take within one silence.
func dueAtOnce(t *testing.T) int {
	under := &slow{}
	c := (&Transport{cfg: Config{Silence: time.Second}}).newConn(under, 2, kindBulk, maxVersion)
	_, err := c.out.put(frameResponse, make([]byte, callNumberBytes), bytes.Repeat([]byte("data"), 1<<18), bounds{})
	require.NoError(t, err)
	b, _ := c.out.take()
	all := bytes.Clone(b)
	require.NoError(t, c.writeOut(b))
	require.Equal(t, all, under.taken.Bytes())
	require.EqualValues(t, len(all), c.out.sent())
	return under.most
}

func TestASlowReaderIsNotASilentOne(t *testing.T) { require.Equal(t, writeAtOnce, dueAtOnce(t)) }
