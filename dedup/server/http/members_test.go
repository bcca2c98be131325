package http_test

// Goal: who the members are is told, and who asks for a change is told that it has begun, or why not. Method: a door whose service fails as a table says.

import (
	nethttp "net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

func TestMembersAreTold(t *testing.T) {
	w := httptest.NewRecorder()
	http.New(http.Config{Service: local.New(1)}).ServeHTTP(w, httptest.NewRequest(nethttp.MethodGet, "/v1/cluster/members", nil))
	require.JSONEq(t, `{"cluster":"local","slots_left":62,"leader":1,"tells":true,"index":1,"settled":true,"members":[{"slot":1,"id":1,
		"incarnation":"00000000000000ab","role":"voter","replaces":0,"since":0,"peer":"10.0.0.1:7300","http":"","redis":"","leads":true,"level":true,"lag":0,"speaks":1}],
		"version":1,"speaks":1,"held_by":[]}`,
		w.Body.String())
}

func TestAChangeOfMembersIsBegunOrRefused(t *testing.T) {
	service := local.New(1)
	door := http.New(http.Config{Service: service})
	for _, body := range []string{`{"remove":3}`, `{"promote":63}`} {
		require.Equal(t, "{\"begun\":true}\n", post(door, "/v1/cluster/members", body).Body.String())
	}
	for _, body := range []string{`{}`, `{"remove":0}`, `{"remove":64}`, `{"remove":1,"promote":2}`, `{"add":1}`, `{"remove":"x"}`} {
		require.Equal(t, nethttp.StatusBadRequest, post(door, "/v1/cluster/members", body).Code, body)
	}
	for _, row := range []struct {
		err    error
		status int
		kind   string
		leader string
	}{
		{&server.MembersError{Reason: server.NoSuchMember, Detail: "d"}, 400, "no-such-member", ""},
		{&server.MembersError{Reason: "quorum", Detail: "d"}, 409, "members-quorum", ""},
		{&server.MembersError{Reason: "not-level", Detail: "d"}, 409, "members-not-level", ""},
		{&server.MembersError{Reason: "busy", Detail: "d"}, 409, "members-busy", ""},
		{&server.NotAppliedError{Leader: "10.0.0.2:7100"}, 503, "not-applied", "10.0.0.2:7100"},
		{server.ErrStopped, 503, "stopping", ""},
	} {
		service.Fail(row.err)
		w := post(door, "/v1/cluster/members", `{"remove":2}`)
		told := readProblem(t, w)
		require.Equal(t, row.status, w.Code, row.kind)
		require.Equal(t, "/problems/"+row.kind, told.Type)
		require.Equal(t, "no", told.Applied)
		require.Equal(t, row.leader, told.Leader)
	}
}
