package cluster

// Goal: a reader that asks a node which replays is told so at both doors, for sure and at once. Method: real nodes whose doors would wait for
// an hour; all end, one starts alone: it has what its disk says is committed, and can't know whether that is all.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
)

// line is the first line that the Redis door says to a command.
func line(ctx context.Context, t *testing.T, address, command string) string {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	require.NoError(t, conn.SetDeadline(deadline))
	_, err = conn.Write([]byte(command + "\r\n"))
	require.NoError(t, err)
	told, err := bufio.NewReader(conn).ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(told)
}

// queried is what the HTTP door says to a query: the result, or the problem and whether it was applied.
func queried(ctx context.Context, t *testing.T, address, body string) string {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/v1/query", bytes.NewReader([]byte(body)))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var told struct{ Result, Type, Applied string }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&told))
	return strings.TrimSpace(told.Result + " " + told.Type + " " + told.Applied)
}

func TestReadersOfANodeThatReplaysAreToldSoAtOnce(t *testing.T) {
	t.Parallel()
	c, ctx := startTest(t, Config{Nodes: 3, Seed: 5, Timeout: time.Hour})
	require.Equal(t, dedup.Won, settle(ctx, t, c.Nodes[0], 1, 1))
	for _, n := range c.Nodes {
		n.Stop()
	}
	alone := c.Nodes[0]
	require.NoError(t, alone.Start())
	const loading = "-LOADING Redis is loading the dataset in memory"
	for _, command := range []string{"GET k", "MGET k l", "EXISTS k", "TTL k", "PTTL k"} {
		require.Equal(t, loading, line(ctx, t, alone.Redis.Address(), command), command)
	}
	for _, body := range []string{`{"key":"k"}`, `{"key":"k","consistency":"linearizable"}`, `{"stream":"s","partition":"0"}`} {
		require.Equal(t, "/problems/loading no", queried(ctx, t, alone.HTTP.Address(), body), body)
	}
	require.NoError(t, Wait(ctx, "a stale read is answered without a leader", func() bool {
		return queried(ctx, t, alone.HTTP.Address(), `{"key":"k","consistency":"stale"}`) == "absent"
	}))
	require.NoError(t, c.Recover(ctx))
	require.Equal(t, "$-1", line(ctx, t, alone.Redis.Address(), "GET k"))
	require.Equal(t, "absent", queried(ctx, t, alone.HTTP.Address(), `{"key":"k"}`))
}
