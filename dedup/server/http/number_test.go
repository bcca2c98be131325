package http_test

// Goal: a whole number is taken in whatever spelling JSON has for it, exactly, and what is larger than a double
// can hold is told as text too. Method: a table, and every spelling that is drawn against the number it spells.

import (
	"fmt"
	nethttp "net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

func TestAWholeNumberInAnySpelling(t *testing.T) {
	hold(t, 100, []turn{
		{"claim", `{"key":"a","owner":"a","ttl_ms":1e3,"call":1.0e0}`, `{"result":"won","token":1,"expires_in_ms":1000,"number":1,"log_time_ms":#T,"call":1}`},
		{"claim", `{"key":"b","owner":"a","ttl_ms":12.50E+2,"call":200e-2}`, `{"result":"won","token":2,"expires_in_ms":1250,"number":2,"log_time_ms":#T,"call":2}`},
		{"claim", `{"key":"c","owner":"a","ttl_ms":null,"lease_ms":null,"call":"3"}`, `{"result":"won","token":3,"number":3,"log_time_ms":#T,"call":3}`},
		{"claim", `{"key":"d","owner":"a","call":9007199254740992}`, `{"result":"won","token":4,"number":4,"log_time_ms":#T,"call":9007199254740992}`},
		{"claim", `{"key":"e","owner":"a","call":"9007199254740993"}`,
			`{"result":"won","token":5,"number":5,"log_time_ms":#T,"call":9007199254740993,"call_text":"9007199254740993"}`},
		{"checkpoint", `{"stream":"s","partition":"0","offset":"18446744073709551614","owner":"a","call":6}`,
			`{"result":"ok","token":6,"offset":18446744073709551614,"offset_text":"18446744073709551614","number":6,"log_time_ms":#T,"call":6,"claims":[]}`},
	})
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64().Draw(t, "number")
		digits := fmt.Sprint(n)
		at := rapid.IntRange(0, len(digits)).Draw(t, "point")
		zeros := strings.Repeat("0", rapid.IntRange(0, 30).Draw(t, "zeros"))
		spelled := digits[:at]
		if spelled == "" {
			spelled = "0"
		}
		if at > 0 && digits[0] == '0' || len(digits[at:])+len(zeros) > 0 {
			spelled += "." + digits[at:] + zeros + "0"
		}
		spelled += fmt.Sprintf("e%d", len(digits)-at)
		door := http.New(http.Config{Service: local.New(1)})
		w := post(door, "/v1/claim", `{"key":"k","owner":"a","call":`+spelled+`}`)
		if n == 0 {
			return // drawn anew
		}
		require.Equal(t, nethttp.StatusOK, w.Code, "%s: %s", spelled, w.Body)
		require.Contains(t, w.Body.String(), `"call":`+strconv.FormatUint(n, 10))
	})
}

func TestNumbersThatAreRefused(t *testing.T) {
	const malformed = "/problems/malformed-json"
	for _, row := range []struct{ path, body, kind, detail string }{
		{"claim", `{"key":"k","owner":"a","ttl_ms":0}`, malformed, "leave it out"},
		{"claim", `{"key":"k","owner":"a","ttl_ms":0e9}`, malformed, "leave it out"},
		{"claim", `{"key":"k","owner":"a","lease_ms":0.0}`, malformed, "leave it out"},
		{"claim", `{"key":"k","owner":"a","ttl_ms":-0}`, malformed, `field "ttl_ms" is -0`},
		{"claim", `{"key":"k","owner":"a","ttl_ms":"60000"}`, malformed, `field "ttl_ms" is "60000": want whole milliseconds`},
		{"claim", `{"key":"k","owner":"a","ttl_ms":true}`, malformed, `field "ttl_ms" is true`},
		{"claim", `{"key":"k","owner":"a","ttl_ms":18446744073709551616}`, malformed, "want whole milliseconds from 1 to 3162240000000"},
		{"capacity", `{"keys":18446744073709551616,"bytes":1}`, malformed, "from 0 to 18446744073709551615"},
		{"claim", `{"key":"k","owner":"a","namespace":""}`, malformed, `field "namespace" is "": want a text that is not empty, or leave it out`},
		{"claim", `{"key":"k","owner":"a","fingerprint":""}`, malformed, `field "fingerprint" is "": want a text`},
		{"batch", `{"claims":[{"key":"k","owner":"a","namespace":""}]}`, malformed, `field "claims.0.namespace" is ""`},
		{"claim", `{"key":"k","owner":"a","namespace":true}`, malformed, `field "namespace" is true: want a text in quotes`},
		{"claim", `{"key":[],"owner":"a"}`, malformed, `field "key" is an array: want a text in quotes`},
		{"claim", `{"key":"k","owner":{}}`, malformed, `field "owner" is an object: want a text in quotes`},
		{"claim", `{"key":"k","owner":"a","ttl_ms":1e-1}`, malformed, "ttl_ms"},
		{"claim", `{"key":"k","owner":"a","ttl_ms":1e99}`, malformed, "ttl_ms"},
		{"claim", `{"key":"k","owner":"a","ttl_ms":1e999999999999999999999}`, malformed, "ttl_ms"},
		{"claim", `{"key":"k","owner":"a","call":18446744073709551616}`, malformed, `field "call" is 18446744073709551616`},
		{"claim", `{"key":"k","owner":"a","call":"0x1"}`, malformed, `field "call" is "0x1"`},
		{"claim", `{"key":4711,"owner":"a"}`, malformed, `field "key" is a number: want a text in quotes`},
	} {
		p := readProblem(t, post(http.New(http.Config{Service: local.New(1)}), "/v1/"+row.path, row.body))
		require.Equal(t, row.kind, p.Type, row.body)
		require.Contains(t, p.Detail, row.detail, row.body)
		require.Equal(t, "no", p.Applied)
	}
}

func TestABodyThatIsEncodedIsRefused(t *testing.T) {
	door := http.New(http.Config{Service: local.New(1)})
	for encoding, code := range map[string]int{"": 200, "identity": 200, "gzip": 415, "GZIP": 415, "br, gzip": 415} {
		r := httptest.NewRequest(nethttp.MethodPost, "/v1/claim", strings.NewReader(`{"key":"k","owner":"a"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Content-Encoding", encoding)
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		require.Equal(t, code, w.Code, encoding)
		if code == 415 {
			require.Contains(t, readProblem(t, w).Detail, "Content-Encoding is")
		}
	}
}
