package http_test

// Goal: what is no answer is a problem of a type of its own, says whether the call
// was applied, and nothing that is doubtful is let through. Method: a table of
// requests that break one rule each, and a service that fails when told.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

type problem struct {
	Type, Title, Detail, Applied, Leader string
	Status                               int
}

func readProblem(t *testing.T, w *httptest.ResponseRecorder) (p problem) {
	require.Equal(t, "application/problem+json", w.Header().Get("Content-Type"), w.Body.String())
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
	require.Equal(t, w.Code, p.Status)
	require.NotEmpty(t, p.Title)
	require.NotEmpty(t, p.Detail)
	return p
}

func TestRequestsThatAreRefused(t *testing.T) {
	const malformed, invalid = "/problems/malformed-json", "/problems/invalid-request"
	long := strings.Repeat("x", 16<<10+1)
	for _, row := range []struct{ path, body, kind, detail string }{
		{"claim", ``, malformed, "ends too early"},
		{"claim", `{"key":"k"`, malformed, "ends too early"},
		{"claim", `{"key":"k","owner":"a"} {}`, malformed, "something follows"},
		{"claim", `[]`, malformed, "not an object"},
		{"claim", `"k"`, malformed, "not an object"},
		{"claim", `null`, malformed, "not an object"},
		{"claim", `{key:"k"}`, malformed, "invalid character"},
		{"claim", `{"key":"k","owner":"a","window":1}`, malformed, `unknown field "window"`},
		{"claim", `{"Key":"k","owner":"a"}`, malformed, "lower case"},
		{"claim", `{"key":"k","owner":"a","key":"l"}`, malformed, `"key" stands twice`},
		{"claim", `{"key":"k","owner":"a","ttl_ms":-1}`, malformed, `field "ttl_ms" is -1: want whole milliseconds from 1`},
		{"claim", `{"key":"k","owner":"a","ttl_ms":1.5}`, malformed, `field "ttl_ms" is 1.5: want whole milliseconds from 1`},
		{"batch", `{"claims":[{"key":"k","owner":"a"},{"key":"k","owner":"a","ttl_ms":-1}]}`, malformed, `field "claims.1.ttl_ms" is -1`},
		{"claim", `{"key":1,"owner":"a"}`, malformed, "key"},
		{"claim", `{"key64":"!","owner":"a"}`, malformed, "base64"},
		{"claim", "{\"key\":\"\xff\",\"owner\":\"a\"}", malformed, "UTF-8"},
		{"claim", `{"key":"\ud800","owner":"a"}`, malformed, "surrogate"},
		{"claim", `{"key":"\udc00\ud800","owner":"a"}`, malformed, "surrogate"},
		{"claim", `{"key":"\ud800x","owner":"a"}`, malformed, "surrogate"},
		{"claim", `{"key":"\\\uD83D\u0041","owner":"a"}`, malformed, "surrogate"},
		{"claim", strings.Repeat(`{"a":`, 6), malformed, `unknown field "a"`},
		{"claim", `{"key":"k","owner":"a","nameſpace":"n"}`, malformed, `unknown field "nameſpace"`},
		{"claim", `{"key":"k","owner":"a","name\u017fpace":"n"}`, malformed, `unknown field "nameſpace"`},
		{"claim", `{"\u212aey":"k","owner":"a"}`, malformed, "unknown field"},
		{"claim", `{"key64":"ax==","owner":"a"}`, malformed, "base64"},
		{"claim", `{"key64":"a\nw==","owner":"a"}`, malformed, "base64"},
		{"checkpoint", `{"stream":"s","partition":"0","offſet":1,"owner":"a"}`, malformed, "unknown field"},
		{"batch", `{"claims":[{"key":"k","owner":"a","owner":"b"}]}`, malformed, `"owner" stands twice`},
		{"claim", `{"owner":"a"}`, invalid, `"key" is missing`},
		{"claim", `{"key":null,"owner":"a"}`, invalid, `"key" is missing`},
		{"claim", `{"key":"k","key64":"aw==","owner":"a"}`, invalid, "both stand there"},
		{"claim", `{"key":"k","owner":"a","value":"","value64":""}`, invalid, "both stand there"},
		{"claim", `{"key":"` + long + `","owner":"a"}`, invalid, "at most 16384"},
		{"claim", `{"key":"k","namespace":"` + long + `","owner":"a"}`, invalid, "at most 256"},
		{"claim", `{"key":"k","owner":""}`, invalid, `"owner" has 0 bytes`},
		{"claim", `{"key":"k","owner":"` + long + `"}`, invalid, "want 1 to 256"},
		{"claim", `{"key":"k","owner":"a","ttl_ms":1,"lease_ms":2}`, invalid, "lease in ms is 2"},
		{"claim", `{"key":"k","owner":"a","ttl_ms":1,"lease_ms":1,"value":"v"}`, invalid, "give the value to Complete"},
		{"claim", `{"key":"k","owner":"a","ttl_ms":18446744073709551615}`, invalid, "shorten it"},
		{"claim", `{"key":"k","owner":"a","fingerprint":"` + long + `"}`, invalid, "at most 64"},
		{"claim", `{"key":"k","owner":"a","value":"` + strings.Repeat("v", dedup.MaxValueBytes+1) + `"}`, invalid, "store it elsewhere"},
		{"complete", `{"key":"k","token":0}`, invalid, `"token" is 0: want`},
		{"complete", `{"token":1}`, invalid, `"key" is missing`},
		{"complete", `{"key":"k","token":1,"response":"","response64":""}`, invalid, "both stand there"},
		{"release", `{"key":"k","token":"0"}`, invalid, `"token" is 0: want`},
		{"release", `{"token":1}`, invalid, `"key" is missing`},
		{"extend", `{"key":"k","token":1,"lease_ms":0}`, malformed, `field "lease_ms" is 0: want`},
		{"extend", `{"token":1,"lease_ms":1}`, invalid, `"key" is missing`},
		{"query", `{}`, invalid, `"key" is missing`},
		{"query", `{"key":"k","stream":"s","partition":"0"}`, invalid, "ask for one"},
		{"query", `{"key":"k","consistency":"eventual"}`, invalid, `want "linearizable" or "stale"`},
		{"query", `{"stream":"s","partition":"0","consistency":"stale"}`, invalid, "leave it out for a checkpoint"},
		{"query", `{"partition":"0"}`, invalid, `"stream" is missing`},
		{"query", `{"stream":"s"}`, invalid, `"partition" is missing`},
		{"batch", `{"claims":[]}`, invalid, "claims in the batch is 0"},
		{"batch", `{"claims":[{"key":"k","owner":"a"},{"key":"k"}]}`, invalid, "claim 2 of 2"},
		{"batch", `{"claims":[` + strings.TrimSuffix(strings.Repeat(`{"key":"k","owner":"a"},`, 4097), ",") + `]}`, invalid, "at most 4096"},
		{"batch", `{"claims":[` + strings.TrimSuffix(strings.Repeat(`{"key":"k","owner":"a","value":"`+strings.Repeat("v", 60<<10)+`"},`, 5), ",") + `]}`, invalid, "split it"},
		{"checkpoint", `{"partition":"0","offset":1,"owner":"a"}`, invalid, `"stream" is missing`},
		{"checkpoint", `{"stream":"s","partition":"0","owner":"a"}`, invalid, `"offset" is missing`},
		{"checkpoint", `{"stream":"s","partition":"0","offset":1,"owner":""}`, invalid, `"owner" has 0 bytes`},
		{"checkpoint", `{"stream":"s","partition":"0","offset":1,"owner":"a","claims":[{"key":"k"}]}`, invalid, "claim 1 of 1"},
	} {
		requireRefused(t, row.path, row.body, row.kind, row.detail)
	}
}

