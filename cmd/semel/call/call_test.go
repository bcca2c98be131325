package call

// Goal: what is said of an answer, and with which exit code, above all when an earlier
// attempt got no reply. Method: a table, and one run of each command against a node that
// is a handler.

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/exit"
	"github.com/eventstreamcore/semel/dedup"
	cluster "github.com/eventstreamcore/semel/dedup/client"
)

// command is the program with nothing but the commands of this package.
func command() *cobra.Command {
	c := &cobra.Command{Use: "semel", SilenceErrors: true, SilenceUsage: true}
	c.AddCommand(Commands()...)
	return c
}

func TestVerdicts(t *testing.T) {
	for _, row := range []struct {
		name     string
		outcome  dedup.Outcome
		repeated bool
		said     string
		code     int
	}{
		{"release", dedup.OK, false, "released", 0},
		{"release", dedup.OK, true, "released", 0},
		{"release", dedup.NotFound, false, "not_found", 1},
		{"release", dedup.NotFound, true, "released or gone", 0},
		{"release", dedup.Fenced, false, "fenced by token 9", 1},
		{"release", dedup.Fenced, true, "released or gone", 0},
		{"release", dedup.Completed, true, "completed", 1},
		{"complete", dedup.OK, true, "completed", 0},
		{"complete", dedup.NotFound, false, "not_found", 1},
		{"complete", dedup.NotFound, true, "unknown", exit.Unavailable},
		{"complete", dedup.Fenced, true, "unknown", exit.Unavailable},
		{"complete", dedup.Fenced, false, "fenced by token 9", 1},
		{"complete", dedup.Full, false, "full", exit.Unavailable},
	} {
		said, err := verdict(row.name, &cluster.Answer{Outcome: row.outcome, Repeated: row.repeated, Token: 9})
		require.Equal(t, row.said, said, "%+v", row)
		require.Equal(t, row.code, exit.Code(err), "%+v", row)
	}
}

// scripted answers each path below /v1/ with one body. Of the first request it keeps the reply.
type scripted struct {
	answers map[string]string
	loses   atomic.Bool
	asked   atomic.Value
}

func (n *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	n.asked.Store(string(body))
	if n.loses.CompareAndSwap(true, false) {
		panic(http.ErrAbortHandler)
	}
	answer, known := n.answers[strings.TrimPrefix(r.URL.Path, "/v1/")]
	if !known {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusBadRequest)
		answer = `{"type":"/problems/invalid-request","detail":"the key is too long","applied":"no"}`
	}
	_, _ = io.WriteString(w, answer+"\n")
}

// runCommand runs a command against n and returns what it printed and its exit code.
func runCommand(t *testing.T, n *scripted, args ...string) (string, int, error) {
	loopback := httptest.NewServer(n)
	defer loopback.Close()
	var out bytes.Buffer
	c := command()
	c.SetOut(&out)
	c.SetArgs(append([]string{args[0], "--nodes", " " + loopback.URL + " , " + loopback.Listener.Addr().String()}, args[1:]...))
	err := c.ExecuteContext(t.Context())
	return out.String(), exit.Code(err), err
}

// A lease that ends with the ttl is not what was asked for: whoever counts on it would be overtaken.
func TestAnExtensionThatTheTTLCutsIsSaid(t *testing.T) {
	for lease, said := range map[string]string{"9000": "only for 9s: the key's ttl ends then", "30000": "", "0": ""} {
		var out bytes.Buffer
		sayCut(&out, &cluster.Answer{Outcome: dedup.OK, Text: []byte(`{"result":"ok","lease_ms":` + lease + `}`)}, 30*time.Second)
		require.Contains(t, out.String(), said)
		require.Equal(t, said == "", out.Len() == 0, lease)
	}
}

