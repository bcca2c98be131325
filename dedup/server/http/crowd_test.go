package http_test

// Goal: who takes places, time or memory and gives nothing hurts nobody else, is told so, and the operator still sees
// how the node is. Method: the server as it ships, on pipes and in virtual time.

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/gate"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

// street is a net.Listener to which clients come when a test says so.
type street struct {
	clients chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func (s *street) Accept() (net.Conn, error) {
	select {
	case c := <-s.clients:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *street) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

func (s *street) Addr() net.Addr { return &net.TCPAddr{} }

// house is a served door.
type house struct {
	*local.Service
	t      *testing.T
	door   *http.Door
	server *nethttp.Server
	street *street
}

func open(t *testing.T, config http.Config) *house {
	h := &house{t: t, Service: local.New(10), street: &street{clients: make(chan net.Conn), closed: make(chan struct{})}}
	config.Service = h.Service
	h.door = http.New(config)
	h.server = http.NewServer(h.door)
	ended := make(chan error, 1)
	go func() { ended <- h.server.Serve(h.door.Listen(h.street)) }()
	t.Cleanup(func() {
		require.NoError(t, h.server.Close())
		require.ErrorIs(t, <-ended, nethttp.ErrServerClosed)
		<-time.After(time.Second) // net/http waits before it closes some
	})
	return h
}

func (h *house) visit() net.Conn {
	here, there := net.Pipe()
	h.street.clients <- there
	return here
}

// ask sends a request on a connection and returns its answer.
func (h *house) ask(c net.Conn, request string) (int, string) {
	go func() { _, _ = c.Write([]byte(request)) }()
	response, err := nethttp.ReadResponse(bufio.NewReader(c), nil)
	require.NoError(h.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(h.t, err)
	return response.StatusCode, string(body)
}

func isClosed(c net.Conn) bool {
	synctest.Wait()
	_ = c.SetReadDeadline(time.Now().Add(time.Nanosecond))
	_, err := c.Read(make([]byte, 1))
	return errors.Is(err, io.EOF)
}

const ready = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n"

func claimOf(body string, length int) string {
	return fmt.Sprintf("POST /v1/claim HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", length, body)
}

const claimK = `{"key":"k","owner":"a"}`

func TestIdleSocketsLockNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, http.Config{MaxConnections: 8})
		spoken := h.visit()
		code, _ := h.ask(spoken, ready)
		require.Equal(t, 200, code)
		var idlers []net.Conn
		for range 50 {
			idlers = append(idlers, h.visit())
		}
		code, body := h.ask(h.visit(), claimOf(claimK, len(claimK)))
		require.Equal(t, 200, code, body)
		for _, c := range idlers[:40] {
			require.True(t, isClosed(c))
		}
		code, _ = h.ask(spoken, ready)
		require.Equal(t, 200, code, "those who never spoke go first")
	})
}

func TestHealthIsToldWhereAllPlacesAreTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, http.Config{MaxConnections: 4})
		release := h.Hold()
		var working []net.Conn
		for range 4 {
			c := h.visit()
			_, err := c.Write([]byte(claimOf(claimK, len(claimK))))
			require.NoError(t, err)
			<-h.Waiting()
			working = append(working, c)
		}
		for range 3 * gate.DefaultSpare { // others try, and do nothing
			h.visit()
		}
		for path, want := range map[string]int{"/readyz": 200, "/livez": 200, "/v1/status": 200, "/v1/nothing": 503} {
			code, body := h.ask(h.visit(), "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
			require.Equal(t, want, code, body)
		}
		code, body := h.ask(h.visit(), claimOf(claimK, len(claimK)))
		require.Equal(t, 503, code)
		require.Contains(t, body, `"type":"/problems/too-many-connections"`)
		require.Contains(t, body, `"applied":"no"`)
		release()
		for _, c := range working {
			response, err := nethttp.ReadResponse(bufio.NewReader(c), nil)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, 200, response.StatusCode, "who is being answered keeps its place")
		}
	})
}

func TestARefusedConnectionHearsAProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, http.Config{MaxConnections: 1})
		defer h.Hold()()
		for range 1 + gate.DefaultSpare { // pipelined: the claim, and behind it another request
			c := h.visit()
			_, err := c.Write([]byte(claimOf(claimK, len(claimK))))
			require.NoError(t, err)
			synctest.Wait()
		}
		c := h.visit()
		code, body := h.ask(c, ready)
		require.Equal(t, 200, code, "spare places are given up again: %s", body)
	})
}

const hugeBytes = 60 << 10

// hugeValue stores a value, and returns a request whose answer has it.
func (h *house) hugeValue(letter string) (request string) {
	body := fmt.Sprintf(`{"key":"k","owner":"a","value":"%s"}`, strings.Repeat(letter, hugeBytes))
	code, answer := h.ask(h.visit(), claimOf(body, len(body)))
	require.Equal(h.t, 200, code, answer)
	again := `{"key":"k","owner":"b"}`
	return claimOf(again, len(again))
}

func TestAClientThatDoesNotReadIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, http.Config{})
		request := h.hugeValue("v")
		before := h.door.Gate().Counts().Connections
		c := h.visit()
		_, err := c.Write([]byte(request))
		require.NoError(t, err)
		<-time.After(32*time.Second - time.Millisecond)
		require.Equal(t, before+1, h.door.Gate().Counts().Connections)
		<-time.After(time.Second)
		require.Equal(t, before, h.door.Gate().Counts().Connections)
	})
}