// What a call needs and does not have is said to be missing, and not to be 0: left out, or null.
func TestAFieldThatIsMissingIsSaidToBe(t *testing.T) {
	for path, whole := range map[string]string{
		"claim":          `{"key":"k","owner":"a"}`,
		"complete":       `{"key":"k","token":1}`,
		"release":        `{"key":"k","token":1}`,
		"extend":         `{"key":"k","token":1,"lease_ms":1}`,
		"query":          `{"key":"k"}`,
		"query ":         `{"stream":"s","partition":"0"}`,
		"batch":          `{"claims":[{"key":"k","owner":"a"}]}`,
		"checkpoint":     `{"stream":"s","partition":"0","offset":1,"owner":"a"}`,
		"forget":         `{"key":"k"}`,
		"checkpoint/set": `{"stream":"s","partition":"0","offset":1,"owner":"a"}`,
		"capacity":       `{"keys":1,"bytes":1}`,
	} {
		var fields map[string]any
		require.NoError(t, json.Unmarshal([]byte(whole), &fields))
		for name, value := range fields {
			fields[name] = nil
			null, err := json.Marshal(fields)
			require.NoError(t, err)
			delete(fields, name)
			without, err := json.Marshal(fields)
			require.NoError(t, err)
			fields[name] = value
			for _, body := range []string{string(null), string(without)} {
				requireRefused(t, strings.TrimSpace(path), body, "/problems/invalid-request", fmt.Sprintf("%q is missing: want ", name))
			}
		}
	}
	requireRefused(t, "batch", `{"claims":[{"key":"k","owner":"a"},{"key":"k"}]}`, "/problems/invalid-request", `claim 2 of 2: "owner" is missing: want `)
	requireRefused(t, "batch", `{"claims":[null]}`, "/problems/invalid-request", `claim 1 of 1: "key" is missing: want `)
}