func TestWhatCommandsAskAndPrint(t *testing.T) {
	for _, row := range []struct {
		line, answer, asked, said string
		code                      int
	}{
		{"claim k --owner o", `{"result":"won","token":7}`, `{"key":"k","owner":"o"}`, "won\n", 0},
		{"claim k --owner o --lease 3s --ttl 9s --ns n --fingerprint f", `{"result":"won","token":7}`,
			`{"key":"k","namespace":"n","owner":"o","ttl_ms":9000,"lease_ms":3000,"fingerprint":"f"}`, "won token 7\n", 0},
		{"claim k --owner o --ttl 1us", `{"result":"duplicate","value":"a b"}`, `{"key":"k","owner":"o","ttl_ms":1}`, "duplicate response \"a b\"\n", 1},
		{"claim k --owner o --json", `{"result":"duplicate"}`, `{"key":"k","owner":"o"}`, "{\"result\":\"duplicate\"}\n", 1},
		{"claim k --owner o", `{"result":"in_progress","retry_after_ms":2500}`, `{"key":"k","owner":"o"}`, "in_progress retry after 2.5s\n", 3},
		{"claim k --owner o", `{"result":"mismatch"}`, `{"key":"k","owner":"o"}`, "mismatch\n", 5},
		{"claim k --owner o", `{"result":"full"}`, `{"key":"k","owner":"o"}`, "full\n", 4},
		{"complete k --token 7", `{"result":"ok"}`, `{"key":"k","token":7}`, "completed\n", 0},
		{"complete k --token 7 --response= --ttl 1s", `{"result":"ok"}`, `{"key":"k","token":7,"response":"","ttl_ms":1000}`, "completed\n", 0},
		{"extend k --token 7 --lease 30s", `{"result":"ok","token":7}`, `{"key":"k","token":7,"lease_ms":30000}`, "extended\n", 0},
		{"release k --token 7 --ns n", `{"result":"fenced","token":9}`, `{"key":"k","namespace":"n","token":7}`, "fenced by token 9\n", 1},
		{"release k --token 7 --json", `{"result":"fenced","token":9}`, `{"key":"k","token":7}`, "{\"result\":\"fenced\",\"token\":9}\n", 1},
		{"query k", `{"result":"absent"}`, `{"key":"k"}`, "{\"result\":\"absent\"}\n", 0},
		{"claim --owner o -- -k", `{"result":"won"}`, `{"key":"-k","owner":"o"}`, "won\n", 0},
		{"claim --owner o -- --ttl", `{"result":"won"}`, `{"key":"--ttl","owner":"o"}`, "won\n", 0},
		{"complete --token 7 -- -k", `{"result":"ok"}`, `{"key":"-k","token":7}`, "completed\n", 0},
		{"release --token 7 -- -", `{"result":"ok"}`, `{"key":"-","token":7}`, "released\n", 0},
		{"extend --token 7 --lease 1s -- -k", `{"result":"ok"}`, `{"key":"-k","token":7,"lease_ms":1000}`, "extended\n", 0},
		{"query -- -k", `{"result":"absent"}`, `{"key":"-k"}`, "{\"result\":\"absent\"}\n", 0},
		{"query k --stale", `{"result":"absent"}`, `{"key":"k","consistency":"stale"}`, "{\"result\":\"absent\"}\n", 0},
	} {
		args := strings.Fields(row.line)
		n := &scripted{answers: map[string]string{args[0]: row.answer}}
		said, code, err := runCommand(t, n, args...)
		require.Equal(t, row.said, said, "%s: %v", row.line, err)
		require.Equal(t, row.code, code, row.line)
		require.Equal(t, row.asked, n.asked.Load(), row.line)
	}
}

func TestAReleaseWhoseReplyWasLostFindsItsOwnWork(t *testing.T) {
	n := &scripted{answers: map[string]string{"release": `{"result":"not_found"}`}}
	n.loses.Store(true)
	said, code, err := runCommand(t, n, "release", "k", "--token", "7")
	require.NoError(t, err)
	require.Equal(t, "released or gone\n", said)
	require.Zero(t, code)
}

func TestCallsThatAreRefusedAreUsage(t *testing.T) {
	_, code, err := runCommand(t, &scripted{}, "claim", "k")
	require.Equal(t, exit.Usage, code)
	require.ErrorContains(t, err, "the key is too long")
	_, code, err = runCommand(t, &scripted{}, "claim", "k", "--ttl", "-1s")
	require.Equal(t, exit.Usage, code)
	require.ErrorContains(t, err, "want a time above 0")
	_, code, _ = runCommand(t, &scripted{}, "claim", "k", "--timeout", "0s")
	require.Equal(t, exit.Usage, code)
}

func TestACallWithoutAnAnswerSaysHowToLearnIt(t *testing.T) {
	c := command()
	c.SetArgs([]string{"claim", "k", "--owner", "o", "--timeout", "50ms", "--nodes", "127.0.0.1:1"})
	err := c.ExecuteContext(t.Context())
	require.Equal(t, exit.Unavailable, exit.Code(err))
	require.ErrorContains(t, err, "nothing was applied")
	require.ErrorContains(t, err, "SEMEL_NODES")

	ctx, giveUp := context.WithCancel(t.Context())
	hanging := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		giveUp() // not before the claim has arrived: until then nothing can have been applied
		<-r.Context().Done()
	}))
	defer hanging.Close()
	c = command()
	c.SetArgs([]string{"claim", "k", "--owner", "o", "--timeout", "1m", "--nodes", hanging.Listener.Addr().String()})
	err = c.ExecuteContext(ctx)
	require.Equal(t, exit.Unavailable, exit.Code(err))
	require.ErrorContains(t, err, "may have been applied")
	require.ErrorContains(t, err, "repeat the same command with --owner o")
}

func TestATimeOfZeroIsRefusedWhereverItIsAFlag(t *testing.T) {
	for _, args := range [][]string{
		{"claim", "k", "--ttl", "0"}, {"claim", "k", "--ttl", "0s"}, {"claim", "k", "--ttl", "-1s"}, {"claim", "k", "--lease", "0s"}, {"claim", "k", "--lease", "x"},
		{"complete", "k", "--token", "1", "--ttl", "0s"}, {"extend", "k", "--token", "1", "--lease", "0s"},
	} {
		said, code, _ := runCommand(t, &scripted{}, args...)
		require.Equal(t, exit.Usage, code, "%q: %s", args, said)
	}
}
