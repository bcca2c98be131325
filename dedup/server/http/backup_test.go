package http_test

// Goal: a backup comes whole, is gone on with where it was cut off, by who names it alone; and no reader holds it for longer than it reads. Method: a door over a
// machine in memory; a server whose reader does not read.

import (
	"bytes"
	"io"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/backup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

// get asks a door for a backup, with pairs of header fields.
func get(door *http.Door, fields ...string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(nethttp.MethodGet, "/v1/cluster/backup", nil)
	for k := 0; k < len(fields); k += 2 {
		request.Header.Set(fields[k], fields[k+1])
	}
	w := httptest.NewRecorder()
	door.ServeHTTP(w, request)
	return w
}

func TestABackupIsGivenWholeAndGoneOnWith(t *testing.T) {
	service := local.New(10_000)
	service.ClaimDone("k")
	door := http.New(http.Config{Service: service})
	whole := get(door)
	require.Equal(t, nethttp.StatusOK, whole.Code)
	reader, err := backup.NewReader(bytes.NewReader(whole.Body.Bytes()))
	require.NoError(t, err)
	body, err := io.ReadAll(reader)
	require.NoError(t, err)
	m, err := dedup.LoadState(body[backup.SumBytes:])
	require.NoError(t, err)
	require.EqualValues(t, 1, m.Usage().Keys)
	require.Zero(t, service.Opened())

	name := whole.Header().Get("ETag")
	rest := get(door, "If-Match", name, "Range", "bytes=600-")
	require.Equal(t, nethttp.StatusPartialContent, rest.Code)
	require.Equal(t, whole.Body.Bytes()[600:], rest.Body.Bytes())
	require.Equal(t, whole.Body.Bytes(), get(door, "Range", "bytes=600-").Body.Bytes(), "of which backup is not said")

	require.Equal(t, nethttp.StatusPreconditionFailed, get(door, "If-Match", strings.Replace(name, "-", "-0", 1), "Range", "bytes=600-").Code, "another state of that index")
	require.Equal(t, nethttp.StatusBadRequest, get(door, "If-Match", "x").Code)
	service.ClaimDone("k2")
	gone := get(door, "If-Match", name, "Range", "bytes=600-")
	require.Equal(t, "/problems/backup-gone", readProblem(t, gone).Type)
	require.Zero(t, service.Opened())
}

func TestWhyThereIsNoBackup(t *testing.T) {
	for kind, row := range map[string]struct {
		err    error
		status int
	}{
		"backup-busy":     {server.ErrBackupBusy, 503},
		"snapshot-failed": {&server.SnapshotError{Detail: "d"}, 409},
		"unanswered":      {server.ErrUnanswered, 503},
	} {
		service := local.New(1)
		service.Fail(row.err)
		w := get(http.New(http.Config{Service: service}))
		told := readProblem(t, w)
		require.Equal(t, row.status, w.Code)
		require.Equal(t, "/problems/"+kind, told.Type)
		require.Equal(t, "no", told.Applied)
	}
}

// pipes is a listener of connections without a buffer.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	c, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return c, nil
}

func (p pipes) Close() error { return nil }

func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func TestAReaderThatDoesNotReadIsCutOff(t *testing.T) {
	service := local.New(10_000)
	for k := range 1000 {
		service.ClaimDone(string(rune('a' + k)))
	}
	door := http.New(http.Config{Service: service, PieceTime: 50 * time.Millisecond})
	server, listener := http.NewServer(door), make(pipes)
	go func() { _ = server.Serve(door.Listen(listener)) }()
	client, accepted := net.Pipe()
	listener <- accepted
	_, err := io.WriteString(client, "GET /v1/cluster/backup HTTP/1.1\r\nHost: h\r\n\r\n")
	require.NoError(t, err)
	first := make([]byte, 700)
	_, err = io.ReadFull(client, first)
	require.NoError(t, err)
	require.Equal(t, 1, service.Opened())
	require.Eventually(t, func() bool { return service.Opened() == 0 }, time.Minute, time.Millisecond)
	rest, err := io.ReadAll(client)
	require.Less(t, len(rest), 40_000, "it is not whole: %v", err)
	close(listener)
	require.NoError(t, server.Close())
}