// An empty key would be one key for all whose variable is unset: the first wins, the rest is lost.
func TestAnEmptyKeyIsRefused(t *testing.T) {
	for _, row := range []struct{ path, body, detail string }{
		{"claim", `{"key":"","owner":"a"}`, `"key" is empty`},
		{"claim", `{"key64":"","owner":"a"}`, `"key" is empty`},
		{"complete", `{"key":"","token":1}`, `"key" is empty`},
		{"release", `{"key":"","token":1}`, `"key" is empty`},
		{"extend", `{"key":"","token":1,"lease_ms":1}`, `"key" is empty`},
		{"query", `{"key":""}`, `"key" is empty`},
		{"query", `{"stream":"s","partition":""}`, `"partition" is empty`},
		{"query", `{"stream":"","partition":"0"}`, `"stream" is empty`},
		{"checkpoint", `{"stream":"","partition":"0","offset":1,"owner":"a"}`, `"stream" is empty`},
		{"checkpoint/set", `{"stream":"","partition":"0","offset":1,"owner":"a"}`, `"stream" is empty`},
		{"batch", `{"claims":[{"key":"k","owner":"a"},{"key":"","owner":"a"}]}`, `claim 2 of 2: "key" is empty`},
		{"checkpoint", `{"stream":"s","partition":"","offset":1,"owner":"a"}`, `"partition" is empty`},
	} {
		requireRefused(t, row.path, row.body, "/problems/invalid-request", row.detail)
	}
}

func requireRefused(t *testing.T, path, body, kind, detail string) {
	service := local.New(10)
	w := post(http.New(http.Config{Service: service}), "/v1/"+path, body)
	p := readProblem(t, w)
	require.Equal(t, kind, p.Type, "%s %.80s: %s", path, body, p.Detail)
	require.Contains(t, p.Detail, detail, "%s %.80s", path, body)
	require.Equal(t, nethttp.StatusBadRequest, w.Code)
	require.Equal(t, "no", p.Applied)
	require.Empty(t, service.Calls())
}

func TestErrorsSayWhetherTheCallWasApplied(t *testing.T) {
	for _, row := range []struct {
		err     error
		status  int
		kind    string
		applied string
	}{
		{server.ErrLoading, 503, "loading", "no"},
		{server.ErrOverloaded, 503, "overloaded", "no"},
		{server.ErrStopped, 503, "stopping", "no"},
		{server.ErrNotApplied, 503, "not-applied", "no"},
		{&server.NotAppliedError{Leader: "b:80"}, 503, "not-applied", "no"},
		{server.ErrUnknown, 504, "outcome-unknown", "unknown"},
		{fmt.Errorf("call: %w", server.ErrUnknown), 504, "outcome-unknown", "unknown"},
		{errors.New("nobody thought of it"), 504, "outcome-unknown", "unknown"},
	} {
		service := local.New(10)
		service.Fail(row.err)
		w := post(http.New(http.Config{Service: service}), "/v1/claim", `{"key":"k","owner":"a"}`)
		p := readProblem(t, w)
		require.Equal(t, row.status, w.Code)
		require.Equal(t, "/problems/"+row.kind, p.Type)
		require.Equal(t, row.applied, p.Applied)
		require.Equal(t, row.status == 503, w.Header().Get("Retry-After") != "")
		require.Equal(t, strings.Contains(row.err.Error(), "b:80"), p.Leader == "b:80")
	}
	p := readProblem(t, post(http.New(http.Config{Service: local.New(0)}), "/v1/claim", `{"key":"k","owner":"a"}`))
	require.Equal(t, "/problems/loading", p.Type)
}

// short is a Service that breaks its word: it forgets an answer.
type short struct{ *local.Service }

