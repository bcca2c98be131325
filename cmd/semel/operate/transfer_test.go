package operate

// Goal: the command has another node lead, says which one, and why not. Method: a node that answers as a table says, and three nodes
// of which one is stopped.

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestTransferCommand(t *testing.T) {
	node, asked := toldNode(t, map[string]string{"/v1/transfer": `{"leader":2}`})
	said, code := operate(t, node, "", "transfer")
	require.Equal(t, "node 2 leads\n", said)
	require.Zero(t, code)
	_, code = operate(t, node, "", "transfer", "--to", "2")
	require.Zero(t, code)
	require.Equal(t, []string{"/v1/transfer {}", `/v1/transfer {"to":2}`}, asked())
	for _, wrong := range [][]string{{"--to", "0"}, {"--to", "64"}, {"--to", "x"}, {"--to", "-1"}, {"2"}} {
		_, code := operate(t, node, "", append([]string{"transfer"}, wrong...)...)
		require.Equal(t, exit.Usage, code, wrong)
	}
	require.Len(t, asked(), 2)
}

func TestTransferCommandSaysWhyNot(t *testing.T) {
	for _, row := range []struct {
		status   int
		kind     string
		code     int
		attempts bool // again and again
	}{
		{409, "transfer-behind", exit.No, false},
		{409, "transfer-unreachable", exit.No, false},
		{400, "no-such-node", exit.Usage, false},
		{503, "not-applied", exit.Unavailable, true},
	} {
		asked := 0
		node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(row.status)
			_, _ = fmt.Fprintf(w, `{"type":"/problems/%s","status":%d,"detail":"the reason","applied":"no"}`, row.kind, row.status)
		}))
		t.Cleanup(node.Close)
		_, _, err := operated(t, strings.TrimPrefix(node.URL, "http://"), "", "transfer", "--to", "2", "--timeout", "100ms")
		require.ErrorContains(t, err, "the reason", row.kind)
		require.Equal(t, row.code, exit.Code(err), row.kind)
		require.Equal(t, row.attempts, asked > 1, row.kind)
	}
	strange := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"ok":true}`) }))
	t.Cleanup(strange.Close)
	_, _, err := operated(t, strings.TrimPrefix(strange.URL, "http://"), "", "transfer", "--timeout", "100ms")
	require.Equal(t, exit.Unavailable, exit.Code(err))
}

func TestTheLeadGoesToTheNodeThatIsNamed(t *testing.T) {
	d := semeltest.StartDev(t)
	leader := d.Leader(t)
	for _, n := range d.Nodes {
		if n.ID == leader.ID {
			continue
		}
		for _, address := range []string{d.Addresses(), n.HTTP + "," + d.Addresses()} { // asked first at one that does not lead
			answer := semeltest.Run(t, address, "transfer", "--to", fmt.Sprint(n.ID))
			require.Zero(t, answer.Code, answer.Errors)
			require.Equal(t, fmt.Sprintf("node %d leads\n", n.ID), answer.Out)
			require.Equal(t, n.ID, d.Leader(t).ID)
		}
	}
	answer := semeltest.Run(t, d.Addresses(), "transfer", "--to", "9")
	require.Equal(t, exit.Usage, answer.Code)
	require.Contains(t, answer.Errors, "no such node")
}
