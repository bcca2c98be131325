package http_test

// Goal: a batch is taken whole, or refused with nothing proposed. Method: a body for each way to be wrong.

import (
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

// One body for each way to be wrong. Those that are whole win.
func TestBatchesThatAreRefusedAndTaken(t *testing.T) {
	many := strings.Repeat("x", 16<<10+1)
	claim := func(fields string) string { return `{"claims":[{"owner":"a",` + fields + `}]}` }
	for _, body := range []string{
		claim(`"key":"k","ttl_ms":9999999999999999999`), claim(`"key":"k","ttl_ms":01`), claim(`"key":"k","ttl_ms":-1`), claim(`"key":"k","ttl_ms":1.5`),
		claim(`"key":"k","ttl_ms":1e-3`), claim(`"key":"k","ttl_ms":0`), claim(`"key":"k","lease_ms":0`), claim(`"key":"k","ttl_ms":`), claim(`"key":"k","call":99999999999999999999`),
		claim(`"key":"k","ttl_ms":1,"lease_ms":2`), claim(`"key":"k","key":"l"`), claim(`"key":"k","key64":"aw=="`), claim(`"ttl_ms":1`), claim(`"key64":"!"`), claim(`"key64":"aw"`),
		claim(`"key":"` + many + `"`), claim(`"key":"k","namespace":"` + many + `"`), claim(`"key":"k","fingerprint":"` + many[:65] + `"`),
		claim("\"key\":\"\x01\""), claim("\"key\":\"\\\\\x01\""), claim("\"key\":\"\xff\""), claim(`"key":"\ud83d"`), claim(`"key":"\udc00\ud83d"`), claim(`"key":"\x"`), claim(`"key":"\u12"`),
		claim(`"key":"k","Call":1`), claim(`"key":"k","nameſpace":"n"`), claim(`"key64":"a\nw=="`), claim(`"key64":"ax=="`), claim(`"key":"k","window":1`), claim(`"key":"k",`), claim(`"key" "k"`), claim(`"key":k`), claim(`"key":"k`), claim(`"key":"k\`),
		`{"claims":[{"key":"k","owner":""}]}`, `{"claims":[{"key":"k","owner":"` + many[:257] + `"}]}`, `{"claims":[{"key":"k"}]}`,
		claim(`"key":""`), claim(`"key64":""`), `{"claims":[]}`, `{"claims":[{}]}`, `{"claims":[{"key":"k","owner":"a"},]}`, `{"claims":[{"key":"k","owner":"a"}]} {}`, `{"claims":[{"key":"k","owner":"a"}]}x`,
		`{"claims":[{"key":"k","owner":"a"}],"claims":[]}`, `{"claims":[{"key":"k","owner":"a"}]`, `{"claims":[{"key":"k","owner":"a"}`, `{"claims":{"key":"k","owner":"a"}}`,
		`{"claims":[` + strings.Repeat(`{"key":"k","owner":"a"},`, 4096) + `{"key":"k","owner":"a"}]}`,
		`{"claims":[` + strings.Repeat(`{"key":"k","owner":"a","fingerprint":"`+many[:64]+`"},`, 2700) + `{"key":"k","owner":"a"}]}`,
	} {
		service := local.New(50)
		w := post(http.New(http.Config{Service: service}), "/v1/batch", body)
		require.Equal(t, nethttp.StatusBadRequest, w.Code, "%.200q", body)
		require.Empty(t, service.Calls())
	}
	for _, body := range []string{
		claim(`"key":"k","ttl_ms":1e3,"lease_ms":1000.0,"call":0,"namespace":null,"fingerprint":null`), claim(`"key64":"aw==","namespace":"n"`), claim(`"key":"k","ttl_ms":null`),
		claim(`"key":"\"\\\/\b\f\n\r\t\u0041\u00e9\u2028é😀\ud83d\ude00"`), " {\n\"claims\" :\t[ { \"key\" : \"k\" , \"owner\" : \"a\" } ] } \r\n",
		claim(`"key":"k","namespace":"n"`)[:len(claim(`"key":"k","namespace":"n"`))-2] + `,{"owner":"b","key":"k"},{"owner":"c","key":"k","namespace":"m"},{"owner":"d","key":"k","namespace":"n"}]}`,
	} {
		w := post(http.New(http.Config{Service: local.New(50)}), "/v1/batch", body)
		require.Equal(t, nethttp.StatusOK, w.Code, "%q: %s", body, w.Body.String())
	}
}