func TestAnswersThatNobodyReadsAreBounded(t *testing.T) {
	const most, clients = 600 << 10, 20
	for letter, fit := range map[string]int{"v": 5, `\"`: 3, `\u0001`: 4} { // as it is, in two letters each, and in base64: value and body are counted
		synctest.Test(t, func(t *testing.T) {
			unread := gate.NewUnread(most)
			h := open(t, http.Config{Unread: unread})
			request := h.hugeValue(letter)
			before := h.door.Gate().Counts().Connections
			for range clients {
				c := h.visit()
				_, err := c.Write([]byte(request))
				require.NoError(t, err)
				synctest.Wait()
				require.LessOrEqual(t, unread.Used(), int64(most))
			}
			left := h.door.Gate().Counts().Connections - before
			require.GreaterOrEqual(t, left, fit)
			require.Equal(t, int64(clients-left), h.door.Gate().Counts().Unread)
			code, body := h.ask(h.visit(), request)
			require.Equal(t, 200, code)
			require.Greater(t, len(body), hugeBytes, "who reads is answered")
			require.LessOrEqual(t, unread.Used(), int64(most))
		})
	}
}

func TestARequestThatDribblesIsCut(t *testing.T) {
	for name, request := range map[string]string{
		"head": "POST /v1/claim HTTP/1.1\r\nHost: " + strings.Repeat("x", 100),
		"body": claimOf(claimK+strings.Repeat(" ", 100), 1000),
	} {
		for _, before := range []string{"", ready} {
			synctest.Test(t, func(t *testing.T) {
				h := open(t, http.Config{})
				c := h.visit()
				if before != "" {
					code, _ := h.ask(c, before)
					require.Equal(t, 200, code)
				}
				heard := make(chan string, 1)
				go func() {
					text, _ := io.ReadAll(c)
					heard <- string(text)
				}()
				begun := time.Now()
				at := strings.Index(request, "{") + 1 // where it is the body that dribbles
				_, err := c.Write([]byte(request[:at]))
				require.NoError(t, err)
				for ; at < len(request); at++ {
					if _, err := c.Write([]byte(request[at : at+1])); err != nil {
						break
					}
					<-time.After(150 * time.Millisecond)
				}
				text := <-heard
				require.InDelta(t, gate.DefaultRequestTime, time.Since(begun), float64(time.Second), name)
				require.Equal(t, int64(1), h.door.Gate().Counts().Slow)
				if name == "body" {
					require.Contains(t, text, "/problems/too-slow")
				}
			})
		}
	}
}

func TestASilentConnectionIsClosedAndAnIdleOneIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, http.Config{})
		silent, idle := h.visit(), h.visit()
		code, _ := h.ask(idle, ready)
		require.Equal(t, 200, code)
		<-time.After(24 * time.Hour)
		require.True(t, isClosed(silent))
		code, _ = h.ask(idle, ready)
		require.Equal(t, 200, code)
	})
}

func TestAHeadIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, http.Config{})
		head := func(bytes int) string {
			return "GET /livez HTTP/1.1\r\nHost: semel\r\nX-Long: " + strings.Repeat("x", bytes) + "\r\n\r\n"
		}
		code, _ := h.ask(h.visit(), head(15<<10))
		require.Equal(t, 200, code)
		code, _ = h.ask(h.visit(), head(21<<10)) // the library adds 4 KiB
		require.Equal(t, 431, code)
	})
}

func TestUnfinishedBodiesHoldBoundedBytes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shared := gate.NewBytes(2 << 20)
		h := open(t, http.Config{Bytes: shared})
		var told []chan string
		for i := range 20 {
			c, heard := h.visit(), make(chan string, 1)
			told = append(told, heard)
			go func() {
				text, _ := io.ReadAll(c)
				heard <- string(text)
			}()
			go func() { _, _ = c.Write([]byte(claimOf(strings.Repeat(" ", 600<<10), 1<<20))) }()
			synctest.Wait()
			require.LessOrEqual(t, shared.Used(), shared.Most(), i)
		}
		code, body := h.ask(h.visit(), claimOf(claimK, len(claimK)))
		require.Equal(t, 200, code, body)
		large := strings.Repeat(" ", 600<<10) + claimK
		code, body = h.ask(h.visit(), claimOf(large, len(large)))
		require.Equal(t, 200, code, "what comes at once is served: %s", body)
		for _, heard := range told[:15] {
			text := <-heard
			require.Contains(t, text, `"type":"/problems/too-many-bytes"`)
			require.Contains(t, text, `"applied":"no"`)
		}
	})
}

func TestStatusCountsWhoCame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		other := gate.New(gate.Config{Door: "redis", MaxConnections: 7})
		h := open(t, http.Config{MaxConnections: 8, Beside: []*gate.Gate{other}})
		for range 10 {
			h.visit()
		}
		_, body := h.ask(h.visit(), "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n")
		var status struct {
			Doors map[string]gate.Counts `json:"doors"`
		}
		require.NoError(t, json.Unmarshal([]byte(body), &status))
		require.Equal(t, map[string]gate.Counts{"http": {Connections: 8, Most: 8, Evicted: 3}, "redis": {Most: 7}}, status.Doors)
	})
}

func TestWhatTheLibrarySaysGoesIntoTheLog(t *testing.T) {
	var said bytes.Buffer
	s := http.NewServer(http.New(http.Config{Service: local.New(1), Logger: slog.New(slog.NewJSONHandler(&said, nil))}))
	s.ErrorLog.Print("http: superfluous something")
	s.ErrorLog.Print("http: superfluous something")
	require.Equal(t, 1, strings.Count(said.String(), `"msg":"net/http: http: superfluous something","door":"http"`), said.String())
}
