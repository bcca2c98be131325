package http_test

// Goal: who asks for another leader is told which one leads, or why none does and whether to ask elsewhere. Method: a door whose
// service fails as a table says.

import (
	"fmt"
	nethttp "net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

func TestTransfer(t *testing.T) {
	service := local.New(1)
	door := http.New(http.Config{Service: service})
	require.Equal(t, "{\"leader\":3}\n", post(door, "/v1/transfer", `{"to":3}`).Body.String())
	require.Equal(t, "{\"leader\":2}\n", post(door, "/v1/transfer", `{}`).Body.String())
	require.Empty(t, service.Calls(), "nothing is proposed")
	require.Zero(t, door.Unfenced())
	for _, body := range []string{`{"to":0}`, `{"to":256}`, `{"to":-1}`, `{"to":1.5}`, `{"to":"x"}`, `{"node":1}`, `{"to":1,"to":2}`, `[]`, ``} {
		require.Equal(t, nethttp.StatusBadRequest, post(door, "/v1/transfer", body).Code, body)
	}
	require.Equal(t, "{\"leader\":2}\n", post(door, "/v1/transfer", `{"to":null}`).Body.String())
}

func TestWhyNobodyElseLeads(t *testing.T) {
	for _, row := range []struct {
		err     error
		status  int
		kind    string
		applied string
		leader  string
	}{
		{&server.TransferError{Kind: "busy", Detail: "d"}, 409, "transfer-busy", "no", ""},
		{&server.TransferError{Kind: "unreachable", Detail: "d"}, 409, "transfer-unreachable", "no", ""},
		{fmt.Errorf("node: %w", &server.TransferError{Kind: "behind", Detail: "d"}), 409, "transfer-behind", "no", ""},
		{server.ErrNoSuchNode, 400, "no-such-node", "no", ""},
		{&server.NotAppliedError{Leader: "10.0.0.2:7100"}, 503, "not-applied", "no", "10.0.0.2:7100"},
		{&server.NotAppliedError{}, 503, "not-applied", "no", ""},
		{server.ErrStopped, 503, "stopping", "no", ""},
		{server.ErrUnknown, 504, "outcome-unknown", "unknown", ""},
	} {
		service := local.New(1)
		service.Fail(row.err)
		w := post(http.New(http.Config{Service: service}), "/v1/transfer", `{"to":2}`)
		told := readProblem(t, w)
		require.Equal(t, row.status, w.Code, row.kind)
		require.Equal(t, "/problems/"+row.kind, told.Type)
		require.Equal(t, row.applied, told.Applied, row.kind)
		require.Equal(t, row.leader, told.Leader)
	}
	loading := http.New(http.Config{Service: local.New(0)})
	require.Equal(t, "/problems/loading", readProblem(t, post(loading, "/v1/transfer", `{}`)).Type)
}
