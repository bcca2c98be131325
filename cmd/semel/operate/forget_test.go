package operate

// Goal: a key is forgotten as whoever has it can name it: as a word, or by the very records and flags that `semel uniq`
// claimed it with; and of what is no key nothing is guessed. Method: against a node that holds keys in a table and
// refuses bodies as the HTTP door does.

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/records"
)

// keeper is a node that holds keys by namespace and key.
type keeper struct {
	address string
	held    map[string]bool
	asked   []string
	calls   int
	most    int // bytes of a body so far
}

func newKeeper(t *testing.T, held ...string) *keeper {
	k := &keeper{held: map[string]bool{}}
	for _, key := range held {
		k.held[key] = true
	}
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if r.URL.Path != "/v1/forget" || err != nil {
			return
		}
		k.calls++
		k.most = max(k.most, len(text))
		var body struct {
			Namespace string
			Keys      []string
			Keys64    []string
		}
		_ = json.Unmarshal(text, &body)
		for _, key := range body.Keys64 {
			raw, _ := base64.StdEncoding.DecodeString(key)
			body.Keys = append(body.Keys, string(raw))
		}
		var results []string
		for _, key := range body.Keys {
			if body.Namespace != "" {
				key = body.Namespace + "/" + key
			}
			k.asked = append(k.asked, key)
			result := map[bool]string{true: `{"result":"ok"}`, false: `{"result":"not_found"}`}[k.held[key]]
			delete(k.held, key)
			results = append(results, result)
		}
		_, _ = fmt.Fprintf(w, `{"results":[%s]}`, strings.Join(results, ","))
	}))
	t.Cleanup(node.Close)
	k.address = strings.TrimPrefix(node.URL, "http://")
	return k
}

func TestKeysAreForgottenAsWords(t *testing.T) {
	node, asked := toldNode(t, map[string]string{"/v1/forget": `{"results":[{"result":"ok"},{"result":"not_found"}]}`})
	said, code := operate(t, node, "", "forget", "a", "b", "--ns", "n")
	require.Equal(t, "forgotten\nnot_found\n", said)
	require.Zero(t, code)
	said, code = operate(t, node, "\xfe\nb\n", "forget", "-")
	require.Equal(t, "not_found\nforgotten\n", said, "the text was asked for first, and its answer stands in its place")
	require.Zero(t, code)
	require.Equal(t, []string{`/v1/forget {"keys":["a","b"],"keys64":[],"namespace":"n"}`, `/v1/forget {"keys":["b"],"keys64":["/g=="]}`}, asked())
}

func TestAWordIsAKeyOrStandardInputAndNeverAGuess(t *testing.T) {
	for _, row := range []struct {
		args, input string
		forgets     []string
		says        string
	}{
		{"-", "a\r\nb\n", []string{"a", "b"}, ""},
		{"-- -", "a\n", []string{"-"}, ""},
		{"-- a -", "", []string{"a", "-"}, ""},
		{"a -- -", "", []string{"a", "-"}, ""},
		{"-- -k --ns", "", []string{"-k", "--ns"}, ""},
		{"a -", "b\n", nil, "semel forget -- a -"},
		{"- a", "b\n", nil, "stands alone"},
		{"- -", "b\n", nil, "stands alone"},
		{"- -- a", "b\n", nil, "stands alone"},
		{"", "b\n", nil, "KEY is missing"},
		{"a ''", "", nil, "is a variable unset?"},
		{"-- a ''", "", nil, "is a variable unset?"},
		{"--json id FILE", "", nil, "semel forget --json id < FILE"},
		{"--json id -- -", "", nil, "semel forget --json id < FILE"},
		{"--json ''", "", nil, "--json is empty: is a variable unset?"},
		{"--json a --csv 1", "", nil, "give one"},
		{"--csv id", "", nil, "--header"},
		{"--csv id --header", "x\n1\n", nil, "no such column"},
		{"--delimiter ;", "a;b\n", nil, "say which fields"},
		{"-", "\xfd7zXZ\x00", nil, "xz -dc FILE | semel forget"},
		{"--json id -", `{"id":"a"}`, []string{"a"}, ""},
	} {
		k := newKeeper(t)
		args := []string{"forget"}
		for word := range strings.FieldsSeq(row.args) {
			args = append(args, strings.Trim(word, "'"))
		}
		_, _, err := operated(t, k.address, row.input, args...)
		require.Equal(t, row.forgets, k.asked, row.args)
		if row.says == "" {
			require.NoError(t, err, row.args)
			continue
		}
		require.ErrorContains(t, err, row.says, row.args)
		require.Equal(t, exit.Usage, exit.Code(err), row.args)
	}
}

