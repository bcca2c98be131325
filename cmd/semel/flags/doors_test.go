package flags

// Goal: who names a port that is no HTTP door is told which it was, and a node that dies is not taken for one. Method:
// listeners that behave as other ports do.

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// listen hands each connection to serve, which closes it by its return.
func listen(t *testing.T, serve func(net.Conn)) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			}()
		}
	}()
	return listener.Addr().String()
}

func TestAPortThatIsNoHTTPDoorIsSaid(t *testing.T) {
	silentTLS := listen(t, func(conn net.Conn) { // as the port between nodes is: it says nothing before TLS
		first := make([]byte, 1)
		if _, err := io.ReadFull(conn, first); err != nil || first[0] != 0x16 {
			return
		}
		_, _ = conn.Write([]byte{0x15, 3, 3, 0, 2, 2, 40}) // an alert
		_, _ = io.Copy(io.Discard, conn)
	})
	redis := func(answer string) string {
		return listen(t, func(conn net.Conn) {
			line, _ := bufio.NewReader(conn).ReadString('\n')
			if strings.HasPrefix(line, "*1") {
				_, _ = io.WriteString(conn, answer)
			}
		})
	}
	for address, says := range map[string]string{
		silentTLS:          "speaks TLS, as the port between nodes",
		redis("+PONG\r\n"): "the protocol of Redis, as the port",
		redis("-NOAUTH Authentication required\r\n"):                                    "the protocol of Redis, as the port",
		listen(t, func(net.Conn) {}):                                                    "closed without an answer",
		listen(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "SSH-2.0-x\r\n") }): "malformed HTTP",
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			c := Client{Nodes: address, Timeout: 2 * time.Second} // it is asked again and again for so long
			_, err := c.Ask(t.Context(), func(ctx context.Context, nodes *cluster.Client) (cluster.Answer, error) {
				return nodes.Claim(ctx, cluster.Claim{Record: c.Record("k"), Owner: "o"})
			})
			require.ErrorContains(t, err, says)
			known := strings.Contains(says, " as ")
			require.Equal(t, known, errors.Is(err, cluster.ErrNoDoor), says)
			var unavailable *cluster.UnavailableError
			require.ErrorAs(t, err, &unavailable)
			require.Equal(t, !known, unavailable.Unknown, "what was another port has applied nothing; of a node that died nobody knows")
		})
	}
}

// A node that dies under many calls is asked once what it is, and not by each of them.
func TestWhatIsReachedIsAskedOnce(t *testing.T) {
	var met atomic.Int64
	address := listen(t, func(net.Conn) { met.Add(1) })
	transport := NewTransport()
	transport.every = time.Hour
	const calls = 8
	for range calls {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address, strings.NewReader("{}"))
		require.NoError(t, err)
		response, err := transport.RoundTrip(request)
		if err == nil {
			_ = response.Body.Close()
		}
		require.Error(t, err)
	}
	require.EqualValues(t, calls+2, met.Load(), "the calls, and one question for each protocol")
}
