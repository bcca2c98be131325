package clients_test

// Goal: what a user types works: redis-cli as in the README, a file of commands through its --pipe,
// and redis-benchmark. Method: the programs themselves, their output word by word.

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// typed runs a program against a node and returns what it prints and its exit code.
func typed(t *testing.T, m *member, input, name string, args ...string) (string, int) {
	t.Helper()
	process := exec.CommandContext(t.Context(), program(t, name), append([]string{"-p", portOf(t, m.address)}, args...)...)
	process.Stdin = strings.NewReader(input)
	out, err := process.CombinedOutput()
	require.NotNil(t, process.ProcessState, "%v", err)
	return string(out), process.ProcessState.ExitCode()
}

func TestWhatUsersType(t *testing.T) {
	c := startCluster(t)
	for i, row := range []struct {
		args, want string
	}{
		{"SET order-4711 me NX EX 60", "OK\n"},
		{"SET order-4711 me NX EX 60", "\n"},
		{"--no-raw SET order-4711 me NX EX 60", "(nil)\n"},
		{"--no-raw SET order-4711 you NX GET", "\"me\"\n"},
		{"--no-raw EXISTS order-4711", "(integer) 1\n"},
		{"-3 --no-raw MGET order-4711 none", "1) \"me\"\n2) (nil)\n"},
		{"EVAL x 0", "ERR unknown command 'EVAL', with args beginning with: 'x' '0' \n\n"},
		{"-n 1 PING", "SELECT 1 failed: ERR DB index is out of range\nPONG\n"},
	} {
		out, _ := typed(t, c[i%len(c)], "", "redis-cli", strings.Fields(row.args)...)
		require.Equal(t, row.want, out, row.args)
	}
}

func TestAFileOfCommandsThroughPipeMode(t *testing.T) {
	c := startCluster(t)
	const keys = 20_000
	var lines strings.Builder
	for k := range keys {
		fmt.Fprintf(&lines, "SET event-%d me NX EX 600\r\n", k)
	}
	for _, m := range c {
		out, code := typed(t, m, lines.String(), "redis-cli", "--pipe")
		require.Zero(t, code, out)
		require.Contains(t, out, fmt.Sprintf("errors: 0, replies: %d\n", keys))
	}
	for _, m := range c {
		require.Eventually(t, func() bool { return m.replica.Status().Keys == keys }, soon, often, "a follower is behind")
	}
	out, code := typed(t, c[0], "SET a me NX\r\nINCR a\r\nGET a\r\n", "redis-cli", "--pipe")
	require.NotZero(t, code, out)
	require.Contains(t, out, "ERR unknown command 'INCR'")
	require.Contains(t, out, "errors: 1, replies: 3\n")
}

func TestRedisBenchmarkRuns(t *testing.T) {
	c := startCluster(t)
	for _, args := range []string{"-t set,get -n 2000 -c 8 -q", "-t set -n 2000 -c 4 -P 16 -r 1000 -q --csv", "-n 500 -c 4 -q SET event-__rand_int__ me NX EX 60"} {
		out, code := typed(t, c[1], "", "redis-benchmark", strings.Fields(args)...)
		require.Zero(t, code, out)
		require.NotContains(t, strings.ToLower(out), "err", args)
		require.NotContains(t, out, "WARNING", args)
	}
	require.Positive(t, c[1].replica.Status().Number)
}