func (s short) Do(commands []byte, answers int, at server.When, done func([]server.Answer, error)) {
	s.Service.Do(commands, answers, at, func(answers []server.Answer, err error) { done(answers[1:], err) })
}

func TestAnswersThatAreMissingAreUnknown(t *testing.T) {
	door := http.New(http.Config{Service: short{local.New(10)}})
	require.Equal(t, "unknown", readProblem(t, post(door, "/v1/claim", `{"key":"k","owner":"a"}`)).Applied)
}

// After an unknown outcome the same owner is told that it won, and no other.
func TestALostReplyIsRepeatedWithTheSameOwner(t *testing.T) {
	service := local.New(10)
	door := http.New(http.Config{Service: service})
	service.Lose()
	require.Equal(t, "unknown", readProblem(t, post(door, "/v1/claim", `{"key":"k","owner":"a"}`)).Applied)
	require.Contains(t, post(door, "/v1/claim", `{"key":"k","owner":"b"}`).Body.String(), `"result":"duplicate"`)
	require.Contains(t, post(door, "/v1/claim", `{"key":"k","owner":"a"}`).Body.String(), `"result":"won","replayed":true`)
}

// curl -d '{"key":…}' needs no header; a page in a browser can't send a claim as a form.
func TestAFormOfCurlIsReadAsJSON(t *testing.T) {
	door := http.New(http.Config{Service: local.New(10)})
	for header, status := range map[string]int{"Accept": 200, "Origin": 415, "Sec-Fetch-Site": 415} {
		r := httptest.NewRequest("POST", "/v1/claim", strings.NewReader(`{"key":"k","owner":"a"}`))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header, "null")
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		require.Equal(t, status, w.Code, header)
	}
}

func TestWhatIsNoCall(t *testing.T) {
	door := http.New(http.Config{Service: local.New(10)})
	for _, row := range []struct {
		method, path, contentType, kind, allow string
		status                                 int
	}{
		{"GET", "/v1/claim", "", "method-not-allowed", "POST", 405},
		{"POST", "/v1/status", "", "method-not-allowed", "GET", 405},
		{"POST", "/readyz", "", "method-not-allowed", "GET", 405},
		{"POST", "/v1/claims", "", "no-such-path", "", 404},
		{"GET", "/", "", "no-such-path", "", 404},
		{"POST", "/v1/claim", "", "unsupported-media-type", "", 415},
		{"POST", "/v1/claim", "text/plain", "unsupported-media-type", "", 415},
	} {
		r := httptest.NewRequest(row.method, row.path, strings.NewReader(`{"key":"k","owner":"a"}`))
		r.Header.Set("Content-Type", row.contentType)
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		require.Equal(t, "/problems/"+row.kind, readProblem(t, w).Type)
		require.Equal(t, row.status, w.Code)
		require.Equal(t, row.allow, w.Header().Get("Allow"))
	}
	p := readProblem(t, post(door, "/v1/claim", `{"key":"`+strings.Repeat("k", 1<<20)+`"}`))
	require.Equal(t, "/problems/too-large", p.Type)
	require.Equal(t, nethttp.StatusRequestEntityTooLarge, p.Status)
	r := httptest.NewRequest("POST", "/v1/claim", io.MultiReader(bytes.NewReader([]byte("{")), broken{}))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	door.ServeHTTP(w, r)
	require.Contains(t, readProblem(t, w).Detail, "could not be read")
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errors.New("gone") }

func TestOneRequestTooMany(t *testing.T) {
	service := local.New(10)
	door := http.New(http.Config{Service: service, MaxRequests: 1})
	loopback := httptest.NewUnstartedServer(nil)
	loopback.Config = http.NewServer(door)
	loopback.Start()
	defer loopback.Close()
	release := service.Hold()
	first := make(chan error, 1)
	go func() {
		response, err := nethttp.Post(loopback.URL+"/v1/claim", "application/json", strings.NewReader(`{"key":"k","owner":"a"}`))
		if err == nil && response.StatusCode != nethttp.StatusOK {
			err = errors.New(response.Status)
		}
		if err == nil {
			err = response.Body.Close()
		}
		first <- err
	}()
	<-service.Waiting()
	p := readProblem(t, post(door, "/v1/claim", `{"key":"k","owner":"b"}`))
	require.Equal(t, "/problems/overloaded", p.Type)
	release()
	require.NoError(t, <-first)
	require.Contains(t, post(door, "/v1/claim", `{"key":"k","owner":"b"}`).Body.String(), "duplicate")
}
