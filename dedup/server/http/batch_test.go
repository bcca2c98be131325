package http_test

// Goal: the short way of batches is the long way of encoding/json, only faster: it
// proposes the same commands, and what it should not take it leaves to the other.
// Method: a property and a fuzz target over whole and broken bodies. Each is sent as it
// is, and with an escape in the name "claims", which only the long way reads.

import (
	"fmt"
	nethttp "net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/eventstreamcore/semel/dedup"
	"github.com/eventstreamcore/semel/dedup/server"
	"github.com/eventstreamcore/semel/dedup/server/http"
	"github.com/eventstreamcore/semel/dedup/server/internal/local"
)

// noted is a Service that keeps the commands it was given last.
type noted struct {
	*local.Service
	commands []byte
}

func (n *noted) Do(commands []byte, answers int, deadline time.Time, done func([]server.Answer, error)) {
	n.commands = append([]byte{}, commands...)
	n.Service.Do(commands, answers, deadline, done)
}

// outcome is all that a body leads to; call numbers are drawn and left out.
type outcome struct {
	code     int
	body     string
	commands []dedup.Command
}

var callNumber = regexp.MustCompile(`"call":\d+`)

func outcomeOf(t require.TestingT, body string) outcome {
	service := &noted{Service: local.New(50)}
	w := post(http.New(http.Config{Service: service}), "/v1/batch", body)
	told := outcome{code: w.Code, body: callNumber.ReplaceAllString(w.Body.String(), "")}
	for rest := service.commands; len(rest) > 0; {
		c, after, err := dedup.NextCommand(rest)
		require.NoError(t, err)
		c.Call, rest = 0, after
		told.commands = append(told.commands, c)
	}
	return told
}

// long is the body with an escape in the name, so that it goes the long way.
func long(body string) string { return strings.Replace(body, `"claims"`, `"cl\u0061ims"`, 1) }

// pieces of strings; those at the end are wrong, or take the long way.
var pieces = []string{"k", "key", "é", "😀", `\"`, `\\`, `\/`, `\b\f\n\r\t`, `\u0041`, `\u00e9`, `\u2028`, `\ud83d\ude00`, `\u0000`, " ", "/w==", "aw==",
	`\ud83d`, `\x`, "\x01", "\xff", `"`, `\u12`}

func drawString(t *rapid.T, name string) string {
	most := len(pieces)
	if rapid.IntRange(0, 19).Draw(t, "right") > 0 {
		most -= 6
	}
	return `"` + strings.Join(rapid.SliceOfN(rapid.SampledFrom(pieces[:most]), 0, 4).Draw(t, name), "") + `"`
}

var names = []string{"key", "owner", "namespace", "key64", "fingerprint", "call", "ttl_ms", "lease_ms", "value", "value64", "Key", "window", `k\u0065y`}
var numbers = []string{"0", "1", "1000", "9999999999999999999", "99999999999999999999", "18446744073709551615", "01", "-1", "1.5", "1e3", `"1"`, "null", "true", ""}

// drawClaim draws a claim that is valid half of the time.
func drawClaim(t *rapid.T) string {
	space := rapid.SampledFrom([]string{"", " ", "\n\t "})
	fields := []string{`"key":` + drawString(t, "key"), `"owner":"a"`}
	for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 0, 2).Draw(t, "names") {
		value := drawString(t, name)
		if strings.HasSuffix(name, "_ms") || name == "call" {
			value = rapid.SampledFrom(numbers).Draw(t, name)
		}
		fields = append(fields, `"`+name+`"`+space.Draw(t, "s")+":"+space.Draw(t, "s")+value)
	}
	fields = rapid.Permutation(fields).Draw(t, "fields")
	if rapid.IntRange(0, 19).Draw(t, "lacks one") == 0 {
		fields = fields[1:]
	}
	return space.Draw(t, "s") + "{" + strings.Join(fields, space.Draw(t, "s")+",") + "}"
}

func drawBody(t *rapid.T) string {
	body := `{"claims":[` + strings.Join(rapid.SliceOfN(rapid.Custom(drawClaim), 0, 4).Draw(t, "claims"), ",") + `]}`
	if rapid.IntRange(0, 4).Draw(t, "whole") == 0 {
		at := rapid.IntRange(len(`{"claims"`), len(body)).Draw(t, "at")
		body = body[:at] + rapid.SampledFrom([]string{"", "}", "]", ",", ":", "{", `"`, " ", "0", "\xff"}).Draw(t, "wrong") + body[min(len(body), at+rapid.IntRange(0, 2).Draw(t, "cut")):]
	}
	return body
}

func TestTheShortWayOfABatchIsTheLongWay(t *testing.T) {
	taken := 0
	rapid.Check(t, func(t *rapid.T) {
		body := drawBody(t)
		short := outcomeOf(t, body)
		require.Equal(t, outcomeOf(t, long(body)), short, "%q", body)
		if short.code == nethttp.StatusOK {
			taken++
		}
	})
	require.Positive(t, taken, "no body was whole")
}

