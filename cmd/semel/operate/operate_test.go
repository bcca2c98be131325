package operate

// Goal: what operators' commands ask for, what they say, and their exit codes. Method: against a node that is a
// handler and answers as a table says.

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
)

// told is a node that answers each path as the table says, and what it was asked.
func toldNode(t *testing.T, answers map[string]string) (address string, asked func() []string) {
	var all []string
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if len(body) > 0 {
			all = append(all, r.URL.Path+" "+string(body))
		}
		_, _ = io.WriteString(w, answers[r.URL.Path])
	}))
	t.Cleanup(node.Close)
	return strings.TrimPrefix(node.URL, "http://"), func() []string { return all }
}

func operate(t *testing.T, node, input string, args ...string) (said string, code int) {
	said, _, err := operated(t, node, input, args...)
	return said, exit.Code(err)
}

func operated(t *testing.T, node, input string, args ...string) (words, said string, err error) {
	c := &cobra.Command{Use: "semel", SilenceErrors: true, SilenceUsage: true}
	c.AddCommand(Commands()...)
	var out, errs bytes.Buffer
	c.SetArgs(append([]string{args[0], "--nodes", node}, args[1:]...))
	c.SetIn(strings.NewReader(input))
	c.SetOut(&out)
	c.SetErr(&errs)
	err = c.ExecuteContext(t.Context())
	return out.String(), errs.String(), err
}

func TestCapacityCommand(t *testing.T) {
	status := `{"ready":true,"keys":7,"bytes":64,"capacity_keys":10,"capacity_bytes":3200}`
	node, asked := toldNode(t, map[string]string{"/v1/status": status, "/v1/capacity": `{"result":"ok","held_keys":7,"held_bytes":64}`})
	said, code := operate(t, node, "", "capacity")
	require.Equal(t, "7 of 10 keys, 64 of 3200 bytes\n", said)
	require.Zero(t, code)
	said, code = operate(t, node, "", "capacity", "--keys", "20")
	require.Equal(t, "7 of 20 keys, 64 of 3200 bytes\n", said)
	require.Zero(t, code)
	_, _ = operate(t, node, "", "capacity", "--bytes", "1KiB")
	require.Equal(t, []string{`/v1/capacity {"keys":20,"bytes":3200}`, `/v1/capacity {"keys":10,"bytes":1024}`}, asked())

	full, _ := toldNode(t, map[string]string{"/v1/status": status, "/v1/capacity": `{"result":"full","held_keys":7,"held_bytes":64}`})
	_, code = operate(t, full, "", "capacity", "--keys", "3")
	require.Equal(t, 1, code)
}

func TestOffsetCommand(t *testing.T) {
	node, asked := toldNode(t, map[string]string{"/v1/query": `{"result":"ok","token":3,"offset":41}`, "/v1/checkpoint/set": `{"result":"ok","token":9,"offset":7}`})
	said, code := operate(t, node, "", "offset", "orders", "0")
	require.Equal(t, "41\n", said)
	require.Zero(t, code)
	said, _ = operate(t, node, "", "offset", "orders", "0", "--set", "7")
	require.Equal(t, "7\n", said)
	require.Contains(t, asked()[1], `{"stream":"orders","partition":"0","offset":7,"owner":"`)
	for _, wrong := range []string{"-1", "18446744073709551615", "x"} {
		_, code := operate(t, node, "", "offset", "orders", "0", "--set", wrong)
		require.Equal(t, exit.Usage, code, wrong)
	}
	none, _ := toldNode(t, map[string]string{"/v1/query": `{"result":"not_found"}`})
	said, code = operate(t, none, "", "offset", "orders", "0")
	require.Equal(t, "not_found\n", said)
	require.Equal(t, 1, code)
}
