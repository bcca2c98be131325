package http_test

// Goal: each call and each of its answers, byte by byte. Method: conversations with
// a machine whose clock the table moves.

import (
	"encoding/json"
	nethttp "net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

// turn is a call below /v1/ and the body of its answer. A path of "+3s" moves the
// clock; #T in an answer stands for the clock in ms.
type turn struct{ path, body, want string }

func hold(t *testing.T, keys uint64, turns []turn) {
	service := local.New(keys)
	door := http.New(http.Config{Service: service})
	for i, turn := range turns {
		if span, err := time.ParseDuration(turn.path); err == nil {
			service.Advance(span)
			continue
		}
		w := post(door, "/v1/"+turn.path, turn.body)
		want := strings.ReplaceAll(turn.want, "#T", millis(service.Now()))
		require.Equal(t, want+"\n", w.Body.String(), "turn %d: %s %s", i+1, turn.path, turn.body)
		require.Equal(t, nethttp.StatusOK, w.Code)
		require.Equal(t, "application/json", w.Header().Get("Content-Type"))
	}
}

func millis(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

func post(door nethttp.Handler, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(nethttp.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	return w
}

func TestAClaimFromItsWinToItsEnd(t *testing.T) {
	hold(t, 100, []turn{
		{"query", `{"key":"k","call":1}`, `{"result":"absent","number":0,"log_time_ms":#T,"call":1}`},
		{"claim", `{"key":"k","owner":"a","ttl_ms":9000,"lease_ms":3000,"fingerprint":"f","call":2}`,
			`{"result":"won","token":1,"expires_in_ms":9000,"lease_ms":3000,"number":1,"log_time_ms":#T,"call":2}`},
		{"+1s", "", ""},
		{"claim", `{"key":"k","owner":"a","ttl_ms":9000,"lease_ms":3000,"call":3}`,
			`{"result":"won","replayed":true,"token":1,"expires_in_ms":8000,"lease_ms":2000,"number":2,"log_time_ms":#T,"call":3}`},
		{"claim", `{"key":"k","owner":"b","call":4}`, `{"result":"in_progress","retry_after_ms":2000,"number":3,"log_time_ms":#T,"call":4}`},
		{"claim", `{"key":"k","owner":"b","fingerprint":"g","call":5}`, `{"result":"mismatch","number":4,"log_time_ms":#T,"call":5}`},
		{"extend", `{"key":"k","token":1,"lease_ms":5000,"call":6}`,
			`{"result":"ok","token":1,"expires_in_ms":8000,"lease_ms":5000,"number":5,"log_time_ms":#T,"call":6}`},
		{"extend", `{"key":"k","token":9,"lease_ms":5000,"call":7}`, `{"result":"fenced","token":1,"number":6,"log_time_ms":#T,"call":7}`},
		{"complete", `{"key":"k","token":1,"response":"yes","call":8}`,
			`{"result":"ok","token":1,"expires_in_ms":8000,"number":7,"log_time_ms":#T,"call":8}`},
		{"complete", `{"key":"k","token":1,"call":9}`,
			`{"result":"ok","replayed":true,"token":1,"expires_in_ms":8000,"number":8,"log_time_ms":#T,"call":9}`},
		{"release", `{"key":"k","token":1,"call":10}`, `{"result":"completed","number":9,"log_time_ms":#T,"call":10}`},
		{"+1s", "", ""},
		{"claim", `{"key":"k","owner":"b","call":11}`,
			`{"result":"duplicate","token":1,"expires_in_ms":7000,"age_ms":1000,"value":"yes","number":10,"log_time_ms":#T,"call":11}`},
		{"+7s", "", ""},
		{"complete", `{"key":"k","token":1,"call":12}`, `{"result":"not_found","number":11,"log_time_ms":#T,"call":12}`},
		{"claim", `{"key":"k","owner":"b","ttl_ms":50,"lease_ms":50,"call":13}`,
			`{"result":"won","token":12,"expires_in_ms":50,"lease_ms":50,"number":12,"log_time_ms":#T,"call":13}`},
		{"release", `{"key":"k","token":12,"call":14}`, `{"result":"ok","number":13,"log_time_ms":#T,"call":14}`},
	})
}

func TestValuesAreTextOrBase64(t *testing.T) {
	hold(t, 100, []turn{
		{"claim", `{"key":"e","owner":"a","value":"","call":1}`, `{"result":"won","token":1,"number":1,"log_time_ms":#T,"call":1}`},
		{"claim", `{"key64":"ZQ==","owner":"b","call":2}`, `{"result":"duplicate","token":1,"age_ms":0,"value":"","number":2,"log_time_ms":#T,"call":2}`},
		{"claim", `{"key64":"aw==","owner":"a","value64":"/w==","call":3}`, `{"result":"won","token":3,"number":3,"log_time_ms":#T,"call":3}`},
		{"claim", `{"key":"k","owner":"b","call":4}`, `{"result":"duplicate","token":3,"age_ms":0,"value64":"/w==","number":4,"log_time_ms":#T,"call":4}`},
		{"claim", `{"key":"k","namespace":"other","owner":"b","call":5}`, `{"result":"won","token":5,"number":5,"log_time_ms":#T,"call":5}`},
		{"claim", `{"key":"k","namespace":"default","owner":"a","call":6}`, `{"result":"won","replayed":true,"token":3,"number":6,"log_time_ms":#T,"call":6}`},
		{"claim", `{"key":"\ud83d\ude00","owner":"a","value":"\\ud800","call":7}`, `{"result":"won","token":7,"number":7,"log_time_ms":#T,"call":7}`},
		{"claim", `{"key":"😀","owner":"b","call":8}`, `{"result":"duplicate","token":7,"age_ms":0,"value":"\\ud800","number":8,"log_time_ms":#T,"call":8}`},
	})
}

func TestARecordIsTold(t *testing.T) {
	service := local.New(10)
	door := http.New(http.Config{Service: service})
	post(door, "/v1/claim", `{"key":"k","owner":"a","ttl_ms":90,"lease_ms":30,"fingerprint":"f"}`)
	told := post(door, "/v1/query", `{"key":"k","call":1}`).Body.String()
	require.Regexp(t, `^{"result":"pending","token":1,"expires_in_ms":90,"lease_ms":30,"fingerprint":"f","owner_digest":"[0-9a-f]{16}","number":1,`, told)
	post(door, "/v1/complete", `{"key":"k","token":1,"response":"r"}`)
	told = post(door, "/v1/query", `{"key":"k"}`).Body.String()
	require.Regexp(t, `^{"result":"done","token":1,"expires_in_ms":90,"age_ms":0,"value":"r","fingerprint":"f","owner_digest":"[0-9a-f]{16}","number":2,`, told)
	require.NotContains(t, told, `"call":0}`, "a call number is drawn")
}

func TestAStaleReadAsksThisNodeAlone(t *testing.T) {
	service := local.New(10)
	door := http.New(http.Config{Service: service})
	post(door, "/v1/claim", `{"key":"k","owner":"a","ttl_ms":90,"lease_ms":30}`)
	service.Fail(server.ErrNotApplied) // no leader
	service.Age(1500 * time.Microsecond)
	told := post(door, "/v1/query", `{"key":"k","consistency":"stale","call":7}`)
	require.Regexp(t, `^{"result":"pending","token":1,"expires_in_ms":90,"lease_ms":30,"owner_digest":"[0-9a-f]{16}","number":1,"log_time_ms":\d+,"call":7,"stale_ms":2}\n$`, told.Body.String())
	service.Age(server.UnknownAge)
	require.Contains(t, post(door, "/v1/query", `{"key":"k","consistency":"stale","call":7}`).Body.String(), `,"call":7,"stale_ms":null}`)
	require.Equal(t, []int{1}, service.Calls(), "nothing but the claim was proposed")
	require.Contains(t, post(door, "/v1/query", `{"key":"k","consistency":"linearizable"}`).Body.String(), "not-applied")
	require.Contains(t, post(http.New(http.Config{Service: local.New(0)}), "/v1/query", `{"key":"k","consistency":"stale"}`).Body.String(), "/problems/loading")
}

func TestABatchIsOneCall(t *testing.T) {
	service := local.New(2)
	door := http.New(http.Config{Service: service})
	w := post(door, "/v1/batch", `{"claims":[{"key":"a","owner":"1","call":1},{"key":"a","owner":"2","call":2},{"key":"b","owner":"1","call":3},{"key":"c","owner":"1","call":4}]}`)
	require.Equal(t, strings.ReplaceAll(`{"results":[{"result":"won","token":1,"number":1,"log_time_ms":#T,"call":1},`+
		`{"result":"duplicate","token":1,"age_ms":0,"number":2,"log_time_ms":#T,"call":2},{"result":"won","token":3,"number":3,"log_time_ms":#T,"call":3},`+
		`{"result":"full","number":4,"log_time_ms":#T,"call":4}]}`, "#T", millis(service.Now()))+"\n", w.Body.String())
	require.Equal(t, []int{4}, service.Calls())
}

func TestCheckpoints(t *testing.T) {
	hold(t, 100, []turn{
		{"query", `{"stream":"s","partition":"0","call":1}`, `{"result":"not_found","number":0,"log_time_ms":#T,"call":1}`},
		{"checkpoint", `{"stream":"s","partition":"0","offset":7,"owner":"a","call":2,"claims":[{"key":"k","owner":"a","call":3}]}`,
			`{"result":"ok","token":1,"offset":7,"number":1,"log_time_ms":#T,"call":2,"claims":[{"result":"won","token":2,"number":2,"log_time_ms":#T,"call":3}]}`},
		{"checkpoint", `{"stream":"s","partition":"0","offset":7,"owner":"b","call":4,"claims":[{"key":"l","owner":"a","call":5}]}`,
			`{"result":"stale","token":1,"offset":7,"number":3,"log_time_ms":#T,"call":4,"claims":[{"result":"stale","number":4,"log_time_ms":#T,"call":5}]}`},
		{"checkpoint", `{"stream":"s","partition64":"/w==","offset":0,"owner":"a","call":6}`,
			`{"result":"ok","token":5,"offset":0,"number":5,"log_time_ms":#T,"call":6,"claims":[]}`},
	})
	service := local.New(10)
	door := http.New(http.Config{Service: service})
	post(door, "/v1/checkpoint", `{"stream":"s","partition":"0","offset":7,"owner":"a"}`)
	require.Regexp(t, `^{"result":"ok","token":1,"age_ms":0,"offset":7,"owner_digest":"[0-9a-f]{16}",`, post(door, "/v1/query", `{"stream":"s","partition":"0"}`).Body.String())
}

func TestWhatOperatorsAskFor(t *testing.T) {
	hold(t, 3, []turn{
		{"claim", `{"key":"k","owner":"a","call":1}`, `{"result":"won","token":1,"number":1,"log_time_ms":#T,"call":1}`},
		{"claim", `{"key":"l","namespace":"n","owner":"a","lease_ms":9,"call":2}`, `{"result":"won","token":2,"lease_ms":9,"number":2,"log_time_ms":#T,"call":2}`},
		{"forget", `{"key":"l","call":3}`, `{"result":"not_found","number":3,"log_time_ms":#T,"call":3}`},
		{"forget", `{"key":"l","namespace":"n","call":4}`, `{"result":"ok","number":4,"log_time_ms":#T,"call":4}`},
		{"claim", `{"key":"l","namespace":"n","owner":"b","call":5}`, `{"result":"won","token":5,"number":5,"log_time_ms":#T,"call":5}`},
		{"checkpoint", `{"stream":"s","partition":"0","offset":7,"owner":"a","call":6}`, `{"result":"ok","token":6,"offset":7,"number":6,"log_time_ms":#T,"call":6,"claims":[]}`},
		{"checkpoint/set", `{"stream":"s","partition":"0","offset":3,"owner":"b","call":7}`, `{"result":"ok","token":7,"offset":3,"number":7,"log_time_ms":#T,"call":7}`},
		{"checkpoint/set", `{"stream":"s","partition":"0","offset":3,"owner":"b","call":8}`, `{"result":"ok","replayed":true,"token":7,"offset":3,"number":8,"log_time_ms":#T,"call":8}`},
		{"checkpoint", `{"stream":"s","partition":"0","offset":4,"owner":"a","call":9}`, `{"result":"ok","token":9,"offset":4,"number":9,"log_time_ms":#T,"call":9,"claims":[]}`},
		{"claim", `{"key":"m","owner":"a","call":10}`, `{"result":"full","number":10,"log_time_ms":#T,"call":10}`},
		{"capacity", `{"keys":2,"bytes":1000,"call":11}`, `{"result":"full","held_keys":3,"held_bytes":32,"number":11,"log_time_ms":#T,"call":11}`},
		{"capacity", `{"keys":4,"bytes":1000,"call":12}`, `{"result":"ok","held_keys":3,"held_bytes":32,"number":12,"log_time_ms":#T,"call":12}`},
		{"claim", `{"key":"m","owner":"a","call":13}`, `{"result":"won","token":13,"number":13,"log_time_ms":#T,"call":13}`},
	})
	service := local.New(10)
	door := http.New(http.Config{Service: service})
	post(door, "/v1/claim", `{"key":"b","owner":"a"}`)
	require.Regexp(t, `^{"results":\[{"result":"not_found","number":2,.*},{"result":"ok","number":3,.*},{"result":"not_found","number":4,`,
		post(door, "/v1/forget", `{"keys":["a","b"],"keys64":["/w=="]}`).Body.String())
	require.Equal(t, []int{1, 3}, service.Calls(), "one entry")
	require.EqualValues(t, 3, door.Unfenced())
	for _, body := range []string{`{"keys":[]}`, `{"key":"a","keys":["b"]}`, `{"keys":["a"],"call":1}`, `{"keys":["a",""]}`, `{}`} {
		require.Equal(t, nethttp.StatusBadRequest, post(door, "/v1/forget", body).Code, body)
	}
	for _, body := range []string{`{"keys":1}`, `{"bytes":1}`, `{"keys":0,"bytes":1}`, `{"keys":99999999999,"bytes":1}`} {
		require.Equal(t, nethttp.StatusBadRequest, post(door, "/v1/capacity", body).Code, body)
	}
	for _, offset := range []string{"-1", "18446744073709551615", "18446744073709551616", `"x"`} {
		body := `{"stream":"s","partition":"0","owner":"a","offset":` + offset + `}`
		require.Equal(t, nethttp.StatusBadRequest, post(door, "/v1/checkpoint/set", body).Code, body)
		require.Equal(t, nethttp.StatusBadRequest, post(door, "/v1/checkpoint", body).Code, body)
	}
}

func TestHealth(t *testing.T) {
	service := local.New(10)
	door := http.New(http.Config{Service: service})
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		door.ServeHTTP(w, httptest.NewRequest(nethttp.MethodGet, path, nil))
		return w
	}
	require.Equal(t, "live\n", get("/livez").Body.String())
	require.Equal(t, "ready\n", get("/readyz").Body.String())
	var whole server.ClusterHealth
	require.NoError(t, json.Unmarshal(get("/v1/cluster/health").Body.Bytes(), &whole))
	require.Equal(t, []string{"quorum: 1 of 1, none may fail"}, whole.Lines)
	require.Equal(t, whole.Nodes[0].Status.Node, whole.Node)
	service.SetStatus(server.Status{Node: 2, Role: "follower", Term: 5, Leader: 1, Commit: 9, Applied: 8, Loading: true, Replay: 10, Peers: []server.Peer{{Node: 1, Address: "a:1", Connected: true}}})
	require.JSONEq(t, `{"ready":false,"loading":true,"node":2,"role":"follower","term":5,"leader":1,"commit_index":9,"applied_index":8,"replay_index":10,"number":0,"keys":0,"bytes":0,"capacity_keys":0,"capacity_bytes":0,"unfenced":0,"request_bytes":0,`+
		`"doors":{"http":{"connections":0,"most":4096,"refused":0,"evicted":0,"silent":0,"slow":0,"out_of_bytes":0,"unread":0,"accept_errors":0}},`+
		`"snapshots":{"log_begins_behind":0,"index":0,"bytes":0,"age_ms":0,"since_bytes":0,"taking":0,"fetching":0},"room":{"state":"","log_bytes":0,"disk_bytes":0,"refused":0,"claims":0,"snapshot_bytes":0,"lacking_bytes":0,"folder_bytes":0,"most_bytes":0},"disk":{"state":"","syncs":0,"median_ms":0,"longest_ms":0,"running_ms":0},"version":"","log_version":0,"speaks":0,"peer_port":{"accept_errors":0,"accepted":0,"displaced":0,"greeting":0,"refused":0,"rejected":0},"peers":[{"node":1,"address":"a:1","connected":true,"dials_in":false,"match_index":0,"quiet_ms":0}]}`+"\n", get("/v1/status").Body.String())
	require.Equal(t, "live\n", get("/livez").Body.String())
	require.Equal(t, nethttp.StatusServiceUnavailable, get("/readyz").Code)
	require.Contains(t, get("/readyz").Body.String(), `"type":"/problems/not-ready"`)
	require.Contains(t, get("/readyz").Body.String(), "replaying 80 %: 8 of 10 entries")
}

// More than 16 MiB of values do not fit in the answers to one entry: those left out are told as such.
func TestValuesThatAreLeftOutAreTold(t *testing.T) {
	const fit = dedup.MaxAnswerBytes / dedup.MaxValueBytes
	door := http.New(http.Config{Service: local.New(100)})
	large := strings.Repeat("v", dedup.MaxValueBytes)
	require.Equal(t, nethttp.StatusOK, post(door, "/v1/claim", `{"key":"k","owner":"a","value":"`+large+`"}`).Code)
	claims := strings.Repeat(`{"key":"k","owner":"b"},`, fit) + `{"key":"k","owner":"b"}`
	heard := post(door, "/v1/batch", `{"claims":[`+claims+`]}`).Body.String()
	require.Equal(t, fit, strings.Count(heard, large))
	require.Equal(t, 1, strings.Count(heard, `"value_omitted":true`))
}
