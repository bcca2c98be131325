package http_test

// Goal: who asks for a snapshot is told of it, or that it goes on, or why there is none. Method: a door whose service fails as a table
// says.

import (
	"fmt"
	nethttp "net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

func TestSnapshot(t *testing.T) {
	service := local.New(1)
	service.SetStatus(server.Status{Applied: 120, Snapshots: server.Snapshots{Bytes: 4096, Base: 60}})
	door := http.New(http.Config{Service: service})
	require.Equal(t, "{\"done\":true,\"index\":120,\"bytes\":4096,\"log_begins_behind\":60}\n", post(door, "/v1/snapshot", `{}`).Body.String())
	require.Empty(t, service.Calls(), "nothing is proposed")
	require.Zero(t, door.Unfenced())
	for _, body := range []string{`{"to":1}`, `{"call":1}`, `[]`, ``, `{}{}`} {
		require.Equal(t, nethttp.StatusBadRequest, post(door, "/v1/snapshot", body).Code, body)
	}
	service.Fail(fmt.Errorf("%w: not within 2s", server.ErrUnknown))
	require.Equal(t, "{\"done\":false,\"index\":120}\n", post(door, "/v1/snapshot", `{}`).Body.String())
}

func TestWhyThereIsNoSnapshot(t *testing.T) {
	for kind, row := range map[string]struct {
		err    error
		status int
	}{
		"snapshot-failed": {fmt.Errorf("node: %w", &server.SnapshotError{Detail: "d"}), 409},
		"stopping":        {server.ErrStopped, 503},
	} {
		service := local.New(1)
		service.Fail(row.err)
		w := post(http.New(http.Config{Service: service}), "/v1/snapshot", `{}`)
		told := readProblem(t, w)
		require.Equal(t, row.status, w.Code)
		require.Equal(t, "/problems/"+kind, told.Type)
		require.Equal(t, "no", told.Applied)
		require.Equal(t, row.err.Error(), told.Detail)
	}
	loading := http.New(http.Config{Service: local.New(0)})
	require.Equal(t, "/problems/loading", readProblem(t, post(loading, "/v1/snapshot", `{}`)).Type)
}