// One body for each thing that the short way has to look at. Those that are whole win.
func TestEachGuardOfTheShortWay(t *testing.T) {
	many := strings.Repeat("x", 16<<10+1)
	claim := func(fields string) string { return `{"claims":[{"owner":"a",` + fields + `}]}` }
	for _, body := range []string{
		claim(`"key":"k","ttl_ms":9999999999999999999`), claim(`"key":"k","ttl_ms":01`), claim(`"key":"k","ttl_ms":-1`), claim(`"key":"k","ttl_ms":1.5`),
		claim(`"key":"k","ttl_ms":1e3`), claim(`"key":"k","ttl_ms":`), claim(`"key":"k","call":99999999999999999999`),
		claim(`"key":"k","ttl_ms":1,"lease_ms":2`), claim(`"key":"k","key":"l"`), claim(`"key":"k","key64":"aw=="`), claim(`"ttl_ms":1`), claim(`"key64":"!"`), claim(`"key64":"aw"`),
		claim(`"key":"` + many + `"`), claim(`"key":"k","namespace":"` + many + `"`), claim(`"key":"k","fingerprint":"` + many[:65] + `"`),
		claim("\"key\":\"\x01\""), claim("\"key\":\"\\\\\x01\""), claim("\"key\":\"\xff\""), claim(`"key":"\ud83d"`), claim(`"key":"\udc00\ud83d"`), claim(`"key":"\x"`), claim(`"key":"\u12"`),
		claim(`"key":"k","Call":1`), claim(`"key":"k","window":1`), claim(`"key":"k",`), claim(`"key" "k"`), claim(`"key":k`), claim(`"key":"k`), claim(`"key":"k\`),
		`{"claims":[{"key":"k","owner":""}]}`, `{"claims":[{"key":"k","owner":"` + many[:257] + `"}]}`, `{"claims":[{"key":"k"}]}`,
		claim(`"key":""`), claim(`"key64":""`), `{"claims":[]}`, `{"claims":[{}]}`, `{"claims":[{"key":"k","owner":"a"},]}`, `{"claims":[{"key":"k","owner":"a"}]} {}`, `{"claims":[{"key":"k","owner":"a"}]}x`,
		`{"claims":[{"key":"k","owner":"a"}],"claims":[]}`, `{"claims":[{"key":"k","owner":"a"}]`, `{"claims":[{"key":"k","owner":"a"}`, `{"claims":{"key":"k","owner":"a"}}`,
		`{"claims":[` + strings.Repeat(`{"key":"k","owner":"a"},`, 4096) + `{"key":"k","owner":"a"}]}`,
		`{"claims":[` + strings.Repeat(`{"key":"k","owner":"a","fingerprint":"`+many[:64]+`"},`, 2700) + `{"key":"k","owner":"a"}]}`,
	} {
		short := outcomeOf(t, body)
		require.Equal(t, nethttp.StatusBadRequest, short.code, "%.200q", body)
		require.Equal(t, outcomeOf(t, long(body)), short, "%.200q", body)
	}
	for _, body := range []string{
		claim(`"key":"k","ttl_ms":0,"lease_ms":0,"call":0,"namespace":"","fingerprint":""`), claim(`"key64":"aw==","namespace":"n"`), claim(`"key":"k","ttl_ms":null`), claim(`"key64":"a\nw=="`),
		claim(`"key":"\"\\\/\b\f\n\r\t\u0041\u00e9\u2028é😀\ud83d\ude00"`), " {\n\"claims\" :\t[ { \"key\" : \"k\" , \"owner\" : \"a\" } ] } \r\n",
		claim(`"key":"k","namespace":"n"`)[:len(claim(`"key":"k","namespace":"n"`))-2] + `,{"owner":"b","key":"k"},{"owner":"c","key":"k","namespace":"m"},{"owner":"d","key":"k","namespace":"n"}]}`,
	} {
		short := outcomeOf(t, body)
		require.Equal(t, nethttp.StatusOK, short.code, "%q", body)
		require.Equal(t, outcomeOf(t, long(body)), short, "%q", body)
	}
}

func FuzzBatch(f *testing.F) {
	f.Add(`{"key":"k","owner":"a"}`)
	f.Add(`{"key64":"aw==","owner":"a","ttl_ms":5,"lease_ms":5,"call":1,"namespace":"n","fingerprint":"f"},{"key":"\u00e9\n","owner":"b"}`)
	f.Fuzz(func(t *testing.T, claims string) {
		body := `{"claims":[` + claims + `]}`
		require.Equal(t, outcomeOf(t, long(body)), outcomeOf(t, body))
	})
}

// The properties above would hold if nothing took the short way: this one tells, for
// encoding/json allocates for each claim.
func TestPlainBatchesTakeTheShortWay(t *testing.T) {
	var claims []string
	for i := range 1000 {
		claims = append(claims, fmt.Sprintf(` {"owner":"a/%d", "key":"{\"id\":%d}\u00e9", "ttl_ms":5000}`, i, i))
	}
	body := `{"claims":[` + strings.Join(claims, ",\n") + "]}\n"
	door := http.New(http.Config{Service: local.New(2000)})
	allocations := func(body string) float64 {
		return testing.AllocsPerRun(5, func() { require.Equal(t, nethttp.StatusOK, post(door, "/v1/batch", body).Code) })
	}
	require.Less(t, allocations(body), 500.0)
	require.Greater(t, allocations(long(body)), 10_000.0)
}
