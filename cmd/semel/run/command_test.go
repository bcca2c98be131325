package run

// Goal: semel run as a user calls it: usage, exit codes, and that the command does not outlive it. Method: the program
// against a node that is a handler.

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/eventstreamcore/semel/cmd/semel/semeltest"
)

// yes is a node that grants whatever is asked.
func yes(t *testing.T) string {
	words := map[string]string{"/v1/claim": "won", "/v1/extend": "ok", "/v1/complete": "ok", "/v1/release": "ok"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(`{"result":"` + words[r.URL.Path] + `","token":7}`))
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestMain(m *testing.M) { os.Exit(semeltest.Main(m)) }

func TestUsageOfRun(t *testing.T) {
	for _, row := range []struct {
		args []string
		code int
	}{
		{[]string{"order-1", "--", "true"}, 0},
		{[]string{"order-1", "--lease", "5s", "--", "sh", "-c", "exit 3"}, 3},
		{[]string{"order-1", "true"}, ExitUsage},
		{[]string{"order-1", "--"}, ExitUsage},
		{[]string{"", "--", "true"}, ExitUsage},
		{[]string{"order-1", "--lease", "0s", "--", "true"}, ExitUsage},
		{[]string{"order-1", "--ttl", "0s", "--", "true"}, ExitUsage},
		{[]string{"order-1", "--ttl", "-5s", "--", "true"}, ExitUsage},
		{[]string{"order-1", "--nosuchflag", "--", "true"}, ExitUsage},
		{[]string{"--lease", "5s", "--", "-k", "--", "sh", "-c", `test "$SEMEL_KEY" = -k && exit 4`}, 4},
		{[]string{"--", "-k", "--", "sh", "-c", `test "$1" = -- && exit 5`, "sh", "--"}, 5},
		{[]string{"-k", "--", "true"}, ExitUsage},
		{[]string{"--", "-k", "true"}, ExitUsage},
		{[]string{"--", "-k", "--"}, ExitUsage},
		{[]string{"--", "grep", "--", "true"}, ExitUsage}, // a KEY that was left out: grep is none
		{[]string{"order-1", "--", "no-such-command-here"}, ExitNotFound},
		{[]string{"order-1", "--", "/"}, ExitCannotRun},
	} {
		command := exec.Command(semeltest.Binary(t), append([]string{"run", "--nodes", yes(t)}, row.args...)...)
		out, _ := command.CombinedOutput()
		require.Equal(t, row.code, command.ProcessState.ExitCode(), "%q: %s", row.args, out)
	}
}

func TestTheCommandDoesNotOutliveRun(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	command := exec.Command(semeltest.Binary(t), "run", "order-1", "--nodes", yes(t), "--", "sh", "-c", "sleep 1000 & echo $$ > "+pidFile+"; wait")
	require.NoError(t, command.Start())
	var group int
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(pidFile)
		var err error
		group, err = strconv.Atoi(strings.TrimSpace(string(text)))
		return err == nil
	}, semeltest.Patience, semeltest.Glance)
	require.NoError(t, command.Process.Kill())
	_ = command.Wait()
	require.Eventually(t, func() bool { return syscall.Kill(-group, 0) == syscall.ESRCH }, semeltest.Patience, semeltest.Glance, "the whole group is gone")
}