// The records that were claimed wrongly are forgotten by the flags they were claimed with, however their keys are made.
func TestTheRecordsThatWereClaimedAreForgotten(t *testing.T) {
	long := strings.Repeat("x", 20<<10)
	for _, row := range []struct {
		flags, records string
		naming         records.Naming
	}{
		{"--json u,o", `{"u":1,"o":"a"}` + "\n" + `{"o":"a","u":"1"}` + "\r\n" + `{"u":2,"o":"` + long + `"}` + "\n", records.Naming{JSON: "u,o"}},
		{"--json u", `{"u":1}` + "\n" + `{"u":true}` + "\n" + `{"u":"\u0061"}` + "\n", records.Naming{JSON: "u"}},
		{"--csv 2,1", "a,\"b\nc\"\n1,2\n", records.Naming{CSV: "2,1"}},
		{"--csv id --header", "t,id\nx,7\ny,8\n", records.Naming{CSV: "id", Header: true}},
		{"--csv id --header --delimiter ;", "t;id\nx;7\n", records.Naming{CSV: "id", Header: true, Delimiter: ";"}},
		{"--key 1,2", "a b c\nd e\n", records.Naming{Key: "1,2"}},
		{`--key /user=(\d+)|order=(\d+)/`, "user=7\norder=7\n", records.Naming{Key: `/user=(\d+)|order=(\d+)/`}},
		{"-", "a\r\n" + long + "\n\xffb\n\xef\xbb\xbfc\n", records.Naming{}},
	} {
		format, err := row.naming.Format()
		require.NoError(t, err)
		var held []string
		for reader := records.NewReader(strings.NewReader(row.records), "", format); ; {
			record, err := reader.Next()
			if err != nil {
				require.ErrorIs(t, err, io.EOF)
				break
			}
			require.Nil(t, record.None, row.flags)
			held = append(held, "n/"+string(record.Key))
		}
		for _, packed := range []bool{false, true} {
			k, input := newKeeper(t, append(held, "n/other", "a")...), row.records
			if packed {
				input = gzipped(t, input)
			}
			words, said, err := operated(t, k.address, input, append([]string{"forget", "--ns", "n"}, strings.Fields(row.flags)...)...)
			require.NoError(t, err, row.flags)
			require.Equal(t, strings.Repeat("forgotten\n", len(held)), words, row.flags)
			require.Equal(t, map[string]bool{"n/other": true, "a": true}, k.held, row.flags)
			require.Contains(t, said, fmt.Sprintf("s: %d forgotten, 0 not_found\n", len(held)), row.flags)
		}
	}
}

func gzipped(t *testing.T, text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(text))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func TestARecordWithoutAKeyIsToldAndTheOthersAreForgotten(t *testing.T) {
	k := newKeeper(t, "a", "b")
	words, said, err := operated(t, k.address, `{"id":"a"}`+"\n{}\n\n"+`{"id":"c"}`+"\n"+`{"id":"b"}`+"\n"+`{"id":"b"}`, "forget", "--json", "id")
	require.Equal(t, []string{"forgotten", "no_key", "no_key", "not_found", "forgotten", "not_found"}, strings.Fields(words))
	require.Equal(t, exit.No, exit.Code(err))
	require.Contains(t, said, "semel forget: line 2 has no key: it has no field id\n")
	require.Contains(t, said, "semel forget: line 3 has no key: it is empty\n")
	require.Contains(t, said, "without a newline (line 6): it may be cut off")
	require.Contains(t, said, "semel forget: 6 lines: 2 forgotten, 2 not_found, 2 without a key\n")
	require.Empty(t, k.held)

	k = newKeeper(t)
	words, said, err = operated(t, k.address, strings.Repeat("\n", 100), "forget", "-")
	require.Equal(t, strings.Repeat("no_key\n", 100), words)
	require.Equal(t, exit.No, exit.Code(err))
	require.Equal(t, mostReports+2, strings.Count(said, "\n"), "each is told, but not a hundred times")
	require.Zero(t, k.calls)

	_, said, err = operated(t, k.address, `{"id":"a"}`+"\n", "forget", "--key", "1")
	require.NoError(t, err)
	require.Contains(t, said, "name the field by --json")
	_, said, err = operated(t, k.address, "", "forget", "-")
	require.NoError(t, err)
	require.Contains(t, said, "0 lines: 0 forgotten")
}

func TestAnInputThatBreaksOffForgetsNothingByGuess(t *testing.T) {
	k := newKeeper(t)
	packed := gzipped(t, "a\nb\n")
	_, _, err := operated(t, k.address, packed[:len(packed)-4], "forget", "-")
	require.ErrorContains(t, err, "was not forgotten")
	require.Equal(t, exit.Usage, exit.Code(err))
	require.Empty(t, k.asked)
}

// Many keys go in several calls, none of which is longer than a door reads.
func TestManyKeysAreForgottenInSeveralCalls(t *testing.T) {
	const mostOfABody = 1 << 20
	for _, key := range []string{"k", strings.Repeat("k", 16<<10), strings.Repeat("\x01", 16<<10), strings.Repeat("\xfe", 16<<10)} {
		k := newKeeper(t)
		words, said, err := operated(t, k.address, strings.Repeat(key+"\n", 2*forgetAtOnce), "forget", "-")
		require.NoError(t, err)
		require.Equal(t, 2*forgetAtOnce, strings.Count(words, "not_found\n"))
		require.Contains(t, said, fmt.Sprintf("%d lines: 0 forgotten, %d not_found", 2*forgetAtOnce, 2*forgetAtOnce))
		require.Len(t, k.asked, 2*forgetAtOnce)
		require.Greater(t, k.calls, 1)
		require.Less(t, k.most, mostOfABody)
	}
}
