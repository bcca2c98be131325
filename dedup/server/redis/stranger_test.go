package redis_test

// Goal: a web page that posts to the port runs nothing. Method: what browsers and tools send, in one piece and in
// pieces; behind it the key has to be free.

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

func TestWhoSpeaksHTTPIsHungUpOn(t *testing.T) {
	const body = "\r\nSET k evil NX EX 60\r\nDEL other\r\n"
	for _, head := range []string{
		"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\nContent-Length: 40\r\n",
		"post / http/1.1\r\n", "PUT /x HTTP/1.1\r\n", "GET / HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n",
		"Host: 127.0.0.1\r\n", "hOsT: 127.0.0.1\r\n", "Origin: http://evil.example\r\n", "Host:\r\n",
		"*1\r\n$4\r\nPOST\r\n", "*2\r\n$5\r\nHost:\r\n$1\r\nx\r\n",
	} {
		h := open(t, local.New(10))
		heard := h.talk(head + body)
		require.Equal(t, strings.Contains(head, " HTTP/1."), heard != "", "%q", head)
		if heard != "" {
			response, err := http.ReadResponse(bufio.NewReader(strings.NewReader(heard)), nil)
			require.NoError(t, err, "%q", head)
			defer func() { _ = response.Body.Close() }()
			require.Equal(t, http.StatusMisdirectedRequest, response.StatusCode)
			told, err := io.ReadAll(response.Body)
			require.NoError(t, err, "it is as long as it says")
			require.True(t, json.Valid(told), "%s", told)
			require.Contains(t, string(told), "the port for Redis clients")
			require.NotContains(t, heard, "evil", "nothing that was sent is told")
			require.NotContains(t, heard, "Access-Control", "no page may read it")
		}
		require.Equal(t, "$-1\r\n:0\r\n", h.talk("GET k\r\nEXISTS other\r\n"), "%q", head)
	}
}

func TestBehindARequestThereIsNoAnswerInHTTP(t *testing.T) {
	h := open(t, local.New(10))
	require.Equal(t, "+PONG\r\n", h.talk("PING\r\nPOST / HTTP/1.1\r\nHost: x\r\n\r\n"))
}

func TestWhatLooksLikeHTTPInsideARequestIsData(t *testing.T) {
	h := open(t, local.New(10))
	require.Equal(t, "+OK\r\n:1\r\n:1\r\n", h.talk("SET POST Host: NX\r\nSETNX Host: x\r\nSETNX k HTTP/1.1\r\n"))
}

func TestAReadIsNeverUncertain(t *testing.T) {
	const unanswered = "-TRYAGAIN not applied: try again: a read got no answer in time\r\n"
	h := open(t, local.New(10))
	for _, read := range []string{"GET k\r\n", "MGET k l\r\n", "EXISTS k\r\n", "TTL k\r\n"} {
		h.Fail(server.ErrUnknown)
		require.Equal(t, unanswered, h.talk(read), read)
	}
	h.Fail(server.ErrUnknown)
	heard := h.talk("GET k\r\nSET k v NX\r\n") // one burst is one entry: a word that clients repeat would repeat the claim
	require.Equal(t, 2, strings.Count(heard, "-UNCERTAIN "), heard)
}
