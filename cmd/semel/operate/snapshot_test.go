package operate

// Goal: the command asks each node once, waits for what takes longer, goes on behind a node that can't, and says why that one could not.
// Method: nodes that answer as a table says, and three nodes that work.

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

func TestSnapshotCommand(t *testing.T) {
	one, asked := toldNode(t, map[string]string{"/v1/snapshot": `{"done":true,"index":120,"bytes":4096,"log_begins_behind":60}`})
	said, code := operate(t, one, "", "snapshot")
	require.Equal(t, one+": snapshot of entry 120, 4096 bytes; the log begins behind entry 60\n", said)
	require.Zero(t, code)
	require.Equal(t, []string{"/v1/snapshot {}"}, asked())

	two, _ := toldNode(t, map[string]string{"/v1/snapshot": `{"done":true,"index":7,"bytes":512,"log_begins_behind":0}`})
	said, code = operate(t, one+", http://"+two, "", "snapshot")
	require.Equal(t, one+": snapshot of entry 120, 4096 bytes; the log begins behind entry 60\n"+two+": snapshot of entry 7, 512 bytes; the log begins behind entry 0\n", said)
	require.Zero(t, code)
	require.Len(t, asked(), 2)

	for _, wrong := range [][]string{{"1"}, {"--nodes", "x"}, {"--nodes", one + ","}, {"--timeout", "0s"}, {"--ns", "x"}} {
		_, code := operate(t, one, "", append([]string{"snapshot"}, wrong...)...)
		require.Equal(t, exit.Usage, code, wrong)
	}
	require.Len(t, asked(), 2, "nobody is asked where an address is wrong")
}

// scripted is a node that takes so many looks at its status to be done, if it ever is.
func scripted(t *testing.T, statuses ...string) (address string, asked *atomic.Int32) {
	asked = new(atomic.Int32)
	var looked atomic.Int32
	node := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/snapshot" {
			asked.Add(1)
			_, _ = fmt.Fprint(w, `{"done":false,"index":100}`)
			return
		}
		at := min(int(looked.Add(1)), len(statuses)) - 1
		_, _ = fmt.Fprintf(w, `{"snapshots":%s}`, statuses[at])
	}))
	t.Cleanup(node.Close)
	return strings.TrimPrefix(node.URL, "http://"), asked
}

func TestASnapshotThatTakesLongIsWaitedFor(t *testing.T) {
	const taking = `{"index":40,"taking":99}`
	node, asked := scripted(t, taking, `{"index":99,"taking":120}`, `{"index":120,"bytes":8,"log_begins_behind":99}`)
	said, code := operate(t, node, "", "snapshot")
	require.Zero(t, code)
	require.Equal(t, node+": snapshot of entry 120, 8 bytes; the log begins behind entry 99\n", said)
	require.EqualValues(t, 1, asked.Load(), "who asks again asks for another one")

	node, asked = scripted(t, taking, `{"index":40}`, `{"index":100,"bytes":8}`)
	_, code = operate(t, node, "", "snapshot")
	require.Zero(t, code)
	require.EqualValues(t, 2, asked.Load(), "the node was started anew")

	node, _ = scripted(t, taking, `{"index":40,"error":"no space left"}`)
	_, _, err := operated(t, node, "", "snapshot")
	require.Equal(t, exit.No, exit.Code(err))
	require.ErrorContains(t, err, "no space left")

	node, _ = scripted(t, taking, `{"index":40,"held":100,"held_bytes":8,"log_begins_behind":20}`)
	said, code = operate(t, node, "", "snapshot")
	require.Zero(t, code)
	require.Equal(t, node+": snapshot of entry 100, 8 bytes; the log begins behind entry 20\n", said)

	node, _ = scripted(t, taking, `{"index":40,"held":99,"held_bytes":8}`)
	_, _, err = operated(t, node, "", "snapshot")
	require.Equal(t, exit.No, exit.Code(err))
	require.ErrorContains(t, err, "it has one of entry 99, which is held")

	node, _ = scripted(t, taking)
	_, _, err = operated(t, node, "", "snapshot", "--timeout", "50ms")
	require.Equal(t, exit.Unavailable, exit.Code(err))
	require.ErrorContains(t, err, "not done within 50ms")
}

func TestANodeThatTakesNoSnapshotHoldsUpNoOther(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusConflict)
		_, _ = fmt.Fprint(w, `{"type":"/problems/snapshot-failed","status":409,"detail":"the reason","applied":"no"}`)
	}))
	t.Cleanup(refusing.Close)
	first := strings.TrimPrefix(refusing.URL, "http://")
	second, _ := toldNode(t, map[string]string{"/v1/snapshot": `{"done":true,"index":7,"bytes":512,"log_begins_behind":3}`})
	said, _, err := operated(t, first+","+second, "", "snapshot")
	require.Equal(t, exit.No, exit.Code(err))
	require.ErrorContains(t, err, first+": the reason")
	require.Contains(t, said, second+": snapshot of entry 7")

	_, _, err = operated(t, first+",127.0.0.1:1", "", "snapshot", "--timeout", "100ms")
	require.Equal(t, exit.Unavailable, exit.Code(err), "somebody was not asked")
	strange, _ := toldNode(t, map[string]string{"/v1/snapshot": `{"ok":true}`})
	_, _, err = operated(t, strange, "", "snapshot", "--timeout", "100ms")
	require.Equal(t, exit.Unavailable, exit.Code(err))
}

// A node that is down is named once, and what to do is said once for all of them.
func TestWhoIsDownIsNamedOnce(t *testing.T) {
	_, _, err := operated(t, "127.0.0.1:1,127.0.0.1:2", "", "snapshot", "--timeout", "100ms")
	require.Equal(t, exit.Unavailable, exit.Code(err))
	require.EqualError(t, err, "127.0.0.1:1: connection refused\n127.0.0.1:2: connection refused\n"+
		"a node that is down is not asked, and takes none: start it, or name by --nodes or SEMEL_NODES those that are up, by their HTTP addresses; see `semel status`")

	hangs := make(chan struct{})
	silent := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hangs }))
	t.Cleanup(func() { close(hangs); silent.Close() })
	address := strings.TrimPrefix(silent.URL, "http://")
	_, _, err = operated(t, address, "", "snapshot", "--timeout", "50ms")
	require.Equal(t, exit.Unavailable, exit.Code(err))
	require.ErrorContains(t, err, address+": no answer in time; it may take one all the same\n")
	require.Equal(t, 1, strings.Count(err.Error(), address), err)
}

func TestNodesTakeSnapshotsWhenTheyAreAsked(t *testing.T) {
	d := semeltest.StartDev(t)
	d.Leader(t)
	for k := range 3 {
		require.Zero(t, semeltest.Run(t, d.Addresses(), "claim", fmt.Sprint("key ", k)).Code)
		answer := semeltest.Run(t, d.Addresses(), "snapshot")
		require.Zero(t, answer.Code, answer.Errors)
		require.Equal(t, len(d.Nodes), strings.Count(answer.Out, ": snapshot of entry "), answer.Out)
	}
	answer := semeltest.Run(t, d.Addresses(), "status", "--json")
	require.Zero(t, answer.Code, answer.Errors)
	asked, _, _ := strings.Cut(answer.Out, `"health":{`) // what one of them had heard of all a moment ago
	require.NotContains(t, asked, `"log_begins_behind":0`, "behind the snapshot before the last")
	require.NotContains(t, asked, `"age_ms":-1`)
}
